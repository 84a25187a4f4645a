"""Whether a controller has what jobs need. What it does not tell is said to be unseen, and never taken for fine."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING

from jjbgen.controller import Client
from jjbgen.needs import Need, What
from jjbgen.session import ControllerError

if TYPE_CHECKING:  # the models of components are behind it
    from jjbgen.load import Plugins

OLDEST = "2.516"
"""The release line of Jenkins that the contract was recorded from; how older ones answer is not known."""


class State(Enum):
    """What is known about a need."""

    FINE = "fine"
    DIFFERS = "differs"
    """It is there, and not as the config repo thinks."""
    MISSING = "missing"
    UNSEEN = "unseen"


@dataclass(frozen=True, slots=True)
class Finding:
    """What became of a need."""

    state: State
    what: str
    """The kind of thing: `plugin`, `agent label`, …"""
    name: str
    why: str = ""
    jobs: tuple[str, ...] = ()
    """Full names of those that need it."""

    @property
    def needed_by(self) -> str:
        """`needed by a, b, c and 4 more`; empty where no jobs are known."""
        if not self.jobs:
            return ""
        more = len(self.jobs) - 3
        return f"needed by {', '.join(self.jobs[:3])}{f' and {more} more' if more > 0 else ''}"


Needs = Mapping[Need, tuple[str, ...]]
_Verdict = tuple[State, str]
_Judge = Callable[[str], _Verdict]
_Jury = Callable[[Client, Iterable[str]], _Judge]


def preflight(
    client: Client, needs: Needs, pinned: Plugins, folders: Iterable[str], known: Mapping[str, str] | None = None
) -> tuple[Finding, ...]:
    """Look for everything that jobs need.

    `pinned` is the config repo's list of plugins, which the XML was made for; `folders` are those the jobs are in;
    `known` are the plugins of the controller, if somebody has asked for them already.
    """
    found = list(plugins(needs, known or _asked(client.plugins), pinned))
    for what, jury in _JURIES.items():
        wanted = {need: jobs for need, jobs in needs.items() if need.what is what}
        if wanted:
            found += _judged(client, jury, folders, wanted)
    return (_version(client.version), *found)


def _asked(question: Callable[[], dict[str, str] | None]) -> dict[str, str] | None:
    """The answer to a question that must not keep the others from being asked."""
    try:
        return question()
    except ControllerError as error:
        _raise_if_nobody_answers(error)
        return None


def _raise_if_nobody_answers(error: ControllerError) -> None:
    """A controller that is away, or refuses the login, has not said anything about what it has."""
    if error.status in (None, 401):
        raise error


def _judged(client: Client, jury: _Jury, folders: Iterable[str], wanted: Needs) -> Iterator[Finding]:
    judge: _Judge | None = None
    for need, jobs in wanted.items():
        try:
            judge = judge or jury(client, folders)
            state, why = judge(need.name)
        except ControllerError as error:
            _raise_if_nobody_answers(error)
            state, why = State.UNSEEN, str(error)
        yield Finding(state, need.what.value, need.name, why, jobs)


def permissions(client: Client, folder: str) -> Iterator[Finding]:
    """What the user may do; asking costs requests that change nothing, one of them a POST."""
    may = client.may_create(folder)
    state = {True: State.FINE, False: State.MISSING, None: State.UNSEEN}[may]
    yield Finding(
        state, "permission", "create jobs", "" if may else "Jenkins does not say" if may is None else "refused"
    )
    yield Finding(State.UNSEEN, "permission", "change and delete jobs", "Jenkins says so only when it is tried")


def plugins(needs: Needs, installed: Mapping[str, str] | None, pinned: Plugins) -> Iterator[Finding]:
    """Whether the plugins that jobs need are `installed` (versions by name; None if that is not told)."""
    listed = {plugin["shortName"]: plugin["version"] for plugin in pinned}
    for need, jobs in needs.items():
        if need.what is What.PLUGIN:
            state, why = _plugin(need.name, installed, listed)
            yield Finding(state, need.what.value, need.name, why, jobs)


def _plugin(name: str, installed: Mapping[str, str] | None, listed: Mapping[str, str]) -> _Verdict:
    if installed is None:
        return State.UNSEEN, "the user may not see the plugins"
    if name not in installed:
        return State.MISSING, "it is not installed, or not active"
    if name in listed and _order(installed[name]) < _order(listed[name]):
        return State.DIFFERS, f"it is {installed[name]}, and the list of the config repo says {listed[name]}"
    return State.FINE, installed[name]


def _order(version: str) -> tuple[int, ...]:
    """The numbers that a version begins with; what follows is the id of a commit, or a word."""
    numbers: list[int] = []
    for part in version.replace("-", ".").split("."):
        if not part.isdecimal():
            break
        numbers.append(int(part))
    return tuple(numbers)


def _version(version: str) -> Finding:
    if not version:
        return Finding(State.UNSEEN, "Jenkins", "version", "the controller does not say it")
    if _order(version) < _order(OLDEST):
        return Finding(
            State.DIFFERS, "Jenkins", "version", f"it is {version}, and jjbgen was tried with {OLDEST} and newer"
        )
    return Finding(State.FINE, "Jenkins", "version", version)


def _agents(client: Client, _: Iterable[str]) -> _Judge:
    def judge(label: str) -> _Verdict:
        found = client.label(label)
        if found is None:
            return State.UNSEEN, "the controller does not tell"
        return (State.FINE, "") if found else (State.MISSING, "no agent and no cloud has it")

    return judge


def _credentials(client: Client, folders: Iterable[str]) -> _Judge:
    of_system = client.credentials("")
    known = frozenset[str]().union(*(client.credentials(folder) or () for folder in folders), of_system or ())

    def judge(name: str) -> _Verdict:
        if name in known:
            return State.FINE, ""
        if of_system is None:
            return State.UNSEEN, "the user may not see the credentials"
        return State.MISSING, "not among the system's global ones, and others are not looked into"

    return judge


def _gerrit_servers(client: Client, _: Iterable[str]) -> _Judge:
    names = client.gerrit_servers()

    def judge(name: str) -> _Verdict:
        if names is None:
            return State.UNSEEN, "the controller does not tell its Gerrit servers"
        what = "the Gerrit Trigger plugin has no server of this name"
        return (State.FINE, "") if name in names else (State.MISSING, what)

    return judge


def _classes(_: Client, __: Iterable[str]) -> _Judge:
    return lambda _: (State.UNSEEN, "jjbgen does not know which plugin it is from")


_JURIES: Mapping[What, _Jury] = {
    What.AGENT: _agents,
    What.CREDENTIALS: _credentials,
    What.GERRIT_SERVER: _gerrit_servers,
    What.CLASS: _classes,
}
"""Who judges needs of a kind; each asks the controller once where one answer is enough."""
