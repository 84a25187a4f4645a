"""What a config repo wants on a controller, and in which order."""

from __future__ import annotations

from pathlib import Path

from jjbgen import generate, marks
from jjbgen.moulds import Document
from jjbgen.syncplan import Kind, Wanted
from jjbgen.wanted import wanted
from tests.helpers import COMPONENT, SETTINGS, config_repo, run

CONTROLLERS = """\
  main: {url: https://jenkins.example.org, owner: example, folder: team/ci}
  lab: {url: https://lab.example.org, owner: example, folder: team, labels: [lab]}
"""
SEVERAL = SETTINGS.replace("  main: {url: https://jenkins.example.org, owner: example}\n", CONTROLLERS)
OF_LAB = COMPONENT.replace("title:", "labels: [lab]\ntitle:").replace("  post-merge:\n  publish:\n", "")
BY_HAND = "- job:\n    name: others/by-hand\n    project-type: freestyle\n    disabled: false\n"


def of(root: Path, controller: str = "main") -> tuple[Wanted, ...]:
    assert run(root, "generate").code == 0
    repo = generate.checked(root)
    home = next(home for home in repo.plan.homes if home.controller == controller)
    return wanted(generate.documents(repo), repo.plan.homes, generate.roster(repo.plan), home, "example")


def names(found: tuple[Wanted, ...]) -> dict[Kind, list[str]]:
    return {kind: [each.full_name for each in found if each.kind is kind] for kind in Kind}


def test_each_controller_has_its_components_and_one_has_all_the_rest(tmp_path: Path) -> None:
    files = {"jjbgen.yaml": SEVERAL, "components/gadget.yaml": OF_LAB, "jjb/own.yaml": BY_HAND}
    root = config_repo(tmp_path, files)
    assert names(of(root, "lab")) == {
        Kind.FOLDER: ["team"],
        Kind.JOB: ["team/gadget-pre-merge-main"],
        Kind.VIEW: ["team/All components (lab)", "team/gadget"],
    }
    assert names(of(root)) == {
        Kind.FOLDER: ["others", "team", "team/ci"],
        Kind.JOB: [
            "others/by-hand",
            *(f"team/ci/widget-{pipeline}-main" for pipeline in ("post-merge", "pre-merge", "publish")),
        ],
        Kind.VIEW: ["team/ci/All components", "team/ci/widget"],
    }


def test_marks_say_whose_items_are(tmp_path: Path) -> None:
    for each in of(config_repo(tmp_path)):
        assert each.mark == marks.of("example", each.full_name, each.root)
        assert each.mark.is_of("example", each.full_name)


def levels(tmp_path: Path, **jobs: str) -> dict[str, int]:
    """The levels of jobs whose XML holds these elements."""
    repo = generate.checked(config_repo(tmp_path))
    documents = [
        Document(name, f"<flow-definition><description/>{text}</flow-definition>", is_view=False)
        for name, text in jobs.items()
    ]
    found = wanted(documents, repo.plan.homes, generate.roster(repo.plan), repo.plan.homes[0], "example")
    return {each.full_name: each.level for each in found if each.kind is Kind.JOB}


def upstream(names: str) -> str:
    return f"<upstreamProjects>{names}</upstreamProjects>"


def test_jobs_come_after_those_they_name(tmp_path: Path) -> None:
    found = levels(
        tmp_path,
        a=upstream("b, c"),
        b=upstream("c"),
        c="",
        d="<dependencyJobsNames>a</dependencyJobsNames>",
        e="<childProjects>f</childProjects>",
        f="",
    )
    assert found == {"a": 2, "b": 1, "c": 0, "d": 3, "e": 0, "f": 1}


def test_names_are_those_of_the_same_folder_unless_they_begin_at_the_top(tmp_path: Path) -> None:
    repo = generate.checked(config_repo(tmp_path))
    texts = {"x/a": upstream("b"), "x/b": "", "b": upstream("/x/a"), "c": upstream("x/a")}
    documents = [Document(name, f"<project>{text}</project>", is_view=False) for name, text in texts.items()]
    found = wanted(documents, repo.plan.homes, generate.roster(repo.plan), repo.plan.homes[0], "example")
    assert {each.full_name: each.level for each in found} == {"x": 0, "x/a": 1, "x/b": 0, "b": 2, "c": 2}


def test_circles_and_names_of_nothing_hold_nobody_up(tmp_path: Path) -> None:
    found = levels(tmp_path, a=upstream("b"), b=upstream("a, gone"), c=upstream("c"), d=upstream("a"))
    assert found["c"] == 0
    assert set(found) == set("abcd")


def test_a_long_chain_has_as_many_levels(tmp_path: Path) -> None:
    jobs = {f"j{n}": upstream(f"j{n - 1}") for n in range(1, 400)}
    assert levels(tmp_path, j0="", **jobs)["j399"] == 399
