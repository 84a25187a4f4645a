"""A plan that is kept says all that it takes, and is believed as little as any other input."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

import pytest

from jjbgen import planfile
from jjbgen.connection import Connection
from jjbgen.errors import ConfigError
from jjbgen.marks import JJB, Mark, name_fingerprint
from jjbgen.session import Login
from jjbgen.sync import Change
from jjbgen.syncplan import Action, Kind, Live, Phase

WORD = "word-of-nobody"
REACHED = Connection("main", "example", "https://jenkins.example.org", "jjbgen.yaml", Login("me", WORD), "x")


def described(name: str, owner: str = "example") -> str:
    """What is in the description of an item that a config repo has pushed."""
    return f"d\u00e9{Mark(owner, name_fingerprint(name), '0f' * 16)}{JJB}"


def ours(name: str) -> Live:
    """An item of ours."""
    return Live(Kind.JOB, name, described(name), True, "some.Job")


def xml(name: str, owner: str = "example") -> str:
    """What is posted for an item."""
    return f"<a>\u00e9\n'\"<description>{escape(described(name, owner))}</description></a>"


CHANGES = (
    Change(Action.CREATE, Kind.FOLDER, "f", "it is not there", Phase.FOLDERS, 0, xml("f"), None),
    Change(Action.UPDATE, Kind.JOB, "a", "it differs", Phase.JOBS, 3, xml("a"), ours("a"), "0f" * 16),
    Change(Action.DELETE, Kind.JOB, "b", "no longer wanted", Phase.DELETE_JOBS, 0, None, ours("b")),
)


def kept(folder: Path, **changes: Any) -> Path:
    """A plan file, changed in some of its values."""
    data = {**json.loads(planfile.text(REACHED, CHANGES)), **changes}
    path = folder / "a.plan"
    path.write_text(json.dumps(data), encoding="utf-8")
    return path


def of(number: int, **changes: Any) -> list[dict[str, Any]]:
    """The changes of the plan, with one of them changed."""
    listed: list[dict[str, Any]] = json.loads(planfile.text(REACHED, CHANGES))["changes"]
    listed[number] |= changes
    return listed


def test_what_was_written_is_read(tmp_path: Path) -> None:
    path = kept(tmp_path)
    assert planfile.read(path, REACHED) == CHANGES
    assert planfile.controller_of(path) == "main"


def test_it_holds_no_secret_and_is_the_same_each_time() -> None:
    text = planfile.text(REACHED, CHANGES)
    assert WORD not in text
    assert text == planfile.text(REACHED, CHANGES)


def seen(description: str) -> dict[str, Any]:
    """An item as a plan file says that it was."""
    return {"description": description, "disabled": False, "type": ""}


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"url": "https://other.example.org"}, "is a plan for the URL 'https://other.example.org', and this is"),
        ({"owner": "other"}, "is a plan for the owner 'other', and this is 'example'"),
        ({"jjbgen_plan": 2}, "is not a plan of this jjbgen: jjbgen_plan: "),
        ({"more": 1}, "is not a plan of this jjbgen: more: "),
        ({"changes": "x"}, "is not a plan of this jjbgen: changes: "),
        ({"changes": of(0, action="unchanged")}, "is not a plan of this jjbgen: unchanged f is not whole"),
        ({"changes": of(0, xml=None)}, "is not a plan of this jjbgen: create f is not whole"),
        ({"changes": of(1, seen=None)}, "is not a plan of this jjbgen: update a is not whole"),
        ({"changes": of(1, phase=17)}, "is not a plan of this jjbgen: update a is not whole"),
        ({"changes": of(2, xml="<a/>")}, "is not a plan of this jjbgen: delete b is not whole"),
        ({"changes": of(2, name="c")}, "is not a plan of this jjbgen: c is not of 'example'"),
        ({"changes": of(2, kind="folder")}, "is not a plan of this jjbgen: b is a folder, and those stay"),
        ({"changes": of(0, xml="<a/>")}, "is not a plan of this jjbgen: f would not be of 'example'"),
        ({"changes": of(0, xml=xml("g"))}, "is not a plan of this jjbgen: f would not be of 'example'"),
        ({"changes": of(0, xml=xml("f", "other"))}, "is not a plan of this jjbgen: f would not be of 'example'"),
        (
            {"changes": of(1, action="adopt", seen=seen(described("a", "other")))},
            "is not a plan of this jjbgen: a is of 'other'",
        ),
        ({"changes": of(1, name="c")}, "is not a plan of this jjbgen: c is not of 'example'"),
        ({"changes": of(1, xml="<a")}, "is not a plan of this jjbgen: the XML of a: "),
        ({"changes": of(1, action="explode")}, "is not a plan of this jjbgen: changes.1.action: "),
    ],
)
def test_what_is_no_plan_for_this_controller_is_told(changes: dict[str, Any], told: str, tmp_path: Path) -> None:
    path = kept(tmp_path, **changes)
    with pytest.raises(ConfigError) as error:
        planfile.read(path, REACHED)
    assert str(error.value).startswith(f"{path}: {told}")
    assert "\n" not in str(error.value)


@pytest.mark.parametrize(
    ("content", "told"), [(None, "cannot be read: "), (b"", "is not a plan"), (b"\xff[", "is not a plan")]
)
def test_a_file_that_is_none_is_told(content: bytes | None, told: str, tmp_path: Path) -> None:
    path = tmp_path / "a.plan"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(ConfigError, match=told):
        planfile.controller_of(path)
