"""The reference of settings and descriptors, derived from the models: JSON Schema and Markdown."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from pydantic import BaseModel

from jjbgen.component import Component
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


def json_schema(model: str) -> str:
    """JSON Schema of a model, for editors."""
    schema = MODELS[model].model_json_schema(by_alias=True)
    return (
        json.dumps({"$schema": "https://json-schema.org/draft/2020-12/schema", **schema}, indent=2, ensure_ascii=False)
        + "\n"
    )


def markdown(model: str) -> str:
    """A page with a table for each mapping of a model."""
    schema = MODELS[model].model_json_schema(by_alias=True)
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
