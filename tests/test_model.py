"""The kinds of values that settings and descriptors are made of: what they take, and what they say otherwise."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from jjbgen import model
from jjbgen.component import Body, Component
from jjbgen.kinds import KINDS
from jjbgen.model import Model, OneOf
from jjbgen.pipeline import Axes, Pipeline
from jjbgen.project import Project


def made(kind: Any, value: object) -> Any:
    """`value` as one of a kind."""
    return TypeAdapter(kind).validate_python(value, strict=True)


def refusal(kind: Any, value: object) -> str:
    """What is said about a value that is not of a kind."""
    with pytest.raises(ValidationError) as caught:
        made(kind, value)
    return str(caught.value.errors()[0]["msg"]).removeprefix("Value error, ")


FINE: dict[str, tuple[Any, dict[str, object]]] = {
    "Flag": (model.Flag, {"true": True, "false": False}),
    "Count": (model.Count, {"1": 1, "007": 7, "999999999": 999999999}),
    "AnyText": (model.AnyText, {"": "", "a\nb": "a\nb"}),
    "Text": (model.Text, {"a\nb": "a\nb", "0": "0"}),
    "Line": (model.Line, {"a b": "a b", "é": "é"}),
    "Name": (model.Name, {each: each for each in ("a", "1", "a.b-c", "2.10", "x" * 62)}),
    "EnvName": (model.EnvName, {each: each for each in ("A", "_a1", "Path", "DEFAULT")}),
    "CredentialsId": (model.CredentialsId, {each: each for each in ("a", "A_b.c@d:e-f", "x" * 200)}),
    "AxisName": (model.AxisName, {"os": "os", "helm-3": "helm-3"}),
    "AxisValue": (model.AxisValue, {"1.22": "1.22", "A_b": "A_b"}),
    "BranchName": (model.BranchName, {each: each for each in ("main", "2.10", "rel/1.0", "a_b+c-d", "x.lockx")}),
    "ProjectPath": (model.ProjectPath, {each: each for each in ("amf", "omec-project/amf", "_x/y.z/w")}),
    "RelPath": (model.RelPath, {each: each for each in (".", "a/b", "a..b", ".github", "with blank")}),
    "Glob": (model.Glob, {each: each for each in ("**/*.xml", "a/?.log")}),
    "Url": (
        model.Url,
        {
            "https://example.org/": "https://example.org",
            "http://localhost:8080/x": "http://localhost:8080/x",
            "ssh://git@example.org:29418": "ssh://git@example.org:29418",
            "oci://example.org/charts": "oci://example.org/charts",
        },
    ),
    "RegistryUrl": (model.RegistryUrl, {each: each for each in ("docker.io", "example.org:5000/a/b_c", "localhost")}),
    "ImageRepository": (model.ImageRepository, {each: each for each in ("amf", "voltha/voltha-rw-core", "a__b/c.d")}),
    "AgentLabel": (model.AgentLabel, {"ubuntu && large": "ubuntu && large"}),
    "Email": (model.Email, {"a.b+c@example.org": "a.b+c@example.org"}),
    "SlackChannel": (model.SlackChannel, {"#builds": "#builds", "@me": "@me"}),
    "Date": (model.Date, {"2026-03-31": date(2026, 3, 31)}),
    "Cron": (model.Cron, {"H 3 * * *": "H 3 * * *", "@daily": "@daily"}),
    "TimeZone": (model.TimeZone, {"UTC": "UTC"}),
    "Expression": (model.Expression, {"recheck": "recheck"}),
}

_NAME = "is not a name; use lower-case letters, digits, dots and dashes, at most 62"
_BRANCH = "is not a branch name; use letters, digits and ._/+-, as git allows them"
_PATH = "is not a path inside the checkout; write it relative, without '..'"
_URL = "is not a URL; write it like https://example.org/path"
_CREDENTIALS = "a URL must not hold a user or a password; name the credentials id instead"

REFUSED: dict[str, tuple[Any, dict[str, str]]] = {
    "Flag": (model.Flag, {each: f"has to be true or false, not {each!r}" for each in ("yes", "True", "", "1")}),
    "Count": (
        model.Count,
        {
            **{
                each: f"has to be a whole number, not {each!r}"
                for each in ("", "ten", "1.5", "-1", "1 ", "1e3", "\u0661")
            },
            "1234567890": "has to be a whole number, not '1234567890'",
            "0": "has to be at least 1",
        },
    ),
    "Text": (model.Text, dict.fromkeys(("", " ", "\n"), "must not be empty")),
    "Line": (model.Line, {"": "must not be empty", " ": "must not be empty", "a\nb": "has to be one line"}),
    "Name": (
        model.Name,
        {each: f"{each!r} {_NAME}" for each in ("", "A", "a b", "-a", "a-", ".a", "a_b", "a/b", "é", "a\n", "x" * 63)},
    ),
    "EnvName": (
        model.EnvName,
        {
            **{
                each: f"{each!r} is not a variable name; use letters, digits and underscores"
                for each in ("", "1A", "A-B", "A B", "A\n", "Ä")
            },
            "class": "'class' is a word of Groovy; use another name",
        },
    ),
    "CredentialsId": (
        model.CredentialsId,
        {
            each: f"{each!r} is not a credentials id; use letters, digits and _.@:-"
            for each in ("", "a b", "a'b", "a/b")
        },
    ),
    "AxisName": (
        model.AxisName,
        {
            each: f"{each!r} is not an axis name; use lower-case letters, digits and dashes"
            for each in ("", "OS", "1a", "a_b", "a.b")
        },
    ),
    "AxisValue": (
        model.AxisValue,
        {each: f"{each!r} is not an axis value; use letters, digits and ._-" for each in ("", "a b", "-a", "a/b")},
    ),
    "BranchName": (
        model.BranchName,
        {
            each: f"{each!r} {_BRANCH}"
            for each in ("", "-a", "/a", "a/", "a.", "a..b", "a//b", "a/.b", "a.lock", "a.lock/b", "a b", "a~1", "a\n")
        },
    ),
    "ProjectPath": (
        model.ProjectPath,
        {
            each: f"{each!r} is not a project; write it like omec-project/amf"
            for each in ("", "/a", "a/", "a//b", "../a", "a b", "https://example.org/a", "a/-b")
        },
    ),
    "RelPath": (model.RelPath, {each: f"{each!r} {_PATH}" for each in ("", " ", "/a", "..", "a/../b", "a\\b", "a\nb")}),
    "Glob": (
        model.Glob,
        {"a,b": "'a,b' holds a comma; write each pattern as an item of its own", "../a": f"'../a' {_PATH}"},
    ),
    "Url": (
        model.Url,
        {
            **{
                each: f"{each!r} {_URL}"
                for each in (
                    "",
                    "example.org",
                    "ftp://example.org",
                    "https://",
                    "https:///x",
                    "https://a b",
                    "https://[::1",
                    "https://x:99999",
                    "https://x/'",
                    "https://x/{y}",
                    "javascript:alert(1)",
                )
            },
            "https://me@example.org": _CREDENTIALS,
            "https://me:x@example.org": _CREDENTIALS,
            "ssh://me:x@example.org": _CREDENTIALS,
        },
    ),
    "RegistryUrl": (
        model.RegistryUrl,
        {
            each: f"{each!r} is not a registry; write it like docker.io or registry.example.org:5000"
            for each in ("", "https://docker.io", "Docker.io", "docker.io/", "docker.io:port")
        },
    ),
    "ImageRepository": (
        model.ImageRepository,
        {
            each: f"{each!r} is not an image name; write it in lower case, like voltha/voltha-rw-core"
            for each in ("", "Amf", "a/", "-a", "a:1.0", "a-")
        },
    ),
    "Email": (
        model.Email,
        {each: f"{each!r} is not an e-mail address" for each in ("", "me", "a@b c", "a,b@c", "a@b@c", "<a@b>")},
    ),
    "SlackChannel": (
        model.SlackChannel,
        {each: f"{each!r} is not a Slack channel; write it like '#builds'" for each in ("", "builds", "#", "#a b")},
    ),
    "Date": (
        model.Date,
        {
            each: f"{each!r} is not a date; write it like 2026-03-31"
            for each in ("", "soon", "2026-02-30", "31.03.2026", "2026-3-31", "20260331", "2026-W13-2")
        },
    ),
}


@pytest.mark.parametrize(
    ("kind", "text", "value"),
    [(kind, text, value) for kind, values in FINE.values() for text, value in values.items()],
    ids=[f"{name} {text[:20]!r}" for name, (_, values) in FINE.items() for text in values],
)
def test_a_value_of_its_kind_passes(kind: Any, text: str, value: object) -> None:
    assert made(kind, text) == value


@pytest.mark.parametrize(
    ("kind", "text", "message"),
    [(kind, text, message) for kind, values in REFUSED.values() for text, message in values.items()],
    ids=[f"{name} {text[:20]!r}" for name, (_, values) in REFUSED.items() for text in values],
)
def test_another_value_is_refused_in_the_users_words(kind: Any, text: str, message: str) -> None:
    assert refusal(kind, text) == message


@given(st.text(max_size=30))
def test_a_path_that_passes_stays_below_its_folder(text: str) -> None:
    try:
        path = made(model.RelPath, text)
    except ValidationError:
        return
    assert not path.startswith("/")
    assert ".." not in path.split("/")


@given(st.from_regex(r"[A-Za-z0-9._/+-]{1,12}", fullmatch=True))
def test_a_branch_that_passes_keeps_gits_rules(text: str) -> None:
    try:
        branch = made(model.BranchName, text)
    except ValidationError:
        return
    parts = branch.split("/")
    assert all(part and not part.startswith(".") and not part.endswith((".lock", ".")) for part in parts)
    assert ".." not in branch


@pytest.mark.parametrize(("value", "result"), [(None, {}), ({}, {}), ({"a": "b"}, {"a": "b"})])
def test_nothing_stands_for_a_mapping_with_all_defaults(value: object, result: object) -> None:
    assert made(Annotated[dict[str, str], model.EmptyAsMapping], value) == result


@pytest.mark.parametrize(("value", "result"), [("a", ("a",)), (("a", "b"), ("a", "b")), ((), ())])
def test_one_text_stands_for_a_list_of_one(value: object, result: object) -> None:
    assert made(Annotated[tuple[str, ...], model.OneOrMany], value) == result


def test_a_list_of_different_items_says_which_stands_there_twice() -> None:
    kind = Annotated[tuple[str, ...], model.EachOnce]
    assert made(kind, ("a", "b")) == ("a", "b")
    assert refusal(kind, ("a", "b", "a")) == "'a' stands here twice"


def test_one_of_some_names() -> None:
    kind = Annotated[str, OneOf("colour", ("red", "green"))]
    assert made(kind, "red") == "red"
    assert refusal(kind, "gren") == "unknown colour 'gren'; did you mean 'green'?"
    assert refusal(kind, "x") == "unknown colour 'x'; known: green, red"
    assert TypeAdapter(kind).json_schema() == {"type": "string", "enum": ["red", "green"]}


class Example(Model):
    """A model with a name of two words."""

    two_words: model.Line
    flag: model.Flag = False


def test_a_model_is_written_with_dashes_and_refuses_what_it_does_not_know() -> None:
    assert made(Example, {"two-words": "x", "flag": "true"}) == made(Example, {"two-words": "x", "flag": True})
    with pytest.raises(ValidationError) as caught:
        made(Example, {"two_words": "x", "flga": "true"})
    assert sorted((error["type"], *error["loc"]) for error in caught.value.errors()) == [
        ("extra_forbidden", "flga"),
        ("extra_forbidden", "two_words"),
        ("missing", "two-words"),
    ]


def test_a_model_cannot_be_changed() -> None:
    example = made(Example, {"two-words": "x"})
    with pytest.raises(ValidationError, match="frozen"):
        example.two_words = "y"


@pytest.mark.parametrize("root", [Component, Body, Project], ids=lambda each: each.__name__)
def test_every_field_of_every_model_is_strict_and_written_with_dashes(root: type[Model]) -> None:
    schema = root.model_json_schema(by_alias=True)
    for each in (schema, *schema.get("$defs", {}).values()):
        assert each.get("additionalProperties") is False
        assert not [name for name in each["properties"] if "_" in name]


@pytest.mark.parametrize("name", sorted({key for kind in KINDS.values() for key in kind.settings}))
def test_settings_that_only_some_kinds_know_are_keys_of_a_pipeline(name: str) -> None:
    assert name in {field.alias for field in Pipeline.model_fields.values()}


POINTS = Axes.model_validate(
    {
        "values": {"os": ("a", "b"), "cpu": ("x", "y")},
        "exclude": ({"os": "a", "cpu": "x"}, {"cpu": "y", "os": "b"}),
        "include": ({"cpu": "z", "os": "c"}, {"os": "b", "cpu": "x"}),
    }
).points()


def test_points_are_the_product_without_what_is_excluded_and_with_what_is_included() -> None:
    assert POINTS == ({"os": "a", "cpu": "y"}, {"os": "b", "cpu": "x"}, {"os": "c", "cpu": "z"})
    assert [list(point) for point in POINTS] == [["os", "cpu"]] * 3


def test_a_partial_point_excludes_all_that_match() -> None:
    values = {"os": ("a", "b"), "cpu": ("x", "y")}
    points = Axes.model_validate({"values": values, "exclude": ({"os": "a"},)}).points()
    assert points == ({"os": "b", "cpu": "x"}, {"os": "b", "cpu": "y"})
