"""Moulds: what is cast is what JJB makes, whatever stands in the holes."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jjbgen import casting, generate, jjb, moulds, quoting, xmlform
from jjbgen.load import load_plugins
from jjbgen.moulds import Document, Item
from jjbgen.places import OUTPUT
from jjbgen.settings import load_settings
from tests.helpers import COMPONENT, ROOT, SETTINGS, config_repo, run

PLUGINS = load_plugins(ROOT, load_settings(ROOT))

JOB = """\
- job:
    name: {name}
    project-type: pipeline
    description: {description}
    disabled: false
    concurrent: false
    sandbox: true
    dsl: !include-raw-verbatim: amf.groovy
    parameters:
      - string:
          name: BRANCH
          default: {default}
          description: "The branch to build"
    properties:
      - github:
          url: {url}
    triggers:
      - gerrit:
          server-name: review
          projects:
            - project-compare-type: PLAIN
              project-pattern: {project}
              branches:
                - branch-compare-type: PLAIN
                  branch-pattern: {branch}
              file-paths:
                - compare-type: ANT
                  pattern: {pattern}
          trigger-on:
            - change-merged-event
      - github-pull-request:
          org-list:
            - example
          status-context: {context}
"""
HOLES = re.findall(r"\{(\w+)\}", JOB)

VIEW = "- view:\n    name: {name}\n    view-type: list\n    description: {description}\n    job-name:\n{jobs}"

# All that YAML of ours can hold; JJB refuses what Jenkins does not allow in names nowhere.
SPECIAL = (
    *("&", "<", ">", "'", '"', "&amp;", "]]>", "<!-- x -->", "a\tb", "a\nb", "\n", " a ", "#", "true", "TRUE", "No"),
    *("null", "~", "1", "1.5", "0x1", "{a}", "{{a}}", "{", "}", "a|b", "\u00e9", "\u2028", "\U0001f600", "\\", "a: b"),
    *("- a", "!x", "*a", "&a", "%", "@", "`", "2026-11-27", "a,b", "${A}", "]", "[", "y", "n", "Managed by"),
)
ODD = st.one_of(
    st.sampled_from(SPECIAL),
    st.text(
        st.characters(blacklist_categories=("Cs", "Cc"), blacklist_characters="\ufffe\uffff\ue000\ue001"), min_size=1
    ),
)
FEW = settings(max_examples=40)


@pytest.fixture(scope="module")
def repo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder in which JJB finds the pipeline of the jobs."""
    return tmp_path_factory.mktemp("repo")


def of_jjb(root: Path, text: str, groovy: str) -> list[Document]:
    """What JJB makes of a file in the output."""
    folder = root / OUTPUT / "amf"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "jobs.yaml").write_text(text, encoding="utf-8", newline="\n")
    (folder / "amf.groovy").write_text(groovy, encoding="utf-8", newline="\n")
    return jjb.documents(root, [folder / "jobs.yaml"], PLUGINS)


def cast(root: Path, text: str, groovy: str) -> list[Document]:
    """The same, cast; with other holes than when JJB made the moulds, because the shapes are known."""
    items = moulds.items(text, lambda name: groovy if name == "amf.groovy" else None)
    assert items is not None
    known = casting.make_moulds(root, {item.shape for item in items}, PLUGINS)
    assert known is not None
    return [known[item.shape].cast(item) for item in items]


@pytest.mark.parametrize("hole", HOLES)
@FEW
@given(value=ODD)
def test_what_is_cast_is_what_jjb_makes_whatever_a_value_is(repo: Path, hole: str, value: str) -> None:
    values = {name: quoting.yaml("amf") for name in HOLES} | {hole: quoting.yaml(value)}
    text = JOB.format(**values)
    assert cast(repo, text, "node {}") == of_jjb(repo, text, "node {}")


@FEW
@given(groovy=ODD)
def test_a_pipeline_is_cast_as_it_stands(repo: Path, groovy: str) -> None:
    text = JOB.format(**dict.fromkeys(HOLES, "amf"))
    if not groovy.strip():
        assert moulds.items(text, lambda _: groovy) is None
        return
    assert cast(repo, text, groovy) == of_jjb(repo, text, groovy)


@FEW
@given(names=st.lists(st.from_regex(r"[A-Za-z0-9_.&<> -]{1,12}", fullmatch=True), min_size=1, max_size=5), title=ODD)
def test_a_view_lists_its_jobs_as_jjb_sorts_them(repo: Path, names: list[str], title: str) -> None:
    jobs = "".join(f"      - {quoting.yaml(name)}\n" for name in names)
    text = VIEW.format(name="amf", description=quoting.yaml(title), jobs=jobs)
    items = moulds.items(text, lambda _: None)
    if items is None:
        # A name that YAML or JJB may read as something else is left to JJB.
        return
    assert cast(repo, text, "") == of_jjb(repo, text, "")


def test_thousands_of_jobs_have_few_shapes() -> None:
    files = generate.files(generate.checked(ROOT))
    items = moulds.of_files({path: text for path, text in files.items() if not path.startswith("jjb/")})
    assert items is not None
    assert len(items) > 60
    assert len({item.shape for item in items}) < 45


@pytest.mark.parametrize(
    ("what", "text"),
    [
        ("something else than jobs and views", "- defaults:\n    name: x\n"),
        ("a comment behind the first line", "- job:\n    name: a\n# - job:\n    b: c\n"),
        ("no list", "job:\n  name: a\n"),
        ("a mark of ours", "- job:\n    name: jjbgenhole\n"),
        ("a pipeline that is not there", "- job:\n    name: a\n    dsl: !include-raw-verbatim: other.groovy\n"),
    ],
)
def test_what_is_not_plain_is_left_to_jjb(what: str, text: str) -> None:
    items = moulds.items(text, lambda _: None)
    assert items is None or not all(moulds.is_plain(item.shape) for item in items), what


@pytest.mark.parametrize(
    "line",
    [
        "    key: |",
        "    key: &a b",
        "    key: *a",
        "    key: [a, b]",
        "    key: 'a'",
        "    ? key",
        "    key: a b",
        "    key: a # b",
        "      baz",
        "    <<: *a",
        "\tkey: a",
        '    key: "a',
        '    key: "a\u2028b"',
        '    key: "a\x85b"',
    ],
)
def test_a_shape_of_lines_that_may_mean_more_is_not_plain(line: str) -> None:
    assert not moulds.is_plain(f"- job:\n    name: a\n{line}\n")


def test_values_with_braces_and_words_of_yaml_are_no_holes() -> None:
    text = '- job:\n    name: "true"\n    description: "{{x}}"\n'
    assert moulds.items(text, lambda _: None) == [Item(text, ())]


@FEW
@given(value=ODD)
def test_a_cast_fingerprint_is_that_of_the_xml(repo: Path, value: str) -> None:
    values = {name: quoting.yaml(value if name != "name" else "amf") for name in HOLES}
    text = JOB.format(**values)
    items = moulds.items(text, lambda _: "node {}")
    assert items is not None
    known = casting.make_moulds(repo, {item.shape for item in items}, PLUGINS)
    assert known is not None
    (document,) = [known[item.shape].cast_with_fingerprint(item) for item in items]
    assert document.fingerprint == xmlform.fingerprint(xmlform.canonical(xmlform.parsed(document.text)))


def test_a_mould_is_the_same_after_it_was_noted(repo: Path) -> None:
    import json

    items = moulds.items(JOB.format(**dict.fromkeys(HOLES, "amf")), lambda _: "node {}")
    assert items is not None
    known = casting.make_moulds(repo, {items[0].shape}, PLUGINS)
    assert known is not None
    (mould,) = known.values()
    assert moulds.Mould.recalled(json.loads(json.dumps(mould.row()))) == mould


def test_a_template_of_ones_own_that_only_jjb_can_read_is_left_to_it(tmp_path: Path) -> None:
    template = (ROOT / "templates/jobs/job.yaml.j2").read_text()
    lines = "    display-name: >-\n      two\n      words\n"
    own = template.replace("    sandbox: true\n", f"    sandbox: true\n{lines}")
    root = config_repo(tmp_path, {"templates/jobs/job.yaml.j2": own})
    assert run(root, "generate", "--xml", str(tmp_path / "xml")).code == 0
    found = (tmp_path / "xml/widget-publish-main/config.xml").read_text()
    assert "<displayName>two words</displayName>" in found


def test_a_pipeline_in_the_config_repo_takes_the_place_as_it_does_with_jjb(tmp_path: Path) -> None:
    root = config_repo(tmp_path, {"widget-publish.groovy": "// of somebody else\n"})
    assert run(root, "generate", "--xml", str(tmp_path / "xml")).code == 0
    assert "of somebody else" in (tmp_path / "xml/widget-publish-main/config.xml").read_text()


def test_a_value_that_a_template_of_ones_own_puts_elsewhere_is_what_jjb_makes_of_it(tmp_path: Path) -> None:
    template = (ROOT / "templates/jobs/job.yaml.j2").read_text()
    lines = "    auth-token: {{ job.name|yaml }}\n    logrotate:\n      daysToKeep: 3\n"
    own = template.replace("    sandbox: true\n", f"    sandbox: true\n{lines}")
    root = config_repo(tmp_path / "repo", {"templates/jobs/job.yaml.j2": own})
    assert run(root, "generate", "--xml", str(tmp_path / "xml")).code == 0
    whole = jjb.documents(root, jjb.tree(root / OUTPUT), generate.checked(root).inputs.plugins)
    for document in whole:
        assert (tmp_path / "xml" / document.name / "config.xml").read_text() == document.text


def test_casting_is_what_jjb_makes_of_the_whole_output(tmp_path: Path) -> None:
    by_hand = "- job:\n    name: by-hand\n    project-type: freestyle\n    disabled: false\n"
    files = {"jjb/own.yaml": by_hand, "components/gadget.yaml": COMPONENT, "jjbgen.yaml": SETTINGS}
    root = config_repo(tmp_path, files)
    assert run(root, "generate").code == 0
    repo = generate.checked(root)
    whole = jjb.documents(root, jjb.tree(root / OUTPUT), repo.inputs.plugins)
    assert generate.documents(repo) == casting.in_order(whole)
