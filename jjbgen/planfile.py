"""A plan on disk, to be looked at now and carried out later: all that is to be posted, and what it was planned for.

It holds no secret. It is checked when it is read like any other input, for it may come from anywhere.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, ValidationError

from jjbgen import marks, xmlform
from jjbgen.connection import Connection
from jjbgen.errors import ConfigError, Pos, Problem
from jjbgen.sync import Change
from jjbgen.syncplan import CHANGES, Action, Kind, Live, Phase

FORMAT = 1
"""Raised when a plan of before cannot be read any more."""


class _Model(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class _Seen(_Model):
    description: str | None
    disabled: bool
    type: str


class _Change(_Model):
    action: Action
    kind: Kind
    name: str
    reason: str
    phase: int
    level: int
    xml: str | None
    seen: _Seen | None
    seen_xml: str | None


class _File(_Model):
    jjbgen_plan: Literal[1]
    controller: str
    url: str
    owner: str
    changes: tuple[_Change, ...]


def text(connection: Connection, changes: Sequence[Change]) -> str:
    """The plan as JSON."""
    made = _File(
        jjbgen_plan=FORMAT,
        controller=connection.controller,
        url=connection.url,
        owner=connection.owner,
        changes=tuple(
            _Change(
                action=each.action,
                kind=each.kind,
                name=each.full_name,
                reason=each.reason,
                phase=each.phase,
                level=each.level,
                xml=each.xml,
                seen=each.seen
                and _Seen(description=each.seen.description, disabled=each.seen.disabled, type=each.seen.type),
                seen_xml=each.seen_xml,
            )
            for each in changes
        ),
    )
    return json.dumps(made.model_dump(mode="json"), indent=1, ensure_ascii=False) + "\n"


def controller_of(path: Path) -> str:
    """The name of the controller that the plan in a file is for; raises ConfigError."""
    return _read(path).controller


def read(path: Path, connection: Connection) -> tuple[Change, ...]:
    """The changes of a plan; raises ConfigError when it is none, or one for another controller or config repo."""
    found = _read(path)
    for what, planned, here in (("URL", found.url, connection.url), ("owner", found.owner, connection.owner)):
        if planned != here:
            raise _error(path, f"is a plan for the {what} {planned!r}, and this is {here!r}")
    changes = tuple(_change(path, each) for each in found.changes)
    for change in changes:
        if why := _forbidden(change, found.owner):
            raise _error(path, f"is not a plan of this jjbgen: {change.full_name} {why}")
    return changes


def _forbidden(change: Change, owner: str) -> str:
    """What no plan does, whoever has written the file; empty if it is none of that."""
    mark = change.seen.mark if change.seen else None
    is_ours = bool(change.seen and change.seen.is_of(owner))
    if change.action in (Action.UPDATE, Action.DELETE) and not is_ours:
        return f"is not of {owner!r}"
    if change.action is Action.ADOPT and mark and mark.owner != owner and mark.is_of(mark.owner, change.full_name):
        return f"is of {mark.owner!r}"
    if change.action is Action.DELETE and change.kind is Kind.FOLDER:
        return "is a folder, and those stay"
    if change.xml is not None:
        posted = marks.found(xmlform.parsed(change.xml).findtext("description"))
        if posted is None or not posted.is_of(owner, change.full_name):
            return f"would not be of {owner!r}"
    return ""


def _read(path: Path) -> _File:
    try:
        data = path.read_bytes()
    except OSError as error:
        raise _error(path, f"cannot be read: {error.strerror}") from None
    try:
        return _File.model_validate_json(data)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        place = ".".join(map(str, first["loc"]))
        raise _error(path, f"is not a plan of this jjbgen: {place}: {first['msg']}".replace(": : ", ": ")) from None


def _change(path: Path, each: _Change) -> Change:
    is_whole = each.action in CHANGES and (each.xml is None) == (each.action is Action.DELETE)
    if not is_whole or (each.seen is None) != (each.action is Action.CREATE) or each.phase not in set(Phase):
        raise _error(path, f"is not a plan of this jjbgen: {each.action.value} {each.name} is not whole")
    try:
        if each.xml is not None:
            xmlform.parsed(each.xml)
    except xmlform.XmlError as error:
        raise _error(path, f"is not a plan of this jjbgen: the XML of {each.name}: {error}") from None
    seen = (
        None
        if each.seen is None
        else Live(each.kind, each.name, each.seen.description, each.seen.disabled, each.seen.type)
    )
    phase = Phase(each.phase)
    return Change(each.action, each.kind, each.name, each.reason, phase, each.level, each.xml, seen, each.seen_xml)


def _error(path: Path, what: str) -> ConfigError:
    return ConfigError([Problem(Pos(str(path)), "", what)])
