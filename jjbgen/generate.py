"""The way from a config repo to its output, in stages; each takes what the one before it returns."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from jjbgen import casting, handwritten, outputs
from jjbgen.check import check
from jjbgen.errors import ConfigError, JjbgenError, OutdatedError, Pos, Problem, nearest
from jjbgen.jobs import Plan
from jjbgen.load import Inputs, load
from jjbgen.moulds import Document
from jjbgen.outputs import OUTPUT, Change
from jjbgen.plan import plan
from jjbgen.render import Files, Renderer


@dataclass(frozen=True, slots=True)
class Checked:
    """A config repo without problems, and what it amounts to."""

    root: Path
    inputs: Inputs
    plan: Plan
    handwritten: Files


def checked(root: Path) -> Checked:
    """Load, check and plan the config repo at `root`; raises ConfigError with all problems of a stage.

    Loading and checking are one stage here: a file that cannot be read does not hide what is wrong in another.
    """
    root = root.resolve()
    problems: list[Problem] = []
    copies = handwritten.load(root, problems)
    inputs = load(root, problems)
    if inputs is not None:
        problems += check(inputs)
    if problems or inputs is None:
        raise ConfigError(problems)
    result = Checked(root, inputs, plan(inputs), copies)
    if copies:
        _check_handwritten(result)
    if inputs.templates.own:
        files(result)
    return result


def files(repo: Checked, only: Collection[str] | None = None) -> Files:
    """All files to be generated, by path below the output folder; with `only`, those of these components."""
    known = {component.name for component in repo.plan.components}
    for name in only or ():
        if name not in known:
            raise ConfigError(
                [Problem(Pos(f"components/{name}.yaml"), "", f"no such component; {nearest(name, known)}")]
            )
    rendered = Renderer(repo.inputs.templates).files(repo.plan, only)
    return rendered if only is not None else {**rendered, **repo.handwritten}


def changes(repo: Checked, only: Collection[str] | None = None) -> tuple[Change, ...]:
    """What it takes to bring the output up to date; raises RefusedError for what is not ours."""
    return outputs.compare(repo.root / OUTPUT, files(repo, only), only)


def documents(repo: Checked) -> list[Document]:
    """The XML of every job and view of the output; raises OutdatedError when that is not up to date."""
    generated = files(repo)
    outdated = outputs.compare(repo.root / OUTPUT, generated)
    if outdated:
        listed = "\n".join(f"  {change.place}" for change in outdated)
        raise OutdatedError(f"not up to date:\n{listed}\nRun `jjbgen generate` first.")
    return casting.documents(repo.root, generated, repo.inputs.plugins)


def xml(repo: Checked) -> Iterator[tuple[str, str]]:
    """(name, config.xml) of the same."""
    return ((document.name, document.text) for document in documents(repo))


def write_xml(folder: Path, documents: Iterable[tuple[str, str]]) -> int:
    """Write `<folder>/<name>/config.xml` for each; returns how many. Files that are equal are left alone."""
    written = 0
    top = folder.resolve()
    for name, text in documents:
        target = top / name / "config.xml"
        if not target.resolve().is_relative_to(top):
            raise JjbgenError(f"the name {name!r} leads out of {folder}")
        if not target.is_file() or target.read_bytes() != text.encode("utf-8"):
            outputs.write(target, text)
        written += 1
    return written


def _check_handwritten(repo: Checked) -> None:
    from jjbgen import jjb

    taken = {home.full_name(home.root_view).lower(): "the root view" for home in repo.plan.homes}
    for component in repo.plan.components:
        taken[component.home.full_name(component.name).lower()] = f"the view of {component.source}"
        for job in component.jobs:
            taken[component.home.full_name(job.name).lower()] = f"a job of {component.source}"
    found = jjb.definitions(repo.root, [repo.root / name for name in repo.handwritten])
    problems = list(handwritten.clashes(found, taken))
    if not any(home.takes_the_rest for home in repo.plan.homes):
        what = "hand-written jobs are on the controller without labels, and there is none"
        problems.append(Problem(repo.inputs.settings.document.pos(("controllers",), key=True), "controllers", what))
    if problems:
        raise ConfigError(problems)
