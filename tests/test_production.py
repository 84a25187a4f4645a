"""What the commands do, by several processes and by what the last run has noted: never another result."""

from __future__ import annotations

import json
import os
import random
import shutil
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import pytest

from benchmarks.generate import config_repo as many_components
from jjbgen import cache, generate, notebook, outputs, parallel, shortcut
from jjbgen.errors import ConfigError, JjbgenError, RefusedError
from jjbgen.load import load_descriptor
from jjbgen.memory import Memory
from jjbgen.part import Request
from jjbgen.places import OUTPUT
from jjbgen.production import production
from tests.helpers import COMPONENT, SETTINGS, config_repo, read_tree, run

CHAIN = COMPONENT.replace("  publish:\n", "  publish: {upstream: [{component: widget, pipeline: post-merge}]}\n")


def made(root: Path, folder: Path, processes: int) -> tuple[dict[str, str], dict[str, str]]:
    """The output and the XML that so many processes make."""
    with production(root, Request(xml=folder, processes=processes)) as found:
        found.write()
        found.write_xml(folder)
    return read_tree(root / OUTPUT), read_tree(folder)


def plainly(root: Path, folder: Path) -> tuple[dict[str, str], dict[str, str]]:
    """The same, made step by step with everything in one hand."""
    repo = generate.checked(root)
    outputs.apply(root / OUTPUT, generate.changes(repo))
    outputs.write_xml(folder, generate.documents(repo))
    return read_tree(root / OUTPUT), read_tree(folder)


@pytest.mark.parametrize("processes", [1, 2, 3])
def test_however_many_processes_make_it_it_is_the_same(tmp_path: Path, processes: int) -> None:
    root = tmp_path / "repo"
    root.mkdir()
    many_components(root, 40)
    expected = plainly(root, tmp_path / "plain")
    shutil.rmtree(root / OUTPUT)
    assert made(root, tmp_path / "xml", processes) == expected
    with production(root, Request(processes=processes)) as again:
        assert again.changes == ()
        documents = generate.documents(generate.checked(root))
        assert [each[:3] for each in again.documents()] == [each[:3] for each in documents]


@pytest.mark.parametrize("processes", [1, 2])
@pytest.mark.parametrize(
    ("what", "files"),
    [
        ("a descriptor", {"components/gadget.yaml": COMPONENT.replace("title:", "titel:")}),
        (
            "two descriptors",
            {"components/gadget.yaml": "x", "components/other.yaml": COMPONENT.replace("host:", "hst:")},
        ),
        (
            "the name of a job",
            {"components/gadget.yaml": COMPONENT.replace("  publish:", "  publish: {job-name: '{x}'}")},
        ),
        (
            "two jobs of one name",
            {
                "components/gadget.yaml": COMPONENT.replace("  publish:", "  publish: {job-name: same}"),
                "components/other.yaml": COMPONENT.replace("  publish:", "  publish: {job-name: same}"),
            },
        ),
        ("a reference", {"components/gadget.yaml": CHAIN.replace("component: widget", "component: wodget")}),
        ("settings", {"jjbgen.yaml": SETTINGS.replace("agent: virtual", "agent: none")}),
        ("no settings", {"jjbgen.yaml": "title: [", "components/gadget.yaml": "x"}),
        ("a template", {"templates/stages/build.groovy.j2": "{{ stage.title }}"}),
        (
            "a stage",
            {
                "components/gadget.yaml": COMPONENT
                + "stages:\n  x: {after: none, pipelines: [publish], commands: [x]}\n"
            },
        ),
    ],
    ids=lambda each: each if isinstance(each, str) else "",
)
def test_what_is_wrong_is_told_as_by_one_process(
    tmp_path: Path, processes: int, what: str, files: dict[str, str]
) -> None:
    root = config_repo(tmp_path, files)
    with pytest.raises(ConfigError) as expected:
        generate.files(generate.checked(root))
    with pytest.raises(ConfigError) as told, production(root, Request(processes=processes)):
        pass
    assert told.value.problems == expected.value.problems, what
    assert not (root / OUTPUT).exists()


def test_what_is_in_the_way_is_told_before_any_process_writes(tmp_path: Path) -> None:
    root = config_repo(tmp_path, {"components/gadget.yaml": COMPONENT, f"{OUTPUT}/gadget/jobs.yaml": "mine\n"})
    with pytest.raises(RefusedError, match=r"gadget/jobs\.yaml"), production(root, Request(processes=2)):
        pass
    assert read_tree(root / OUTPUT) == {"gadget/jobs.yaml": "mine\n"}


class Clerk:
    """A worker that counts what it was asked."""

    def __init__(self) -> None:
        self.count = 0

    def squared(self, number: int) -> int:
        self.count += 1
        return number * number

    def fail(self, number: int) -> int:
        raise ConfigError([]) if number == 2 else ZeroDivisionError(number)

    def asked(self, _: None) -> int:
        return self.count

    def die(self, _: int) -> None:
        os._exit(3)


@pytest.mark.parametrize("size", [1, 2, 5])
def test_a_team_answers_in_the_order_of_the_tasks_and_does_each_once(size: int) -> None:
    with parallel.Team(Clerk(), size) as team:
        assert team.share(Clerk.squared, list(range(50))) == [number * number for number in range(50)]
        assert sum(team.each(Clerk.asked, None)) == 50
        assert team.share(Clerk.squared, []) == []


def test_what_goes_wrong_in_a_worker_is_raised_here() -> None:
    with parallel.Team(Clerk(), 2) as team, pytest.raises(ConfigError):
        team.share(Clerk.fail, [2])
    with parallel.Team(Clerk(), 2) as team, pytest.raises(ZeroDivisionError) as caught:
        team.share(Clerk.fail, [1])
    assert "in fail" in str(caught.value.__cause__)


def test_a_worker_that_dies_is_told_and_no_process_is_left() -> None:
    with parallel.Team(Clerk(), 2) as team, pytest.raises(JjbgenError, match="ended before its work"):
        team.share(Clerk.die, [1])
    for pid in team.pids:
        with pytest.raises(ProcessLookupError):
            os.kill(pid, 0)


# What the last run has noted


def replaced(name: str, text: str, new: str = "") -> Callable[[Path], None]:
    def change(root: Path) -> None:
        before = (root / name).read_text()
        assert text in before
        (root / name).write_text(before.replace(text, new))

    return change


def edit(text: str, new: str = "") -> Callable[[Path], None]:
    return replaced("components/widget.yaml", text, new)


def add(name: str, text: str) -> Callable[[Path], None]:
    def write(root: Path) -> None:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text)

    return write


def remove(name: str) -> Callable[[Path], None]:
    return lambda root: (root / name).unlink()


PIPELINES = "pipelines:\n"

CHANGES = {
    "nothing": edit("title:", "title:"),
    "a value": edit("targets: [build]", "targets: [all]"),
    "a title": edit("Widget server", "Widgets"),
    "another job": edit(
        PIPELINES, f"{PIPELINES}  after: {{kind: post-merge, upstream: [{{job: widget-publish-main}}]}}\n"
    ),
    "a job less": edit("  pre-merge:\n"),
    "a job that others follow has another name": edit("  post-merge:\n", "  post-merge: {job-name: other}\n"),
    "a folder among the descriptors": add("components/old/README", "x\n"),
    "another component": add("components/other.yaml", COMPONENT),
    "a component less": remove("components/other-one.yaml"),
    "settings": replaced("jjbgen.yaml", "Example platform", "Another platform"),
    "a template": add("templates/stages/build.groovy.j2", "stage('Ours') {\n  steps {\n    echo 'x'\n  }\n}\n"),
    "a job by hand": add("jjb/own.yaml", "- job:\n    name: by-hand\n    disabled: false\n"),
    "a file of the output is gone": remove(f"{OUTPUT}/widget/widget-publish.groovy"),
    "a file of the output was edited": add(f"{OUTPUT}/widget/jobs.yaml", "# Generated by jjbgen from x\n"),
    "a file of the output too many": add(f"{OUTPUT}/widget/old.groovy", "// Generated by jjbgen from x\n"),
    "a file of XML is gone": remove("xml/widget/config.xml"),
    "a file of XML was edited": add("xml/widget/config.xml", "<x/>"),
    "a pipeline in the config repo": add("widget-publish.groovy", "// of somebody else\n"),
    "plugins": add("plugins.yaml", "- {shortName: gerrit-trigger, longName: Gerrit Trigger, version: 2.0}\n"),
}


@pytest.fixture
def noted(tmp_path: Path) -> Path:
    """A config repo that was generated, with XML, and is remembered."""
    files = {"components/gadget.yaml": CHAIN, "components/other-one.yaml": COMPONENT}
    root = config_repo(tmp_path / "repo", files)
    assert run(root, "generate", "--xml", str(root / "xml")).code == 0
    assert notebook.load(root)
    return root


@pytest.mark.parametrize("what", CHANGES)
def test_what_is_remembered_never_changes_the_result(noted: Path, tmp_path: Path, what: str) -> None:
    CHANGES[what](noted)
    twin = tmp_path / "twin"
    shutil.copytree(noted, twin)
    first = run(noted, "generate", "--xml", str(noted / "xml"))
    anew = run(twin, "generate", "--no-cache", "--xml", str(twin / "xml"))
    assert (first.code, first.out, first.err) == (anew.code, anew.out.replace(str(twin), str(noted)), anew.err)
    assert first.code == 0, first.err
    assert read_tree(noted) == read_tree(twin)
    again = run(noted, "generate", "--check")
    assert (again.code, again.out) == (0, run(twin, "generate", "--check", "--no-cache").out)


@pytest.mark.parametrize("command", [("check",), ("generate",), ("generate", "--xml", "XML"), ("xml", "-o", "XML")])
def test_a_run_without_changes_loads_no_models(
    noted: Path, monkeypatch: pytest.MonkeyPatch, command: list[str]
) -> None:
    words = [word.replace("XML", str(noted / "xml")) for word in command]
    expected = run(noted, *words, "--no-cache")

    def refuse(*_: object) -> None:
        raise AssertionError("something was loaded")

    monkeypatch.setattr("jjbgen.load.load_settings", refuse)
    assert run(noted, *words) == expected


def test_a_run_after_one_with_changes_knows_all_again(noted: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    words = ("generate", "--xml", str(noted / "xml"))
    edit("targets: [build]", "targets: [all]")(noted)
    assert run(noted, "generate").code == 0
    assert run(noted, *words).code == 0
    monkeypatch.setattr("jjbgen.load.load_settings", None)
    assert run(noted, *words).code == 0


def test_what_others_do_to_the_xml_during_a_run_is_mended_by_the_next(
    noted: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    words = ("generate", "--xml", str(noted / "xml"))
    expected = read_tree(noted / "xml")
    victim = noted / "xml/gadget/config.xml"
    original = Memory.keep

    def keep(self: Memory, *arguments: Any) -> None:
        victim.write_text("theirs")
        original(self, *arguments)

    with monkeypatch.context() as patch:
        patch.setattr("jjbgen.memory.Memory.keep", keep)
        edit("title: Widget server", "title: Widget service")(noted)
        assert run(noted, *words).code == 0
    assert victim.read_text() == "theirs"
    edit("title: Widget service", "title: Widget server")(noted)
    assert run(noted, *words).code == 0
    assert read_tree(noted / "xml") == expected


def test_only_what_has_changed_is_read(noted: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    add("components/README.md", "Ours\n")(noted)
    add("components/.hidden.yaml", "x\n")(noted)
    read: list[str] = []
    original = load_descriptor

    def record(root: Path, path: Path) -> object:
        read.append(path.stem)
        return original(root, path)

    monkeypatch.setattr("jjbgen.part.load_descriptor", record)
    edit("targets: [build]", "targets: [all]")(noted)
    assert run(noted, "generate").code == 0
    assert read == ["widget"]


def test_what_was_only_looked_at_is_not_taken_for_done(noted: Path) -> None:
    edit("targets: [build]", "targets: [all]")(noted)
    assert run(noted, "check").code == 0
    assert run(noted, "generate", "--check").code == 3
    assert run(noted, "check").code == 0
    assert "1 file" not in run(noted, "generate", "--check", "-q").out
    assert run(noted, "generate").out.count("update ") > 0
    assert run(noted, "generate", "--check", "--no-cache").code == 0


def test_a_mistake_is_told_again_and_again(noted: Path) -> None:
    edit("host: review", "host: none")(noted)
    assert [run(noted, "check").code for _ in range(3)] == [2, 2, 2]
    edit("host: none", "host: review")(noted)
    assert run(noted, "check").code == 0


def signed(body: bytes) -> bytes:
    return notebook.fingerprint(body).encode() + b"\n" + body


DAMAGED: dict[str, Callable[[bytes], bytes]] = {
    "empty": lambda data: data[:0],
    "cut off": lambda data: data[: len(data) // 2],
    "changed": lambda data: data.replace(b"widget", b"wodget"),
    "of another form": lambda data: signed(data[:0] + b"[]"),
    "with odd entries": lambda data: signed(data[:0] + b'[1,2,3,4,{"a":[]}]'),
    "no text": lambda data: data[:0] + b"\xff\xfe\n",
}


@pytest.mark.parametrize("damage", DAMAGED.values(), ids=DAMAGED)
def test_damaged_notes_are_not_believed(noted: Path, damage: Callable[[bytes], bytes]) -> None:
    (path,) = [Path(str(notebook._path(noted)))]
    path.write_bytes(damage(path.read_bytes()))
    edit("targets: [build]", "targets: [all]")(noted)
    assert run(noted, "generate").out.count("update ") == 3
    assert run(noted, "generate", "--check", "--no-cache").code == 0
    assert notebook.load(noted)


def test_a_new_version_of_a_library_or_of_jjbgen_forgets_everything(
    noted: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = cache.base(noted, "plugins.yaml")
    monkeypatch.setattr(cache, "__version__", "99.0")
    assert cache.base(noted, "plugins.yaml") != before
    monkeypatch.undo()
    assert cache.base(noted, "plugins.yaml") == before
    monkeypatch.setattr(cache, "_file", lambda path: (path, 1, 2))
    assert cache.base(noted, "plugins.yaml") != before


def test_without_a_place_for_notes_all_goes_on(noted: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", "/proc/none")
    edit("targets: [build]", "targets: [all]")(noted)
    assert run(noted, "generate").code == 0
    assert run(noted, "generate", "--check", "--no-cache").code == 0


def test_only_so_many_config_repos_are_remembered(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setattr(notebook, "MOST", 3)
    for number in range(5):
        notebook.save(tmp_path / str(number), notebook.Notes("", "", 0, 0))
    assert len(list((tmp_path / "cache/jjbgen").iterdir())) == 3
    assert notebook.load(tmp_path / "4")
    assert notebook.load(tmp_path / "0") is None


def test_notes_hold_no_text_of_descriptors(noted: Path) -> None:
    text = Path(str(notebook._path(noted))).read_text()
    assert "widgets@example.org" not in text
    assert all(json.loads(line) for line in text.splitlines()[1:])


def test_a_view_that_only_jjb_can_read_is_not_missing(tmp_path: Path) -> None:
    settings = SETTINGS + "naming: {root-view: 'On'}\n"
    named = COMPONENT.replace("  publish:", "  publish: {job-name: 'off'}")
    root = config_repo(tmp_path / "repo", {"jjbgen.yaml": settings, "components/widget.yaml": named})
    assert run(root, "generate", "--xml", str(tmp_path / "xml")).code == 0
    assert read_tree(tmp_path / "xml") == plainly(root, tmp_path / "plain")[1]
    assert "<string>off</string>" in (tmp_path / "xml/On/config.xml").read_text()


def test_checking_forgets_nothing(noted: Path) -> None:
    before = notebook.load(noted)
    edit("targets: [build]", "targets: [all]")(noted)
    assert run(noted, "check").code == 0
    assert notebook.load(noted) == before


@pytest.mark.parametrize("text", ["!include-raw: x", "%TAG !i! !inc\n---\na: !i!lude-raw: x", "a: !%69nclude-raw: x"])
def test_files_that_may_include_others_keep_a_config_repo_from_being_remembered(text: str, tmp_path: Path) -> None:
    root = config_repo(tmp_path)
    assert cache.general_files(root, "plugins.yaml") is not None
    (root / "jjb").mkdir()
    (root / "jjb/own.yaml").write_text(text)
    assert cache.general_files(root, "plugins.yaml") is None


@pytest.mark.parametrize("folder", ["components", "templates", "jjb"])
def test_a_folder_that_is_a_link_keeps_a_config_repo_from_being_remembered(folder: str, tmp_path: Path) -> None:
    root = config_repo(tmp_path / "repo")
    (root / folder).mkdir(exist_ok=True)
    (root / folder).rename(tmp_path / folder)
    (root / folder).symlink_to(tmp_path / folder)
    assert cache.look(root).base is None


def test_what_python_compiles_is_none_of_the_program(tmp_path: Path) -> None:
    assert not [path for path in cache.own_files() if "__pycache__" in path]
    assert [path for path in cache.own_files() if path.endswith("/stages/build.groovy.j2")]


def test_a_link_in_the_place_of_a_folder_is_told(noted: Path, tmp_path: Path) -> None:
    (noted / OUTPUT / "widget").rename(tmp_path / "elsewhere")
    (noted / OUTPUT / "widget").symlink_to(tmp_path / "elsewhere")
    outcome = run(noted, "generate")
    assert outcome == run(noted, "generate", "--no-cache")
    assert "not made by jjbgen, and in its way" in outcome.err


def test_what_others_write_while_something_is_removed_is_found_by_the_next_run(
    noted: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    original = outputs.carry_out

    def carry_out(folder: Path, changes: Iterable[outputs.Change]) -> None:
        original(folder, changes)
        (folder / "widget/widget-publish.groovy").write_text("theirs")

    edit("title: Widget server", "title: Widget service")(noted)
    (noted / "components/other-one.yaml").unlink()
    with monkeypatch.context() as patch:
        patch.setattr(outputs, "carry_out", carry_out)
        assert run(noted, "generate").code == 0
    assert run(noted, "generate", "--check").code != 0


STEPS: tuple[Callable[[Path], None], ...] = (
    edit("title: ", "title: New "),
    edit("owners: [", "owners: [new-"),
    replaced("components/gadget.yaml", "title: ", "title: Other "),
    replaced("jjbgen.yaml", "title: ", "title: Another "),
    add("components/new.yaml", COMPONENT),
    add("components/widget-2.yaml", COMPONENT.replace("  publish:\n", "")),
    lambda root: (root / "components/new.yaml").unlink(missing_ok=True),
    lambda root: (root / "components/widget-2.yaml").unlink(missing_ok=True),
    add(f"{OUTPUT}/root.yaml", "# Generated by jjbgen from x\n"),
    add(f"{OUTPUT}/widget/jobs.yaml", "# Generated by jjbgen from x\n"),
    add(f"{OUTPUT}/gadget/more.groovy", "// Generated by jjbgen from x\n"),
    add(f"{OUTPUT}/README", "Theirs\n"),
    lambda root: (root / OUTPUT / "gadget/gadget-publish.groovy").unlink(missing_ok=True),
    lambda root: shutil.rmtree(root / OUTPUT / "widget", ignore_errors=True),
    *(add(f"{folder}/{name}/config.xml", "<x/>") for folder in ("xml", "other") for name in ("gadget", "On")),
    lambda root: shutil.rmtree(root / "xml", ignore_errors=True),
    lambda root: shutil.rmtree(root / "xml/widget", ignore_errors=True),
    add("jjb/own.yaml", "- job:\n    name: by-hand\n    disabled: false\n"),
    edit("title: ", "title: "),
)
RUNS = (("generate",), ("generate", "--xml", "xml"), ("generate", "--xml", "other"), ("check",), ("xml", "-o", "xml"))


@pytest.mark.parametrize("seed", range(12))
def test_whatever_happens_between_runs_what_is_made_is_right(
    noted: Path, tmp_path: Path, seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    chance = random.Random(seed)  # noqa: S311 - the same each time
    if seed % 2:
        # Another process looks at the output and the XML.
        monkeypatch.setattr(shortcut, "_MANY", 0)
        monkeypatch.setattr(shortcut, "can_fork", lambda: True)
        monkeypatch.setattr(shortcut, "cores", lambda: 2)
    for number in range(8):
        for step in chance.sample(STEPS, chance.randint(1, 3)):
            step(noted)
        command, *words = chance.choice(RUNS)
        options = [str(noted / word) if word in ("xml", "other") else word for word in words]
        outcome = run(noted, command, *options)
        twin = tmp_path / f"twin-{number}"
        shutil.copytree(noted, twin, ignore=shutil.ignore_patterns(OUTPUT, "xml", "other"))
        assert run(twin, "generate", "--no-cache", "--xml", str(twin / "made")).code == 0
        if command == "generate":
            assert outcome.code == 0, outcome.err
            assert {**read_tree(twin / OUTPUT), **foreign(noted)} == read_tree(noted / OUTPUT)
        if len(words) == 2 and outcome.code == 0:
            expected = read_tree(twin / "made")
            found = read_tree(noted / words[1])
            assert {path: found.get(path) for path in expected} == expected
            assert f"{len(expected)} " in outcome.out or "XML" not in outcome.out


def foreign(root: Path) -> dict[str, str]:
    """What is in the output and not ours."""
    return {path: text for path, text in read_tree(root / OUTPUT).items() if path == "README"}
