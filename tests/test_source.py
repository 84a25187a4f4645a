"""YAML as jjbgen reads it: what is text, where it stands, and what is refused."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml
from hypothesis import example, given
from hypothesis import strategies as st

from jjbgen import quickyaml, source
from jjbgen.errors import ConfigError, Pos
from jjbgen.quickyaml import Value
from jjbgen.source import Dialect, Document
from tests.helpers import ROOT

PRINTABLE = st.characters(min_codepoint=0x20, max_codepoint=0x2FFF, exclude_characters="\x7f\u2028\u2029").filter(
    lambda char: not (0x80 <= ord(char) <= 0x9F or 0x202A <= ord(char) <= 0x202E or 0x2066 <= ord(char) <= 0x2069)
)
WORDS = st.text(PRINTABLE, max_size=8)
LEAVES = st.none() | st.booleans() | st.integers() | st.dates() | WORDS
DATA = st.dictionaries(
    WORDS,
    st.recursive(LEAVES, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(WORDS, inner, max_size=3)),
    min_size=1,
    max_size=4,
)


def as_text(data: object) -> Value:
    """What the reader has to make of dumped data: text, but for nothing, lists and mappings."""
    if isinstance(data, dict):
        return {str(key): as_text(value) for key, value in data.items()}
    if isinstance(data, list):
        return tuple(as_text(item) for item in data)
    if isinstance(data, bool):
        return "true" if data else "false"
    return None if data is None else str(data)


def told(text: str, dialect: Dialect = source.PLAIN) -> list[str]:
    """The problems of a text."""
    with pytest.raises(ConfigError) as caught:
        source.parse(text, "x.yaml", dialect)
    return [str(problem) for problem in caught.value.problems]


@given(DATA)
def test_plain_data_comes_back_as_text(data: dict[str, object]) -> None:
    dumped = yaml.safe_dump(data, allow_unicode=True)
    assert source.parse(dumped, "x.yaml").value == as_text(data)


@given(DATA)
def test_a_flow_of_one_line_reads_as_the_same(data: dict[str, object]) -> None:
    dumped = yaml.safe_dump(data, default_flow_style=True, allow_unicode=True)
    assert source.parse(dumped, "x.yaml").value == as_text(data)


def parsed(text: str) -> Document | ConfigError:
    """What comes of a text; anything but these two is a bug."""
    try:
        return source.parse(text, "x.yaml")
    except ConfigError as error:
        return error


def is_document_or_tells_why(result: Document | ConfigError) -> bool:
    """Whether there is a value, or else a problem of this file."""
    if isinstance(result, Document):
        return result.value is not None
    return bool(result.problems) and all(each.pos.path == "x.yaml" and each.what for each in result.problems)


@given(st.text())
@example("\ud800")
@example("\ufeff")
@example("a: !<\x00")
@example("%TAG ! x\n--- !y z")
@example("*a : b")
@example("- &a [*a]")
@example("? [a, b]\n: c")
@example("{a, b: }")
@example("a: |2\n x")
def test_any_text_is_a_document_or_an_error_of_its_own(text: str) -> None:
    assert is_document_or_tells_why(parsed(text))


@given(st.text(alphabet=" \n\t-:?*&!{}[],|>'\"#%@a1", max_size=60))
def test_any_punctuation_is_a_document_or_an_error_of_its_own(text: str) -> None:
    assert is_document_or_tells_why(parsed(text))


@pytest.mark.parametrize(
    "text",
    ["2.10", "1_000", "0x1F", "1e3", "on", "yes", "No", "true", "2026-03-31", "12:30:00", ".5", "+1", "=", "<<", "nul"],
)
def test_a_scalar_stays_the_text_that_was_written(text: str) -> None:
    assert source.parse(f"[{text}]", "x.yaml").value == (text,)


@pytest.mark.parametrize("text", ["", "~", "null", "Null", "NULL"])
def test_nothing_is_none_unless_it_is_quoted(text: str) -> None:
    assert source.parse(f"plain: {text}\nquoted: '{text}'\n", "x.yaml").value == {"plain": None, "quoted": text}


def test_blocks_keep_their_lines() -> None:
    assert source.parse("a: |\n  one\n  two\nb: >\n  one\n  two\n", "x.yaml").value == {
        "a": "one\ntwo\n",
        "b": "one two\n",
    }


DOCUMENT = source.parse("title: x\nfiles:\n  - one\n  - {ant: two}\nempty:\n", "x.yaml")


@pytest.mark.parametrize(
    ("loc", "place", "of_key"),
    [
        ((), Pos("x.yaml", 1, 1), Pos("x.yaml", 1, 1)),
        (("title",), Pos("x.yaml", 1, 8), Pos("x.yaml", 1, 1)),
        (("files",), Pos("x.yaml", 3, 3), Pos("x.yaml", 2, 1)),
        (("files", 0), Pos("x.yaml", 3, 5), Pos("x.yaml", 3, 5)),
        (("files", 1, "ant"), Pos("x.yaml", 4, 11), Pos("x.yaml", 4, 6)),
        (("empty",), Pos("x.yaml", 5, 7), Pos("x.yaml", 5, 1)),
    ],
)
def test_every_value_and_key_has_its_place(loc: source.Loc, place: Pos, of_key: Pos) -> None:
    assert DOCUMENT.pos(loc) == place
    assert DOCUMENT.pos(loc, key=True) == of_key


@pytest.mark.parametrize("loc", [("files", 7), ("files", "ant"), ("files", 1, "regexp"), ("nothing",), ("title", 0)])
def test_what_is_not_there_has_the_place_of_the_nearest_parent(loc: source.Loc) -> None:
    parent = DOCUMENT.nearest(loc)
    assert not DOCUMENT.written(loc)
    assert DOCUMENT.written(parent)
    assert parent == tuple(loc)[: len(loc) - 1]
    assert DOCUMENT.pos(loc).line in (DOCUMENT.pos(parent).line, DOCUMENT.pos(parent, key=True).line)


def test_an_alias_is_told_at_the_place_of_its_anchor() -> None:
    document = source.parse("a: &it {b: 1}\nc: *it\n", "x.yaml")
    assert document.value == {"a": {"b": "1"}, "c": {"b": "1"}}
    assert document.pos(("c", "b")) == Pos("x.yaml", 1, 12)


def test_an_anchor_may_be_used_again() -> None:
    assert source.parse("[&a one, *a, &a two, *a]", "x.yaml").value == ("one", "one", "two", "two")


def test_problems_of_one_file_are_told_together() -> None:
    assert told("a: 1\na: 2\nb: !x y\n~: 3\n") == [
        "x.yaml:2:1: the key 'a' stands here twice; first on line 1",
        "x.yaml:3:4: the tag '!x' is not allowed; write plain YAML",
        "x.yaml:4:1: a key has to be text",
    ]


def test_a_problem_before_an_error_of_syntax_is_told_with_it() -> None:
    assert [line.partition(": ")[0] for line in told("a: 1\na: 2\nb: [\n")] == ["x.yaml:2:1", "x.yaml:4:1"]


def test_a_quoted_number_and_a_plain_one_are_the_same_key() -> None:
    assert told("1: a\n'1': b\n") == ["x.yaml:2:1: the key '1' stands here twice; first on line 1"]


def test_depth_is_counted_through_aliases() -> None:
    levels = ["l0: &l0 [x]", *(f"l{n}: &l{n} [[[[*l{n - 1}]]]]" for n in range(1, 12))]
    assert source.parse("\n".join(levels[:9]), "x.yaml")
    assert told("\n".join(levels)) == [
        "x.yaml:11:13: expands to more than 20000 values or 40 levels; write it with fewer aliases"
    ]


def test_the_deepest_allowed_document_is_read() -> None:
    inner: Value = source.parse("[" * quickyaml.MAX_DEPTH + "]" * quickyaml.MAX_DEPTH, "x.yaml").value
    for _ in range(quickyaml.MAX_DEPTH - 1):
        assert isinstance(inner, tuple)
        (inner,) = inner
    assert inner == ()


@pytest.mark.parametrize("char", ["\x00", "\x07", "\x1b", "\x7f", "\x9b", "\u202e", "\u2066", "\ufffe", "\ue000"])
def test_characters_that_xml_cannot_hold_or_that_mislead_are_refused(char: str) -> None:
    code = f"U+{ord(char):04X}"
    assert told(f'a: "\\U{ord(char):08X}"') == [f"x.yaml:1:4: a character that is not allowed: {code}"]


@pytest.mark.parametrize("char", ["\t", "\n", "\x85", "\xa0", "é", "\u2028", "部", "\U0001f600"])
def test_other_characters_pass(char: str) -> None:
    assert source.parse(f'a: "x\\U{ord(char):08X}y"', "x.yaml").value == {"a": f"x{char}y"}


def test_a_dialect_allows_its_tags_and_tells_where_they_are() -> None:
    document = source.parse("- !include: a.yaml\n- x: !include: [b, c]\n", "x.yaml", Dialect(frozenset(("!include:",))))
    assert document.value == ("a.yaml", {"x": ("b", "c")})
    assert document.tagged == (
        ("!include:", "a.yaml", Pos("x.yaml", 1, 3)),
        ("!include:", ("b", "c"), Pos("x.yaml", 2, 6)),
    )


def test_a_dialect_says_which_tags_it_allows() -> None:
    dialect = Dialect(frozenset(("!b", "!a")))
    assert told("x: !c d", dialect) == ["x.yaml:1:4: the tag '!c' is not allowed; allowed are !a, !b"]


def test_merge_keys_are_left_to_a_dialect_that_knows_them() -> None:
    document = source.parse("a: &a {b: 1}\nc: {<<: *a}\n", "x.yaml", Dialect(merge_keys=True))
    assert document.value == {"a": {"b": "1"}, "c": {"<<": {"b": "1"}}}


@pytest.mark.parametrize("tag", ["!", "!!str", "!<tag:yaml.org,2002:str>"])
def test_a_tag_that_says_text_is_plain_yaml(tag: str) -> None:
    assert source.parse(f"a: {tag} 1", "x.yaml").value == {"a": "1"}


def test_a_file_is_named_from_the_top_of_the_config_repo(tmp_path: Path) -> None:
    (tmp_path / "components").mkdir()
    path = tmp_path / "components/x.yaml"
    path.write_bytes("a: ü\n".encode())
    document = source.read(tmp_path, path)
    assert (document.path, document.value) == ("components/x.yaml", {"a": "ü"})


def test_a_link_inside_of_the_config_repo_is_followed(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text("a: 1\n", encoding="utf-8")
    (tmp_path / "b.yaml").symlink_to("a.yaml")
    assert source.read(tmp_path, tmp_path / "b.yaml").value == {"a": "1"}


def test_the_largest_allowed_file_is_read(tmp_path: Path) -> None:
    path = tmp_path / "x.yaml"
    path.write_bytes(b"#" * source.MAX_BYTES)
    assert len(source.read_text(tmp_path, path)) == source.MAX_BYTES
    path.write_bytes(b"#" * (source.MAX_BYTES + 1))
    with pytest.raises(ConfigError, match=r"^x\.yaml: is larger than 1024 KiB$"):
        source.read_text(tmp_path, path)


def test_bytes_that_are_no_text_are_told_at_their_place(tmp_path: Path) -> None:
    path = tmp_path / "x.yaml"
    path.write_bytes(b"a: 1\nbc: \xff\n")
    with pytest.raises(ConfigError, match=r"^x\.yaml:2:5: is not UTF-8; save the file in UTF-8$"):
        source.read(tmp_path, path)


def assert_read_alike(text: str) -> None:
    """Assert that the quick reader, if it reads a text at all, says what the careful one says."""
    quick = quickyaml.quickly(text)
    if quick is not None:
        root, _ = source._built(text, "x.yaml", source.PLAIN)
        assert quick == source._plain(root)


def test_the_quick_reader_reads_descriptors_as_the_careful_one_does() -> None:
    for path in sorted((ROOT / "components").glob("*.yaml")):
        assert_read_alike(path.read_text(encoding="utf-8"))


@example("a: ! ~")
@example("a: ~\nb: '~'\nc:\n")
@example("a: |\n  ~\n")
@example("a: b\na: c")
@example("--- a\n...\n")
@example("{~: a}")
@given(st.text("ab:-[]{},'\"&*!~?|>%# \n", max_size=24))
def test_the_quick_reader_says_what_the_careful_one_says_or_nothing(text: str) -> None:
    assert_read_alike(text)


@given(
    st.lists(st.sampled_from(("a: ", "- ", "\n", "  ", "b", "! ", "~", "'", '"', "[", "]", "{", "}", ", ", "#", "| ")))
)
def test_the_quick_reader_says_so_of_what_is_nearly_yaml(parts: list[str]) -> None:
    assert_read_alike("".join(parts))
