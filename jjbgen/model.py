"""What the models of settings and descriptors share: the strict base class and the kinds of values.

Values arrive as text (see `source`); the kinds here turn text into numbers and flags, check it, and say
in the user's words what is wrong. A message may hold a hint behind "; ".
"""

from __future__ import annotations

import re
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Annotated, Any
from urllib.parse import urlsplit

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    GetCoreSchemaHandler,
    GetJsonSchemaHandler,
    WithJsonSchema,
)
from pydantic_core import CoreSchema, core_schema

from jjbgen import cron, naming, patterns
from jjbgen.errors import nearest
from jjbgen.naming import GROOVY_KEYWORDS

SCALAR_SCHEMA = {"type": ["string", "number", "boolean"]}


class Model(BaseModel):
    """A frozen model that refuses unknown keys; fields are written in kebab-case."""

    model_config = ConfigDict(
        extra="forbid",
        frozen=True,
        strict=True,
        alias_generator=lambda name: name.replace("_", "-"),
        defer_build=True,
    )

    def __repr__(self) -> str:
        """All fields as they are; made in C, because rendering takes it as the key of what it knows."""
        return f"{type(self).__name__}({self.__dict__!r})"


@dataclass(frozen=True)
class OneOf:
    """Annotation of a text that has to be one of `names`; `what` is the field's word for them."""

    what: str
    names: tuple[str, ...]

    def check(self, value: str) -> str:
        if value not in self.names:
            raise ValueError(f"unknown {self.what} {value!r}; {nearest(value, self.names)}")
        return value

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_after_validator_function(self.check, handler(source))

    def __get_pydantic_json_schema__(self, _: CoreSchema, __: GetJsonSchemaHandler) -> dict[str, Any]:
        return {"type": "string", "enum": list(self.names)}


JsonSchema = dict[str, Any]


@dataclass(frozen=True)
class ShortForm:
    """Annotation of a value that may also be written in a short form, which `expand` turns into the long one."""

    expand: Callable[[Any], Any]
    schema: Callable[[JsonSchema], JsonSchema]
    """From the JSON Schema of the long form to that of the short one."""

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_before_validator_function(self.expand, handler(source))

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchema:
        long = handler(schema)
        return {"anyOf": [long, self.schema(long)]}


def _empty_as_mapping(value: Any) -> Any:
    return {} if value is None else value


EmptyAsMapping = ShortForm(_empty_as_mapping, lambda _: {"type": "null"})
"""`key:` with nothing behind it means: with all defaults."""


def no_entries() -> Any:
    """The default of a mapping: pydantic would make a deep copy of `{}` for each model."""
    return Field(default_factory=dict, json_schema_extra={"default": {}})


def _as_tuple(value: Any) -> Any:
    return (value,) if isinstance(value, str) else value


def _one_of(many: JsonSchema) -> JsonSchema:
    either = [many, *many.get("anyOf", ())]
    return next((each["items"] for each in either if "items" in each), {"type": "string"})


OneOrMany = ShortForm(_as_tuple, _one_of)
"""A single text stands for a list of one."""


def text_as(key: str) -> ShortForm:
    """A plain text stands for a mapping that has it under `key`."""
    return ShortForm(lambda value: {key: value} if isinstance(value, str) else value, lambda _: {"type": "string"})


def _flag(value: Any) -> Any:
    if isinstance(value, str):
        if value not in ("true", "false"):
            raise ValueError(f"has to be true or false, not {value!r}")
        return value == "true"
    return value


def _number(value: Any) -> Any:
    if isinstance(value, str):
        if not re.fullmatch(r"[0-9]{1,9}", value):
            raise ValueError(f"has to be a whole number, not {value!r}")
        return int(value)
    return value


def _positive(value: int) -> int:
    if value < 1:
        raise ValueError("has to be at least 1")
    return value


MAX_TEXT = 60_000
"""A literal of Groovy holds 65,535 bytes of Java's UTF-8; beside a script there are the lines that jjbgen adds."""


def _fits(value: str) -> str:
    if _java_bytes(value) > MAX_TEXT:
        raise ValueError(f"is longer than {MAX_TEXT} bytes, too long for Groovy; keep it in a file of the component")
    return value


def _java_bytes(value: str) -> int:
    """Bytes of a text in a class file, where a character beyond U+FFFF takes six."""
    return len(value.encode("utf-8")) + 2 * sum(char > "\uffff" for char in value) if len(value) > MAX_TEXT // 6 else 0


def _fit_together(values: tuple[str, ...]) -> tuple[str, ...]:
    _fits("\n".join(values))
    return values


def _not_blank(value: str) -> str:
    if not value.strip():
        raise ValueError("must not be empty")
    return _fits(value)


def _one_line(value: str) -> str:
    if "\n" in value:
        raise ValueError("has to be one line")
    return _not_blank(value)


def matching(pattern: str, what: str) -> Callable[[str], str]:
    """A validator of texts that have to match `pattern` as a whole; `what` they are else not, and a hint."""
    compiled = re.compile(pattern)

    # Most are said many times: of thousands of components, most have a branch `main`.
    @lru_cache(maxsize=1024)
    def check(value: str) -> str:
        if not compiled.fullmatch(value):
            raise ValueError(f"{value!r} is not {what}")
        return value

    return check


def _each_once(value: tuple[Any, ...]) -> tuple[Any, ...]:
    for index, each in enumerate(value):
        if each in value[:index]:
            raise ValueError(f"{each!r} stands here twice")
    return value


EachOnce = AfterValidator(_each_once)
"""A list in which nothing stands twice."""

Flag = Annotated[bool, BeforeValidator(_flag), WithJsonSchema({"type": "boolean"})]
Count = Annotated[
    int, BeforeValidator(_number), AfterValidator(_positive), WithJsonSchema({"type": "integer", "minimum": 1})
]
Minutes = Count

AnyText = Annotated[str, AfterValidator(_fits), WithJsonSchema(SCALAR_SCHEMA)]
"""Free text, as it was written; may be empty and have several lines."""

Text = Annotated[str, AfterValidator(_not_blank), WithJsonSchema(SCALAR_SCHEMA)]
Line = Annotated[str, AfterValidator(_one_line), WithJsonSchema(SCALAR_SCHEMA)]
Commands = Annotated[tuple[Text, ...], OneOrMany, AfterValidator(_fit_together)]
"""Bash commands, which become one script."""

_NAME = r"[a-z0-9](?:[a-z0-9.-]{0,60}[a-z0-9])?"
check_name = matching(_NAME, "a name; use lower-case letters, digits, dots and dashes, at most 62")
Name = Annotated[
    str, AfterValidator(check_name), WithJsonSchema({"type": ["string", "number"], "pattern": f"^{_NAME}$"})
]


def _variable(value: str) -> str:
    if not re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]*", value):
        raise ValueError(f"{value!r} is not a variable name; use letters, digits and underscores")
    if value in GROOVY_KEYWORDS:
        raise ValueError(f"{value!r} is a word of Groovy; use another name")
    return value


def _own_variable(value: str) -> str:
    if naming.is_reserved(_variable(value)):
        raise ValueError(f"the variable {value!r} belongs to Jenkins or jjbgen; use another name")
    return value


EnvName = Annotated[str, AfterValidator(_own_variable)]
BuildArgument = Annotated[str, AfterValidator(_variable)]
CredentialsId = Annotated[
    str, AfterValidator(matching(r"[A-Za-z0-9_.@:-]{1,200}", "a credentials id; use letters, digits and _.@:-"))
]
AxisName = Annotated[
    str, AfterValidator(matching(r"[a-z][a-z0-9-]*", "an axis name; use lower-case letters, digits and dashes"))
]
AxisValue = Annotated[
    str,
    AfterValidator(matching(r"[A-Za-z0-9][A-Za-z0-9._-]*", "an axis value; use letters, digits and ._-")),
    WithJsonSchema(SCALAR_SCHEMA),
]


@lru_cache(maxsize=1024)
def _branch(value: str) -> str:
    # The rules of git-check-ref-format(1), as far as they go beyond the characters.
    ok = re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._/+-]*", value) and not re.search(r"\.\.|//|/\.|\.lock(/|$)|[./]$", value)
    if not ok:
        raise ValueError(f"{value!r} is not a branch name; use letters, digits and ._/+-, as git allows them")
    return value


BranchName = Annotated[str, AfterValidator(_branch), WithJsonSchema(SCALAR_SCHEMA)]
ProjectPath = Annotated[
    str,
    AfterValidator(
        matching(
            r"[A-Za-z0-9_][A-Za-z0-9_.-]*(?:/[A-Za-z0-9_][A-Za-z0-9_.-]*)*", "a project; write it like omec-project/amf"
        )
    ),
]


def _relative(value: str) -> str:
    if value.startswith("/") or "\\" in value or "\n" in value or ".." in value.split("/") or not value.strip():
        raise ValueError(f"{value!r} is not a path inside the checkout; write it relative, without '..'")
    return value


RelPath = Annotated[str, AfterValidator(_relative), WithJsonSchema({"type": "string"})]


def _glob(value: str) -> str:
    if "," in value:
        raise ValueError(f"{value!r} holds a comma; write each pattern as an item of its own")
    return _relative(value)


Glob = Annotated[str, AfterValidator(_glob), WithJsonSchema({"type": "string"})]


def check_url(value: str) -> str:
    """Raise ValueError unless `value` is a URL without a login; returns it without a slash at its end."""
    try:
        parts = urlsplit(value)
        bad = parts.scheme not in ("http", "https", "ssh", "oci") or not parts.hostname
        user = (parts.username is not None and parts.scheme != "ssh") or parts.password is not None
        _ = parts.port
    except ValueError:
        bad, user = True, False
    if bad or re.search(r"[\s'\"\\<>{}|^`]", value):
        raise ValueError(f"{value!r} is not a URL; write it like https://example.org/path")
    if user:
        raise ValueError("a URL must not hold a user or a password; name the credentials id instead")
    return value.rstrip("/")


Url = Annotated[str, AfterValidator(check_url)]
RegistryUrl = Annotated[
    str,
    AfterValidator(
        matching(
            r"[a-z0-9.-]+(?::[0-9]{1,5})?(?:/[a-z0-9._-]+)*",
            "a registry; write it like docker.io or registry.example.org:5000",
        )
    ),
]
ImageRepository = Annotated[
    str,
    AfterValidator(
        matching(
            r"[a-z0-9]+(?:[._-]+[a-z0-9]+)*(?:/[a-z0-9]+(?:[._-]+[a-z0-9]+)*)*",
            "an image name; write it in lower case, like voltha/voltha-rw-core",
        )
    ),
]
AgentLabel = Annotated[str, AfterValidator(_one_line)]
ToolVersion = Annotated[
    str,
    AfterValidator(matching(r"[0-9]+(?:\.[0-9]+)*[a-z0-9.]*", "a version of jjbgen; write it like 0.1.0")),
    WithJsonSchema(SCALAR_SCHEMA),
]
Email = Annotated[str, AfterValidator(matching(r"[^\s@,;<>'\"\\]+@[A-Za-z0-9.-]+", "an e-mail address"))]
SlackChannel = Annotated[
    str, AfterValidator(matching(r"[#@][A-Za-z0-9._-]+", "a Slack channel; write it like '#builds'"))
]


def _date(value: Any) -> Any:
    if not isinstance(value, str):
        return value
    # date.fromisoformat takes more forms on newer Pythons; one is enough.
    if re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", value):
        with suppress(ValueError):
            return date.fromisoformat(value)
    raise ValueError(f"{value!r} is not a date; write it like 2026-03-31")


Date = Annotated[date, BeforeValidator(_date), WithJsonSchema({"type": "string", "format": "date"})]


Cron = Annotated[str, AfterValidator(cron.check)]
TimeZone = Annotated[str, AfterValidator(cron.check_timezone)]
Expression = Annotated[str, AfterValidator(patterns.check_expression), WithJsonSchema(SCALAR_SCHEMA)]
