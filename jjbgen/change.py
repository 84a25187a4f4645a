"""The check of a change before it is merged: its version, what goes with it, and its charts."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from posixpath import normpath

from jjbgen import charts, version
from jjbgen.charts import Chart
from jjbgen.errors import Problem, VersionError, what_and_hint, without_secrets
from jjbgen.gitrun import NoCommitError
from jjbgen.history import Commit, Repository, ShallowError, WorkingTree
from jjbgen.release import place_of
from jjbgen.releases import FETCH, GO_FILES, highest_release, in_words, names_of, releases, taken_by
from jjbgen.remote import Remote
from jjbgen.rules import Rules
from jjbgen.verify import disagreements, unfinished
from jjbgen.version import Version
from jjbgen.versionfiles import MISSING, SOURCES, VERSION, Reading, reading

_Tell = Callable[[str, str], Problem]
"""How a problem of the version is made of what is wrong and the way out."""


@dataclass(frozen=True, slots=True)
class Change:
    """The files of a checkout, and what they are to be merged into."""

    repository: Repository
    tree: WorkingTree
    head: Commit | None
    """The checked-out commit; None before the first one."""
    target: Commit | None
    """The tip of the branch that it goes to; None when there is none."""
    fork: Commit | None
    """Where the change left that branch."""
    lacks_tags: bool
    """Whether releases may be unknown here: in a shallow clone for which nothing was fetched."""

    def paths(self) -> list[str]:
        """The files that it changes or adds."""
        return self.repository.changed(self.fork.id) if self.fork else list(self.tree.files)

    def is_empty(self) -> bool:
        """Whether it changes nothing: the checkout is what it is to be merged into, or what that once was."""
        return self.fork is not None and not self.repository.changed(self.fork.id, added=False)


def change(repository: Repository, base: str | None, *, fetch: bool = False) -> Change:
    """The change of a checkout against `base`.

    Without one against what its branch is to be merged into, as far as the clone knows. Where that is not known,
    or is what is checked out (a branch that was pushed under its own name), against the commit before. Raises
    NoCommitError for a base that does not exist, ShallowError when a shallow clone does not show where the two parted.
    """
    if fetch:
        Remote(repository).fetch(lambda: _parting_is_known(repository, base))
    tree = repository.working_tree()
    target_revision = base or _default_base(repository)
    head, target = repository.commits(["HEAD", target_revision], (*SOURCES, *GO_FILES))
    if target is None and base:
        raise NoCommitError(f"there is no commit {base!r} here")
    if target is None and head and head.parents:
        raise ShallowError(f"this shallow clone ends with HEAD, and the commit before is needed; {FETCH}")
    fork_id = repository.fork(head.id, target.id) if head and target else None
    shallow = repository.is_shallow()
    if target and fork_id is None and shallow:
        raise ShallowError(f"this shallow clone does not show where the change left {target_revision}; {FETCH}")
    fork = target if target and fork_id == target.id else None
    if fork is None and fork_id is not None:
        fork = repository.commit(fork_id, SOURCES)
    return Change(repository, tree, head, target, fork, lacks_tags=shallow and not fetch)


def _default_base(repository: Repository) -> str:
    upstream = repository.upstream()
    if upstream is None:
        return "HEAD^1"
    head, target = repository.commits(["HEAD", upstream])
    return "HEAD^1" if head and target and head.id == target.id else upstream


def _parting_is_known(repository: Repository, base: str | None) -> bool:
    head, target = repository.commits(["HEAD", base or _default_base(repository)])
    return head is not None and target is not None and repository.fork(head.id, target.id) is not None


@dataclass(frozen=True, slots=True)
class Passed:
    """A version without problems."""

    reading: Reading
    base: Reading


def check(found: Change, rules: Rules) -> Passed:
    """Judge the version that the branch would have after the merge; raises VersionError with all problems.

    A change that leaves the version alone gets that of the branch when it is merged, which may have moved
    on since the change was begun.
    """
    own = reading(found.tree.read)
    target = reading(found.target.read) if found.target else MISSING
    fork = reading(found.fork.read) if found.fork else MISSING
    touched = found.fork is None or (own.source, own.text) != (fork.source, fork.text)
    merged = own if touched or target.source is None else target
    told = list(_of_version(found, rules, merged, target))
    if own.version is not None:
        told += disagreements(found.tree, rules, own.version)
    if merged.version is not None:
        told += unfinished(found.tree, rules, merged.version)
    if told:
        raise VersionError(told)
    return Passed(merged, target)


def _of_version(found: Change, rules: Rules, merged: Reading, target: Reading) -> Iterator[Problem]:
    place = place_of(merged)

    def tell(what: str, hint: str) -> Problem:
        return Problem(place, "version", what, hint)

    if merged.version is None:
        yield tell(*what_and_hint(merged.fault))
        return
    if merged.source == VERSION and version.blank_lines(merged.text or ""):
        yield tell("has more than one line", "remove the empty lines at the end")
    if target.version == merged.version:
        yield from _kept(found, rules, merged.version, tell)
    else:
        yield from _moved(found, rules, merged.version, target.version, tell)


def _kept(found: Change, rules: Rules, kept: Version, tell: _Tell) -> Iterator[Problem]:
    if version.is_finalized(kept) and not rules.release_to_release and not found.is_empty():
        following = version.following(kept, dev=True)
        hint = f"begin the next one with this change: `jjbgen version next --dev --write` makes it {following}"
        yield tell(f"{kept} is released by an earlier commit", hint)


def _moved(found: Change, rules: Rules, now: Version, before: Version | None, tell: _Tell) -> Iterator[Problem]:
    finalized = version.is_finalized(now)
    names = names_of(found.tree, rules)
    if finalized and found.lacks_tags:
        raise ShallowError(f"this shallow clone does not show whether {now} is released; {FETCH}")
    tags = found.repository.tags()
    taken = taken_by(found.repository, names, now, found.head.id if found.head else None, tags) if finalized else None
    if taken:
        higher = version.above(now, before)
        yield tell(f"{now} is released already, by {in_words(taken)}", f"choose a higher one, like {higher}")
        return
    highest = highest_release(found.repository, names, found.target.id, tags, above=now) if found.target else None
    for lowest, what in ((before, "the version of the branch"), (highest, "the highest release of the branch")):
        if lowest is not None and version.is_lower(now, lowest):
            higher = version.above(lowest, before, highest, dev=not finalized)
            yield tell(f"{now} is lower than {lowest}, {what}", f"versions only go up; choose one like {higher}")
            return
    if rules.predecessor:
        yield from _predecessor(now, before, releases(found.repository, names, tags), tell)


def _predecessor(now: Version, before: Version | None, released: Sequence[Version], tell: _Tell) -> Iterator[Problem]:
    known = [*released, *([before] if before is not None and version.is_finalized(before) else [])]
    missing = version.missing_predecessor(now, known)
    if missing:
        yield tell(f"{now} skips a step: there is no release {missing}", "release that first, or take the next number")


@dataclass(frozen=True, slots=True)
class CheckedCharts:
    """Charts without problems."""

    new: tuple[Chart, ...]
    """Those whose version is new."""
    unseen: tuple[tuple[str, str], ...]
    """Folder and repository of those that could not be compared with what is published."""


def check_charts(found: Change, rules: Rules) -> CheckedCharts:
    """Judge the charts of a change; raises VersionError with all problems."""
    judged = charts.judge(
        charts.Change(found.fork, found.target, found.tree, found.paths()), [place.path for place in rules.charts]
    )
    told = list(judged.problems)
    repositories = {normpath(place.path): place.repository for place in rules.charts if place.repository}
    unseen = []
    for chart in judged.new:
        repository = repositories.get(chart.folder)
        published = _is_published(repository, chart) if repository else False
        if repository and published is None:
            unseen.append((chart.folder, without_secrets(repository)))
        elif published:
            hint = f"choose a higher one, like {version.following(chart.version)}"
            told.append(
                chart.problem(f"{chart.name} {chart.version} is in {without_secrets(str(repository))} already", hint)
            )
    if told:
        raise VersionError(told)
    return CheckedCharts(judged.new, tuple(unseen))


def _is_published(repository: str, chart: Chart) -> bool | None:
    from jjbgen.published import is_published

    return is_published(repository, chart.name, str(chart.version))
