"""The way from a config repo to its output, in stages; each takes what the one before it returns."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from jjbgen import handwritten, outputs
from jjbgen.check import check
from jjbgen.drafts import Member, Named, Roster
from jjbgen.errors import ConfigError, OutdatedError, Pos, Problem, nearest
from jjbgen.homes import homes
from jjbgen.jobs import Plan
from jjbgen.load import Inputs, load
from jjbgen.outputs import Change
from jjbgen.places import OUTPUT
from jjbgen.plan import plan
from jjbgen.settings import Settings

if TYPE_CHECKING:  # what only checks needs neither templates nor moulds
    from jjbgen.moulds import Document
    from jjbgen.render import Files


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
        check_handwritten(root, copies, inputs.settings, roster(result.plan))
    if inputs.templates.own:
        files(result)
    return result


def roster(plan: Plan) -> Roster:
    """What all have to know of the components of a plan."""
    return {
        each.name: Member(each.source, each.home, tuple(Named(job.id, job.name) for job in each.jobs))
        for each in plan.components
    }


def files(repo: Checked, only: Collection[str] | None = None) -> Files:
    """All files to be generated, by path below the output folder; with `only`, those of these components."""
    check_known(only or (), {component.name for component in repo.plan.components})
    from jjbgen.compiled import renderer_of

    rendered = renderer_of(repo.inputs.templates).files(repo.plan, only)
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
    from jjbgen import casting

    return casting.documents(repo.root, generated, repo.inputs.templates, repo.inputs.plugins)


def xml(repo: Checked) -> Iterator[tuple[str, str]]:
    """(name, config.xml) of the same."""
    return ((document.name, document.text) for document in documents(repo))


def check_known(names: Iterable[str], components: Collection[str]) -> None:
    """Raise ConfigError for the name of a component that does not exist."""
    for name in names:
        if name not in components:
            what = f"no such component; {nearest(name, components)}"
            raise ConfigError([Problem(Pos(f"components/{name}.yaml"), "", what)])


def check_handwritten(root: Path, copies: Collection[str], settings: Settings, roster_: Roster) -> None:
    """Raise ConfigError for hand-written files, of which `copies` are in the output, that clash with what is made."""
    from jjbgen import jjb

    known = homes(settings.project).values()
    taken = {home.full_name(home.root_view).lower(): "the root view" for home in known}
    for name, member in roster_.items():
        taken[member.home.full_name(name).lower()] = f"the view of {member.path}"
        for job in member.jobs:
            taken[member.home.full_name(job.name).lower()] = f"a job of {member.path}"
    found = jjb.definitions(root, [root / name for name in copies])
    problems = list(handwritten.clashes(found, taken))
    if not any(home.takes_the_rest for home in known):
        what = "hand-written jobs are on the controller without labels, and there is none"
        problems.append(Problem(settings.document.pos(("controllers",), key=True), "controllers", what))
    if problems:
        raise ConfigError(problems)
