"""Errors of the models in the user's words: which field, at which place, what is wanted, and what comes near."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import Field, ValidationError

from jjbgen import explain, model, source
from jjbgen.component import Component
from jjbgen.errors import Pos
from jjbgen.model import Model
from jjbgen.project import Project
from jjbgen.quickyaml import Value

_NOT_A_NAME = "is not a name; use lower-case letters, digits, dots and dashes, at most 62"


class Cat(Model):
    """One of two that are told apart by their type."""

    type: Literal["cat"]
    lives: model.Count = 9


class Dog(Model):
    """The other one."""

    type: Literal["dog"]
    friends: Annotated[tuple[model.Name, ...], model.OneOrMany] = ()


class Zoo(Model):
    """A model with fields of all shapes."""

    name: model.Line
    size: Literal["small", "large"] = "small"
    open_days: tuple[Literal["monday", "friday"], ...] = ()
    is_open: model.Flag = True
    since: model.Date | None = None
    pets: dict[model.Name, Annotated[Cat | Dog, Field(discriminator="type")]] = Field(default_factory=dict)
    rooms: Annotated[tuple[dict[model.Name, model.Count], ...], Field(min_length=1)] | None = None
    keeper: Cat | None = None


def told(text: str, of: type[Model] = Zoo) -> list[str]:
    """What is said about a text that is not of a model."""
    document = source.parse(text, "x.yaml")
    with pytest.raises(ValidationError) as caught:
        of.model_validate(document.value)
    return sorted(map(str, explain.problems(caught.value, of, explain.locator(document))))


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("name: x\nnmae: y", ["x.yaml:2:1: nmae: unknown key 'nmae'; did you mean 'name'?"]),
        (
            "name: x\nq: y",
            ["x.yaml:2:1: q: unknown key 'q'; known: is-open, keeper, name, open-days, pets, rooms, since, size"],
        ),
        ("name: x\nis_open: true", ["x.yaml:2:1: is_open: unknown key 'is_open'; did you mean 'is-open'?"]),
        ("size: small", ["x.yaml:1:1: the key 'name' is missing"]),
        ("name:", ["x.yaml:1:6: name: has to be text, not nothing"]),
        ("name: [x]", ["x.yaml:1:7: name: has to be text, not a list"]),
        ("name: {x: y}", ["x.yaml:1:7: name: has to be text, not a mapping"]),
        ("name: ''", ["x.yaml:1:7: name: must not be empty"]),
        ("{name: x, size: smal}", ["x.yaml:1:17: size: unknown size 'smal'; did you mean 'small'?"]),
        ("{name: x, size: q}", ["x.yaml:1:17: size: unknown size 'q'; known: large, small"]),
        ("{name: x, size: [small]}", ["x.yaml:1:17: size: has to be text, not a list"]),
        ("{name: x, size: }", ["x.yaml:1:17: size: has to be text, not nothing"]),
        (
            "{name: x, open-days: [monday, sunday]}",
            ["x.yaml:1:31: open-days[1]: unknown open days 'sunday'; did you mean 'monday'?"],
        ),
        ("{name: x, open-days: monday}", ["x.yaml:1:22: open-days: has to be a list, not the text 'monday'"]),
        ("{name: x, is-open: maybe}", ["x.yaml:1:20: is-open: has to be true or false, not 'maybe'"]),
        ("{name: x, is-open: [true]}", ["x.yaml:1:20: is-open: has to be true or false, not a list"]),
        ("{name: x, since: soon}", ["x.yaml:1:18: since: 'soon' is not a date; write it like 2026-03-31"]),
        ("{name: x, pets: [cat]}", ["x.yaml:1:17: pets: has to be a mapping, not a list"]),
        (
            "{name: x, pets: {Tom: {type: cat}}}",
            [f"x.yaml:1:18: pets.Tom: 'Tom' {_NOT_A_NAME}"],
        ),
        ("{name: x, pets: {tom: cat}}", ["x.yaml:1:23: pets.tom: has to be a mapping, not the text 'cat'"]),
        ("{name: x, pets: {tom: {type: cow}}}", ["x.yaml:1:30: pets.tom.type: unknown type 'cow'; known: cat, dog"]),
        ("{name: x, pets: {tom: {type: }}}", ["x.yaml:1:30: pets.tom.type: has to be text, not nothing"]),
        ("{name: x, pets: {tom: {lives: 1}}}", ["x.yaml:1:18: pets.tom: the key 'type' is missing; known: cat, dog"]),
        ("{name: x, pets: {cat: {type: cat, lives: 0}}}", ["x.yaml:1:42: pets.cat.lives: has to be at least 1"]),
        (
            "{name: x, pets: {dog: {type: cat, lives: x}}}",
            ["x.yaml:1:42: pets.dog.lives: has to be a whole number, not 'x'"],
        ),
        (
            "{name: x, pets: {tom: {type: cat, friends: a}}}",
            ["x.yaml:1:35: pets.tom.friends: unknown key 'friends'; known: lives, type"],
        ),
        (
            "{name: x, pets: {rex: {type: dog, friends: A}}}",
            [f"x.yaml:1:35: pets.rex.friends: 'A' {_NOT_A_NAME}"],
        ),
        (
            "{name: x, pets: {rex: {type: dog, friends: [a, {}]}}}",
            ["x.yaml:1:48: pets.rex.friends[1]: has to be text, not a mapping"],
        ),
        ("{name: x, rooms: []}", ["x.yaml:1:18: rooms: must not be empty"]),
        (
            "{name: x, rooms: [{a: 1}, {a: 0, b: x}]}",
            [
                "x.yaml:1:31: rooms[1].a: has to be at least 1",
                "x.yaml:1:37: rooms[1].b: has to be a whole number, not 'x'",
            ],
        ),
        ("{name: x, keeper: {type: dog}}", ["x.yaml:1:26: keeper.type: unknown type 'dog'; known: cat"]),
        ("{name: x, keeper: {}}", ["x.yaml:1:11: keeper: the key 'type' is missing"]),
    ],
)
def test_a_mistake_in_the_users_words(text: str, lines: list[str]) -> None:
    assert told(text) == lines


def test_all_mistakes_of_a_document_are_told() -> None:
    assert told("size: q\nis-open: q\nq: q\n") == [
        "x.yaml:1:1: the key 'name' is missing",
        "x.yaml:1:7: size: unknown size 'q'; known: large, small",
        "x.yaml:2:10: is-open: has to be true or false, not 'q'",
        "x.yaml:3:1: q: unknown key 'q'; known: is-open, keeper, name, open-days, pets, rooms, since, size",
    ]


def test_a_value_is_located_as_the_caller_says() -> None:
    asked: list[tuple[source.Loc, bool]] = []

    def locate(loc: source.Loc, key: bool) -> tuple[source.Loc, Pos]:
        asked.append((tuple(loc), key))
        return ("elsewhere", *loc), Pos("y.yaml", 7, 7)

    with pytest.raises(ValidationError) as caught:
        Zoo.model_validate({"size": "q", "q": "q"})
    lines = [str(each) for each in sorted(explain.problems(caught.value, Zoo, locate))]
    assert asked == [((), True), (("size",), False), (("q",), True)]
    assert [line.split(": ")[:2] for line in lines] == [
        ["y.yaml:7:7", "elsewhere"],
        ["y.yaml:7:7", "elsewhere.q"],
        ["y.yaml:7:7", "elsewhere.size"],
    ]


@pytest.mark.parametrize(
    ("loc", "path"),
    [
        ((), ""),
        (("a",), "a"),
        (("pipelines", "nightly", "files", 0, "ant"), "pipelines.nightly.files[0].ant"),
        ((0, "job"), "[0].job"),
        (("a", 1, 2), "a[1][2]"),
    ],
)
def test_a_field_is_written_as_a_path(loc: source.Loc, path: str) -> None:
    assert explain.field_path(loc) == path


KEYS = st.sampled_from(
    [
        "title",
        "owners",
        "repository",
        "host",
        "branches",
        "pipelines",
        "nightly",
        "tests",
        "unit",
        "type",
        "url",
        "gerrit",
        "github",
        "agents",
        "code-hosts",
        "defaults",
        "retention",
        "values",
        "axes",
        "schedule",
        "cron",
        "stages",
        "images",
    ]
)
LEAVES: st.SearchStrategy[Value] = st.sampled_from([None, "", "x", "true", "7", "gerrit", "github", "nightly"])
TREES = st.recursive(
    LEAVES,
    lambda inner: st.lists(inner, max_size=2).map(tuple) | st.dictionaries(KEYS, inner, max_size=4),
    max_leaves=12,
)
SHAPES: list[Callable[[Value], dict[str, Value]]] = [
    lambda tree: tree if isinstance(tree, dict) else {"pipelines": tree},
    lambda tree: {"title": "x", "pipelines": {"nightly": tree, "pre-merge": {"gerrit": tree, "github": tree}}},
    lambda tree: {"code-hosts": {"github": tree, "gerrit": tree}, "defaults": tree},
]


@given(TREES, st.sampled_from(SHAPES), st.sampled_from((Component, Project)))
def test_any_tree_is_told_in_words_of_ours(
    tree: Value, shape: Callable[[Value], dict[str, Value]], of: type[Model]
) -> None:
    value = shape(tree)
    document = source.parse(as_yaml(value) or "{}", "x.yaml")
    try:
        of.model_validate(document.value)
    except ValidationError as error:
        lines = [str(problem) for problem in explain.problems(error, of, explain.locator(document))]
    else:
        lines = []
    for line in lines:
        assert line.startswith("x.yaml:1:")
        assert not any(word in line for word in ("Input", "Value error", "('", "tuple", "dict", "pydantic", "literal"))


def as_yaml(value: Value) -> str:
    """A value as YAML on one line."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key}: {as_yaml(each)}" for key, each in value.items()) + "}"
    if isinstance(value, tuple):
        return "[" + ", ".join(as_yaml(each) for each in value) + "]"
    return "~" if value is None else f"'{value}'"
