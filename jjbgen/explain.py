"""Turns pydantic's errors into problems: in the user's words, at the place in the file, with a hint."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from types import UnionType
from typing import Annotated, Any, Union, get_args, get_origin

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from jjbgen.errors import Pos, Problem, nearest
from jjbgen.source import Document, Loc

Locate = Callable[[Loc, bool], tuple[Loc, Pos]]
"""From a place in the validated value (and whether its key is meant) to the place in the file, and its position."""

_WANTED = {
    "model_type": "a mapping",
    "dict_type": "a mapping",
    "tuple_type": "a list",
    "string_type": "text",
    "model_attributes_type": "a mapping",
    "bool_type": "true or false",
    "int_type": "a whole number",
}


def problems(error: ValidationError, model: type[BaseModel], locate: Locate) -> Iterator[Problem]:
    """Every problem that a validation of `model` found."""
    for detail in error.errors(include_url=False):
        loc = tuple(part for part in detail["loc"] if not _is_tag(part))
        yield _problem(detail, loc, model, locate)


def locator(document: Document) -> Locate:
    """The `Locate` of a document that was validated as it stands."""
    return lambda loc, key: (document.nearest(loc), document.pos(loc, key=key))


def field_path(loc: Loc) -> str:
    """`pipelines.nightly.files[0]`."""
    text = ""
    for part in loc:
        text += f"[{part}]" if isinstance(part, int) else f".{part}" if text else part
    return text


def _problem(detail: ErrorDetails, loc: tuple[str | int, ...], model: type[BaseModel], locate: Locate) -> Problem:
    kind, value = detail["type"], detail["input"]
    about_key = kind == "extra_forbidden" or loc[-1:] == ("[key]",)
    loc = loc[:-1] if loc[-1:] == ("[key]",) else loc
    if kind == "missing":
        what, hint = f"the key {loc[-1]!r} is missing", ""
        loc = loc[:-1]
        about_key = True
    elif kind == "extra_forbidden":
        what, hint = f"unknown key {loc[-1]!r}", nearest(str(loc[-1]), _known_keys(model, loc[:-1]))
    elif kind == "literal_error":
        known = [name for name in detail["ctx"]["expected"].replace(" or ", ", ").replace("'", "").split(", ") if name]
        field = next(part for part in reversed(loc) if isinstance(part, str))
        what, hint = f"unknown {field.replace('-', ' ')} {value!r}", nearest(str(value), known)
    elif kind in ("union_tag_invalid", "union_tag_not_found"):
        tags = detail["ctx"].get("expected_tags", "'gerrit', 'github'").replace("'", "").split(", ")
        tag = value.get("type") if isinstance(value, dict) else None
        what = f"unknown type {tag!r}" if tag else "the key 'type' is missing"
        hint = nearest(str(tag), tags)
    elif kind in _WANTED:
        what, hint = f"has to be {_WANTED[kind]}, not {_described(value)}", ""
    elif kind == "too_short":
        what, hint = "must not be empty", ""
    else:
        reason = detail.get("ctx", {}).get("error")
        what, _, hint = str(reason if reason is not None else detail["msg"]).partition("; ")
    place, pos = locate(loc, about_key)
    return Problem(pos, field_path(place), what, hint)


def _described(value: object) -> str:
    if value is None:
        return "nothing"
    if isinstance(value, dict):
        return "a mapping"
    if isinstance(value, tuple | list):
        return "a list"
    return f"the text {value!r}" if isinstance(value, str) else repr(value)


def _is_tag(part: str | int) -> bool:
    # pydantic puts the tag of a discriminated union into the way, which the file does not have.
    return part in ("gerrit", "github")


def _known_keys(model: type[BaseModel], loc: Loc) -> set[str]:
    """The keys that the model knows at `loc`."""
    types: list[Any] = [model]
    for part in loc:
        types = [inner for each in types for inner in _step(each, part)]
    return {
        field.alias or name
        for each in types
        for member in _members(each)
        if isinstance(member, type) and issubclass(member, BaseModel)
        for name, field in member.model_fields.items()
    }


def _members(type_: Any) -> list[Any]:
    origin = get_origin(type_)
    if origin is Annotated:
        return _members(get_args(type_)[0])
    if origin in (Union, UnionType):
        return [inner for each in get_args(type_) for inner in _members(each)]
    return [type_]


def _step(type_: Any, part: str | int) -> list[Any]:
    found: list[Any] = []
    for member in _members(type_):
        if isinstance(member, type) and issubclass(member, BaseModel):
            found += [field.annotation for name, field in member.model_fields.items() if (field.alias or name) == part]
        elif get_origin(member) is dict:
            found.append(get_args(member)[1])
        elif get_origin(member) is tuple:
            found.append(get_args(member)[0])
    return found
