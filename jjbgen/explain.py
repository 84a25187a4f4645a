"""Turns pydantic's errors into problems: in the user's words, at the place in the file, with a hint."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from types import UnionType
from typing import Annotated, Any, Union, get_args, get_origin

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from jjbgen.errors import Pos, Problem, nearest, what_and_hint
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
    "date_type": "a day like 2026-03-31",
}


def problems(error: ValidationError, model: type[BaseModel], locate: Locate) -> Iterator[Problem]:
    """Every problem that a validation of `model` found."""
    for detail in error.errors(include_url=False):
        yield _problem(detail, model, locate)


def locator(document: Document) -> Locate:
    """The `Locate` of a document that was validated as it stands."""
    return lambda loc, key: (document.nearest(loc), document.pos(loc, key=key))


def field_path(loc: Loc) -> str:
    """`pipelines.nightly.files[0]`."""
    text = ""
    for part in loc:
        text += f"[{part}]" if isinstance(part, int) else f".{part}" if text else part
    return text


def _problem(detail: ErrorDetails, model: type[BaseModel], locate: Locate) -> Problem:
    kind = detail["type"]
    loc, parents, models = _resolved(model, detail["loc"])
    about_key = kind in ("extra_forbidden", "missing", "union_tag_not_found")
    if loc[-1:] == ("[key]",):
        about_key, loc = True, loc[:-1]
    if kind == "missing":
        what, hint, loc = f"the key {loc[-1]!r} is missing", "", loc[:-1]
    elif kind == "extra_forbidden":
        what, hint = f"unknown key {loc[-1]!r}", nearest(str(loc[-1]), _keys(parents))
    elif kind.startswith("union_tag"):
        loc, what, hint = _about_type(detail, loc, [tag for each in models for tag in _tags(each)])
    else:
        what, hint = _about_value(detail, loc)
    place, pos = locate(loc, about_key)
    return Problem(pos, field_path(place), what, hint)


def _about_type(detail: ErrorDetails, loc: Loc, known: list[str]) -> tuple[Loc, str, str]:
    """What is wrong with the `type` of a mapping that comes in several types."""
    value = detail["input"]
    written = value.get("type") if isinstance(value, dict) else None
    if detail["type"] == "union_tag_not_found":
        return loc, "the key 'type' is missing", nearest("", known)
    if not isinstance(written, str):
        return (*loc, "type"), f"has to be text, not {_described(written)}", ""
    return (*loc, "type"), f"unknown type {written!r}", nearest(written, known)


def _about_value(detail: ErrorDetails, loc: Loc) -> tuple[str, str]:
    kind, value = detail["type"], detail["input"]
    if kind == "literal_error" and isinstance(value, str):
        known = detail["ctx"]["expected"].replace(" or ", ", ").replace("'", "").split(", ")
        field = next(part for part in reversed(loc) if isinstance(part, str))
        return f"unknown {field.replace('-', ' ')} {value!r}", nearest(value, known)
    if kind in _WANTED or kind == "literal_error":
        return f"has to be {_WANTED.get(kind, 'text')}, not {_described(value)}", ""
    if kind == "too_short":
        return "must not be empty", ""
    return what_and_hint(detail.get("ctx", {}).get("error", detail["msg"]))


def _described(value: object) -> str:
    if value is None:
        return "nothing"
    if isinstance(value, dict):
        return "a mapping"
    if isinstance(value, tuple | list):
        return "a list"
    return f"the text {value!r}" if isinstance(value, str) else repr(value)


def _resolved(model: type[BaseModel], loc: Loc) -> tuple[Loc, list[type[BaseModel]], list[type[BaseModel]]]:
    """The way without the tags that pydantic puts into it for unions; what its parent can be; what it can be."""
    types: list[Any] = [model]
    parents = _models(types)
    way: list[str | int] = []
    for part in loc:
        models = _models(types)
        tagged = [each for each in models if part in _tags(each)]
        if len(models) > 1 and tagged:
            types = list(tagged)
            continue
        way.append(part)
        parents = models
        types = [inner for each in types for inner in _step(each, part)]
    return tuple(way), parents, _models(types)


def _tags(model: type[BaseModel]) -> tuple[Any, ...]:
    field = model.model_fields.get("type")
    return get_args(field.annotation) if field else ()


def _keys(models: list[type[BaseModel]]) -> set[str]:
    return {field.alias or name for model in models for name, field in model.model_fields.items()}


def _models(types: list[Any]) -> list[type[BaseModel]]:
    members = [member for each in types for member in _members(each)]
    return [member for member in members if isinstance(member, type) and issubclass(member, BaseModel)]


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
