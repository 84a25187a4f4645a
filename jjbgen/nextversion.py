"""Writing the next version: into the file that holds it and those linked to it, and nothing else in them."""

from __future__ import annotations

from jjbgen import version, versionfiles
from jjbgen.errors import Pos, Problem, VersionError, what_and_hint
from jjbgen.history import WorkingTree
from jjbgen.outputs import write as write_file
from jjbgen.release import known
from jjbgen.rules import Rules
from jjbgen.version import Version, is_finalized
from jjbgen.versionfiles import CHART, Reading, reading


def current(tree: WorkingTree) -> Reading:
    """The version of a checkout, also from a VERSION file that git wrote with Windows' line ends.

    Raises VersionError when it is wrong or missing.
    """

    def read(path: str) -> str | None:
        text = tree.as_is(path)
        return text if text is None else text.replace("\r\n", "\n")

    return known(reading(read))


def write(tree: WorkingTree, now: Reading, following: Version, rules: Rules) -> tuple[str, ...]:
    """Write `following` in the place of `now`; returns the files.

    All of them are worked out before the first is written. Raises VersionError for one that does not agree
    with the current version, or that cannot be changed.
    """
    texts: dict[str, str] = {}
    problems: list[Problem] = []
    # The file that holds the version comes last: until then the next run finds where this one was interrupted.
    for path in dict.fromkeys((*(path for path in rules.linked if path != now.source), str(now.source))):
        try:
            texts[path] = _changed(tree, path, now, following)
        except ValueError as error:
            problems.append(Problem(Pos(path), "", *what_and_hint(error)))
    if problems:
        raise VersionError(problems)
    for path, text in texts.items():
        write_file(tree.top / path, text)
    return tuple(dict.fromkeys((str(now.source), *rules.linked)))


def _changed(tree: WorkingTree, path: str, now: Reading, following: Version) -> str:
    text = tree.as_is(path)
    if text is None:
        raise ValueError("no such file; the version rules name it")
    is_source = path == now.source
    old = str(now.text).strip("\n") if is_source else versionfiles.linked(path, text)[1]
    if old is not None and not is_source and versionfiles.agrees(path, following, old):
        return text
    if old is None or not (is_source or versionfiles.agrees(path, now.known(), old)):
        raise ValueError(f"does not have the version {now.shown}; mend that first")
    new = versionfiles.replaced(path, text, old, versionfiles.in_words_of(path, following), is_source=is_source)
    return new if is_source or not path.endswith(CHART) else _with_next_chart(new, dev=not is_finalized(following))


def _with_next_chart(text: str, *, dev: bool) -> str:
    """A Chart.yaml with its next version: what is in a chart changes with its `appVersion`."""
    old = versionfiles.chart_yaml(text)
    if old is None:
        raise ValueError("has no version; write one")
    following = version.following(version.parse(old), dev=dev)
    return versionfiles.replaced(CHART, text, old, str(following), is_source=True)
