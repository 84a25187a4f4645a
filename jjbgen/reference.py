"""The reference of settings and descriptors, derived from the models: JSON Schema and Markdown."""

from __future__ import annotations

import ast
import inspect
import json
from collections.abc import Iterator
from itertools import pairwise
from textwrap import dedent
from typing import Any

from pydantic import BaseModel

from jjbgen.component import Component
from jjbgen.model import Model
from jjbgen.project import Project

MODELS: dict[str, type[BaseModel]] = {"component": Component, "settings": Project}

_INTRODUCTIONS = {
    "component": (
        "# The descriptor\n\nA component is described by `components/<name>.yaml`; the file's name is the component's."
    ),
    "settings": "# The settings\n\nWhat holds for all components of a config repo, in `jjbgen.yaml` at its top.",
}
_NOTE = (
    "This page is generated from the models: `jjbgen schema {model} --format markdown`. "
    "Unknown and duplicate keys are errors. Values are text as it is written, so `2.10` needs no quotes."
)


def _schema(model: str) -> dict[str, Any]:
    """The JSON Schema of a model, with the docstrings of its fields.

    pydantic could read them too, from the source, whenever the models are loaded: a tenth of a second for any command.
    """
    schema = MODELS[model].model_json_schema(by_alias=True)
    classes = {each.__name__: each for each in _subclasses(Model)}
    of_class = {MODELS[model].__name__: schema, **schema.get("$defs", {})}
    for name, described in of_class.items():
        fields = classes[name].model_fields if name in classes else {}
        for field, text in (_docstrings(classes[name]) if fields else {}).items():
            key = fields[field].alias or field
            described["properties"][key] = dict(sorted({**described["properties"][key], "description": text}.items()))
    return schema


def _subclasses(model: type[BaseModel]) -> Iterator[type[BaseModel]]:
    for each in model.__subclasses__():
        yield each
        yield from _subclasses(each)


def _docstrings(model: type[BaseModel]) -> dict[str, str]:
    """What stands behind the fields of a class and those that it is made from."""
    found: dict[str, str] = {}
    for each in reversed(model.__mro__):
        if issubclass(each, Model) and each is not Model:
            (definition,) = ast.parse(dedent(inspect.getsource(each))).body
            lines = definition.body if isinstance(definition, ast.ClassDef) else []
            for field, text in pairwise(lines):
                match field, text:
                    case ast.AnnAssign(target=ast.Name(id=name)), ast.Expr(value=ast.Constant(value=str(words))):
                        found[name] = inspect.cleandoc(words)
    return found


def json_schema(model: str) -> str:
    """JSON Schema of a model, for editors."""
    schema = _schema(model)
    return (
        json.dumps({"$schema": "https://json-schema.org/draft/2020-12/schema", **schema}, indent=2, ensure_ascii=False)
        + "\n"
    )


def markdown(model: str) -> str:
    """A page with a table for each mapping of a model."""
    schema = _schema(model)
    definitions: dict[str, Any] = schema.get("$defs", {})
    parts = [_INTRODUCTIONS[model], _NOTE.format(model=model), *_table("The file", schema)]
    for name in _in_order_of_use(schema, definitions):
        parts += _table(name, definitions[name])
    return "\n\n".join(parts) + "\n"


def _in_order_of_use(schema: Any, definitions: dict[str, Any]) -> list[str]:
    found: list[str] = []
    pending = [schema]
    while pending:
        for name in _references(pending.pop(0)):
            if name not in found:
                found.append(name)
                pending.append(definitions[name])
    return found


def _references(schema: Any) -> Iterator[str]:
    if isinstance(schema, dict):
        for key, value in schema.items():
            if key == "$ref":
                yield value.rpartition("/")[2]
            elif key != "$defs":
                yield from _references(value)
    elif isinstance(schema, list):
        for value in schema:
            yield from _references(value)


def _table(title: str, schema: dict[str, Any]) -> Iterator[str]:
    yield f"## {title}"
    if schema.get("description") and title != "The file":
        yield str(schema["description"])
    rows = ["| key | value | default | meaning |", "| --- | --- | --- | --- |"]
    required = set(schema.get("required", ()))
    for name, field in schema.get("properties", {}).items():
        default = "**required**" if name in required else _default(field.get("default"))
        meaning = " ".join(str(field.get("description", "")).split())
        rows.append(f"| `{name}` | {_type(field)} | {default} | {_cell(meaning)} |")
    yield "\n".join(rows)


def _default(value: Any) -> str:
    if value in (None, "", [], {}):
        return ""
    return f"`{_cell(json.dumps(value, ensure_ascii=False) if not isinstance(value, str) else value)}`"


def _type(field: dict[str, Any]) -> str:
    values = field.get("enum") or [field[key] for key in ("const",) if key in field]
    either = field.get("anyOf") or field.get("oneOf")
    if "$ref" in field:
        name = field["$ref"].rpartition("/")[2]
        text = f"[{name}](#{name.lower()})"
    elif values:
        text = ", ".join(f"`{value}`" for value in values)
    elif either:
        text = " or ".join(_type(each) for each in either if each.get("type") != "null")
    elif field.get("type") == "array":
        text = f"list of {_type(field.get('items', {}))}"
    elif field.get("type") == "object":
        inner = field.get("additionalProperties") or next(iter(field.get("patternProperties", {}).values()), None)
        text = f"mapping of {_type(inner)}" if isinstance(inner, dict) else "mapping"
    else:
        kind = field.get("type", "string")
        text = {"integer": "number", "boolean": "true, false"}.get(kind if isinstance(kind, str) else "", "text")
    return text


def _cell(text: str) -> str:
    return text.replace("|", "\\|")
