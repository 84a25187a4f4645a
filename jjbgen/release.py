"""The gate on a clone: a commit with its files and the tags around it, or all commits of a branch, one by one."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from posixpath import normpath

from jjbgen import gate, version
from jjbgen.errors import ConfigError, ExitCode, Pos, Problem, VersionError, what_and_hint
from jjbgen.gate import Decision, Released, Step, Verdict
from jjbgen.gitrun import NoCommitError
from jjbgen.history import Commit, Repository, ShallowError, Tag
from jjbgen.releases import FETCH, GO_FILES, higher, highest_release, in_words, names_of, releases, taken_by
from jjbgen.remote import Remote
from jjbgen.rules import Rules
from jjbgen.version import TagNames, Version
from jjbgen.versionfiles import CHART, MISSING, SOURCES, VERSION, Reading, Tree, reading

_LOOKS_BACK = frozenset((Decision.UNCHANGED, Decision.DEVELOPMENT, Decision.NEW))
"""With these the releases before are looked at, too: one may have been overtaken before it was published."""

LOOK_BACK = 100
"""How many commits are looked through for releases without a tag."""


@dataclass(frozen=True, slots=True)
class Release:
    """A commit that became a release."""

    version: Version
    commit: str


@dataclass(frozen=True, slots=True)
class Gated:
    """The gate's verdict on a commit, and under which names it publishes."""

    commit: str
    previous: Reading
    current: Reading
    verdict: Verdict
    tag: str | None
    image_tags: tuple[str, ...]
    charts: Mapping[str, str]
    """Versions of the charts, by folder."""
    unpublished: tuple[Release, ...] = ()
    """Releases shortly before this commit that have no tag: somebody has to look why."""

    def problem(self) -> Problem | None:
        """What is wrong, when the gate refuses the commit."""
        if self.verdict.decision.exit_code is not ExitCode.FAILED:
            return None
        return Problem(place_of(self.current), "version", self.verdict.reason, self.verdict.hint)


def known(found: Reading) -> Reading:
    """The same reading; raises VersionError when the version is wrong or missing."""
    if found.version is None:
        raise VersionError([Problem(place_of(found), "version", *what_and_hint(found.fault))])
    return found


def gated(repository: Repository, rules: Rules, base: str | None = None, *, fetch: bool = False) -> Gated:
    """What the gate says of HEAD after `base`, by default after its first parent.

    Raises NoCommitError for a base that does not exist, ShallowError for what a shallow clone lacks.
    """
    if not fetch:
        return _gated(repository, rules, base, None)
    remote = Remote(repository)
    remote.fetch(lambda: _is_complete(repository, base))
    try:
        return _gated(repository, rules, base, remote)
    except ShallowError:
        remote.complete()
        return _gated(repository, rules, base, remote)


def _gated(repository: Repository, rules: Rules, base: str | None, remote: Remote | None) -> Gated:
    """The same with what is here; a `remote` is asked whether it has the tag that this commit has here."""
    places = [normpath(f"{chart.path}/{CHART}") for chart in rules.charts]
    head, before = repository.commits(["HEAD", base or "HEAD^1"], (*SOURCES, *GO_FILES, *places))
    if head is None:
        raise NoCommitError("there is no commit here yet")
    if before is None and base:
        raise NoCommitError(f"there is no commit {base!r} here")
    if before is None and head.parents:
        raise ShallowError(f"this shallow clone ends with HEAD, and the commit before is needed; {FETCH}")
    names = names_of(head, rules)
    current, previous = reading(head.read), reading(before.read) if before else MISSING
    tags = repository.tags() if current.version else []
    released = _released(repository, names, head, (previous, current), tags)
    if released.here and remote and current.version:
        pushed = remote.commits_of(names.names(current.version))
        released = replace(released, here=head.id in pushed.values())
    verdict = gate.judge(previous, current, released)
    if verdict.decision is Decision.NEW and remote is None and repository.is_shallow():
        raise ShallowError(f"this shallow clone does not show whether {current.version} is released; {FETCH}")
    release = current.version if current.version and version.is_finalized(current.version) else None
    return Gated(
        commit=head.id,
        previous=previous,
        current=current,
        verdict=verdict,
        tag=names.name(release) if release else None,
        image_tags=_image_tags(repository, rules, names, release, tags) if release else (),
        charts=_chart_versions(head, rules),
        unpublished=_unpublished(repository, names, head, tags) if verdict.decision in _LOOKS_BACK else (),
    )


def _unpublished(repository: Repository, names: TagNames, head: Commit, tags: Sequence[Tag]) -> tuple[Release, ...]:
    """The releases before `head` since the last one that has its tag, newest first.

    A push of several commits starts one build, of the last of them; a publish that failed may be forgotten.
    """
    commits = repository.line(head.id, LOOK_BACK)
    tagged = {(tag.commit, release) for tag in tags if (release := names.release(tag.name)) is not None}
    released = {release for _, release in tagged}
    found: list[Release] = []
    line = gate.replay((commit, read, ()) for commit, read in zip(commits, _readings(repository, commits), strict=True))
    for step in reversed(list(line)):
        now = step.current.version
        if now is not None and (step.commit, now) in tagged:
            return tuple(found)
        # What came before the oldest commit looked at is not known, so whether it changed the version is not either.
        is_new = step.verdict.decision is Decision.NEW and step.commit not in (commits[0], head.id)
        if now and is_new and now not in released:
            found.append(Release(now, step.commit))
    # Nothing here has a tag: this project does not make them yet.
    return ()


def _is_complete(repository: Repository, base: str | None) -> bool:
    head, before = repository.commits(["HEAD", base or "HEAD^1"])
    return head is not None and (before is not None or not (base or head.parents))


def _image_tags(
    repository: Repository, rules: Rules, names: TagNames, current: Version, tags: Sequence[Tag]
) -> tuple[str, ...]:
    if not rules.image_tags:
        return version.image_tags(current, (), ())
    # Only a higher release can take a tag away; there are none on the newest line.
    return version.image_tags(current, rules.image_tags, releases(repository, names, higher(names, tags, current)))


def _chart_versions(head: Tree, rules: Rules) -> dict[str, str]:
    if not rules.charts:
        return {}
    from jjbgen import charts

    found = {}
    for place in rules.charts:
        chart = charts.load(head, normpath(place.path))
        if chart is None:
            raise ConfigError([Problem(Pos(normpath(f"{place.path}/{CHART}")), "", "no such file")])
        found[place.path] = str(chart.version)
    return found


def _released(
    repository: Repository, names: TagNames, head: Commit, readings: tuple[Reading, Reading], tags: Sequence[Tag]
) -> Released:
    previous, current = readings
    if current.version is None:
        return Released()
    of_version = names.names(current.version)
    taken = taken_by(repository, names, current.version, head.id, tags)
    return Released(
        here=any(tag.name in of_version and tag.commit == head.id for tag in tags),
        elsewhere=in_words(taken) if taken else None,
        highest=None
        if previous.version == current.version
        else highest_release(repository, names, head.id, tags, above=current.version),
    )


def place_of(current: Reading) -> Pos:
    """Where a problem of a version is told."""
    return Pos(current.source or VERSION, 1, 1) if current.source == VERSION else Pos(current.source or VERSION)


def steps(repository: Repository, revision: str) -> Iterator[Step]:
    """Every commit of a branch's first-parent line through the gate, oldest first.

    Raises ShallowError in a shallow clone, whose oldest commit would pass for the first.
    """
    if repository.is_shallow():
        raise ShallowError(f"this shallow clone lacks the beginning of the history; {FETCH}")
    tags: dict[str, list[str]] = {}
    for each in repository.tags():
        tags.setdefault(each.commit, []).append(each.name)
    commits = repository.line(repository.commit(revision).id)
    readings = zip(commits, _readings(repository, commits), strict=True)
    return gate.replay((commit, found, tuple(tags.get(commit, ()))) for commit, found in readings)


def _readings(repository: Repository, commits: Sequence[str]) -> Iterator[Reading]:
    """The version of each commit. A version file that many commits share is parsed once."""
    known: dict[tuple[str | None, ...], Reading] = {}
    wanted = (f"{commit}:{path}" for commit in commits for path in SOURCES)
    found = repository.objects(wanted)
    for commit in commits:
        files = {path: each for path in SOURCES if (each := next(found)) is None or each.type == "blob"}
        ids = tuple(each.id if (each := files.get(path)) else None for path in SOURCES)
        if ids not in known:
            texts = {path: each.data for path, each in files.items() if each is not None}
            # A link's text has no newline; that of nearly every version file has.
            plain = all(text.endswith(b"\n") for text in texts.values())
            here = Commit(repository, commit, (), {path: texts.get(path) for path in SOURCES})
            known[ids] = reading(here.read if plain else repository.commit(commit, SOURCES).read)
        yield known[ids]
