"""Mistakes in files as such, and in their YAML."""

# ruff: noqa: E501 - a message stands on one line, as it is told

from __future__ import annotations

import os
from pathlib import Path

from tests.broken import WIDGET, S, W, added, case, widget


def _remove_settings(root: Path) -> None:
    (root / S).unlink()


def _remove_descriptors(root: Path) -> None:
    (root / W).unlink()
    (root / "components").rmdir()


def _file_in_place_of_folder(root: Path) -> None:
    _remove_descriptors(root)
    (root / "components").write_text("widget\n", encoding="utf-8")


def _descriptors_elsewhere(root: Path) -> None:
    (root / "components").rename(root.parent / "elsewhere")
    (root / "components").symlink_to(root.parent / "elsewhere")


def _link_out(root: Path) -> None:
    outside = root.parent / "outside.yaml"
    outside.write_text(WIDGET, encoding="utf-8")
    (root / "components/gadget.yaml").symlink_to(outside)


def _link_to_nothing(root: Path) -> None:
    (root / "components/gadget.yaml").symlink_to("nothing.yaml")


def _link_to_itself(root: Path) -> None:
    (root / "components/gadget.yaml").symlink_to("gadget.yaml")


def _folder_in_place_of_file(root: Path) -> None:
    (root / "components/gadget.yaml").mkdir()


def _pipe_in_place_of_file(root: Path) -> None:
    os.mkfifo(root / "components/gadget.yaml")


def _bomb() -> str:
    """Ten values, ten times ten, …: seven lines that stand for ten million values."""
    lines = ["a: &a [x, x, x, x, x, x, x, x, x, x]"]
    for name, last in zip("bcdefg", "abcdef", strict=True):
        lines.append(f"{name}: &{name} [{', '.join([f'*{last}'] * 10)}]")
    return "\n".join(lines) + "\n"


CASES = (
    case(
        "a descriptor in a folder of its own",
        {"components/team/gadget.yml": WIDGET},
        "components/team/gadget.yml: is not read; put it directly into components/",
    ),
    case(
        "no settings",
        {},
        f"{S}: no such file; run jjbgen in a config repo, or name one with -C",
        prepare=_remove_settings,
    ),
    case(
        "no folder of descriptors",
        {},
        "components: no such folder in the config repo; put the descriptors there",
        prepare=_remove_descriptors,
    ),
    case(
        "a file in place of the folder of descriptors",
        {},
        "components: no such folder in the config repo; put the descriptors there",
        prepare=_file_in_place_of_folder,
    ),
    case(
        "a folder of descriptors outside of the config repo",
        {},
        "components: no such folder in the config repo; put the descriptors there",
        prepare=_descriptors_elsewhere,
    ),
    case("an empty descriptor", {W: ""}, f"{W}: is empty"),
    case("a descriptor that is all comments", {W: "# soon\n"}, f"{W}: is empty"),
    case("a descriptor that is a list", {W: "- title: Widget\n"}, f"{W}:1:1: has to be a mapping"),
    case("a descriptor that is a text", {W: "widget\n"}, f"{W}:1:1: has to be a mapping"),
    case("empty settings", {S: ""}, f"{S}: is empty"),
    case("settings that are a list", {S: "- title: Widget\n"}, f"{S}:1:1: has to be a mapping"),
    case("a file of 10 MB", {W: b"#" * 10 * 1024 * 1024}, f"{W}: is larger than 1024 KiB"),
    case(
        "Latin-1",
        {W: WIDGET.replace("server", "für alle").encode("latin-1")},
        f"{W}:1:16: is not UTF-8; save the file in UTF-8",
    ),
    case("UTF-16", {W: WIDGET.encode("utf-16")}, f"{W}:1:1: is not UTF-8; save the file in UTF-8"),
    case(
        "a link out of the config repo",
        {},
        "components/gadget.yaml: is a link out of the config repo; put the file itself here",
        prepare=_link_out,
    ),
    case(
        "a link to nothing",
        {},
        "components/gadget.yaml: no such file",
        prepare=_link_to_nothing,
    ),
    case(
        "a link to itself",
        {},
        "components/gadget.yaml: cannot be read: it is a link to itself",
        prepare=_link_to_itself,
    ),
    case(
        "a folder in place of a descriptor",
        {},
        "components/gadget.yaml: is not a file",
        prepare=_folder_in_place_of_file,
    ),
    case(
        "a pipe in place of a descriptor",
        {},
        "components/gadget.yaml: is not a file",
        prepare=_pipe_in_place_of_file,
    ),
    case(
        "one name with two endings",
        {"components/widget.yml": WIDGET},
        "components/widget.yml: the name 'widget' is taken by widget.yaml",
    ),
    case(
        "names that differ in case",
        {"components/Widget.yaml": WIDGET},
        "components/Widget.yaml: 'Widget' is not a name; use lower-case letters, digits, dots and dashes, at most 62",
        f"{W}: the name 'widget' is taken by Widget.yaml",
    ),
    case(
        "a name with an underscore",
        {"components/my_widget.yaml": WIDGET},
        "components/my_widget.yaml: 'my_widget' is not a name; use lower-case letters, digits, dots and dashes, at most 62",
    ),
    case(
        "a name that ends in a dash",
        {"components/widget-.yaml": WIDGET},
        "components/widget-.yaml: 'widget-' is not a name; use lower-case letters, digits, dots and dashes, at most 62",
    ),
    case(
        "a name that is too long",
        {f"components/{'w' * 63}.yaml": WIDGET},
        "components/wwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwww.yaml: 'wwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwww' is not a name; use lower-case letters, digits, dots and dashes, at most 62",
    ),
    case(
        "the name of the hand-written jobs",
        {"components/jjb.yaml": WIDGET},
        "components/jjb.yaml: the name 'jjb' is kept for hand-written jobs",
    ),
    case(
        "a tab in front of a key",
        widget("  host: review", "\thost: review"),
        f"{W}:4:1: a tab in the indentation; YAML is indented with spaces",
    ),
    case(
        "a tab in front of the first key of a mapping",
        widget("  tool: make", "\ttool: make"),
        f"{W}:9:1: a tab in the indentation; YAML is indented with spaces",
    ),
    case(
        "a key that stands there twice",
        widget("  tool: make", "  tool: make\n  tool: npm"),
        f"{W}:10:3: the key 'tool' stands here twice; first on line 9",
    ),
    case(
        "a top-level key that stands there twice",
        added("title: Widget\n"),
        f"{W}:19:1: the key 'title' stands here twice; first on line 1",
    ),
    case(
        "an open bracket",
        widget("[widgets@example.org]", "[widgets@example.org"),
        f"{W}:3:11: is not YAML: did not find expected ',' or ']'",
    ),
    case(
        "an open quote",
        widget("Widget server", '"Widget server'),
        f"{W}:19:1: is not YAML: found unexpected end of stream",
    ),
    case(
        "text behind a quoted text",
        widget("Widget server", '"Widget" server'),
        f"{W}:1:17: is not YAML: did not find expected key",
    ),
    case(
        "a colon in a text",
        widget("Widget server", "Widget: the server"),
        f"{W}:1:14: is not YAML: mapping values are not allowed in this context",
    ),
    case(
        "too little indentation",
        widget("  targets: [build]", " targets: [build]"),
        f"{W}:10:2: is not YAML: did not find expected key",
    ),
    case(
        "too much indentation",
        widget("  targets: [build]", "   targets: [build]"),
        f"{W}:10:11: is not YAML: mapping values are not allowed in this context",
    ),
    case(
        "a text that begins with an at sign",
        widget("Widget server", "@widget"),
        f"{W}:1:8: is not YAML: found character that cannot start any token",
    ),
    case(
        "a text that begins with a star",
        widget("[widgets@example.org]", "*"),
        f"{W}:2:10: is not YAML: did not find expected alphabetic or numeric character",
    ),
    case(
        "a backslash that is no escape",
        widget("Widget server", '"Widget \\d"'),
        f"{W}:1:16: is not YAML: found unknown escape character",
    ),
    case(
        "another version of YAML",
        {W: "%YAML 3.0\n---\n" + WIDGET},
        f"{W}:1:1: is not YAML: found incompatible YAML document",
    ),
    case("a list as a key", added("? [title]\n: Widget\n"), f"{W}:19:3: a key has to be text"),
    case("nothing as a key", added("~: Widget\n"), f"{W}:19:1: a key has to be text"),
    case(
        "a second document",
        added("---\ntitle: Gadget\n"),
        f"{W}:19:1: a second document in one file; one file holds one document",
    ),
    case(
        "an alias bomb",
        {W: _bomb()},
        f"{W}:4:4: expands to more than 20000 values or 40 levels; write it with fewer aliases",
    ),
    case(
        "more values than anyone can read",
        {W: "a: [" + "x," * 20_001 + "]\n"},
        f"{W}:1:40003: expands to more than 20000 values or 40 levels; write it with fewer aliases",
    ),
    case("an alias inside of its own anchor", {W: "a: &a [*a]\n"}, f"{W}:1:8: the anchor 'a' is used inside of itself"),
    case(
        "an unknown anchor",
        widget("[widgets@example.org]", "*who"),
        f"{W}:2:9: unknown anchor 'who'; an anchor stands before its aliases",
    ),
    case(
        "100,000 brackets",
        {W: "a: " + "[" * 100_000 + "]" * 100_000 + "\n"},
        f"{W}:1:1003: nested deeper than 40 levels",
    ),
    case(
        "60 levels of mappings",
        {W: "".join(" " * level + "a:\n" for level in range(60))},
        f"{W}:41:41: nested deeper than 40 levels",
    ),
    case(
        "a merge key",
        widget("build:\n", "build:\n  <<: {tool: npm}\n"),
        f"{W}:9:3: merge keys (<<) are not supported; use an alias for the whole value",
    ),
    case(
        "a tag that runs a program",
        widget("Widget server", "!!python/object/apply:os.getcwd []"),
        f"{W}:1:8: the tag '!!python/object/apply:os.getcwd' is not allowed; write plain YAML",
    ),
    case(
        "a tag of YAML's own",
        widget("Widget server", "!!binary aGk="),
        f"{W}:1:8: the tag '!!binary' is not allowed; write plain YAML",
    ),
    case(
        "a tag of someone's own",
        widget("Widget server", "!widget server"),
        f"{W}:1:8: the tag '!widget' is not allowed; write plain YAML",
    ),
    case(
        "a control character",
        widget("Widget server", "Widget \x07 server"),
        f"{W}:1:15: a character that is not allowed: U+0007",
    ),
    case(
        "a zero byte",
        widget("Widget server", "Widget \x00 server"),
        f"{W}:1:15: a character that is not allowed: U+0000",
    ),
    case(
        "an escaped control character",
        widget("Widget server", '"Widget\\x07"'),
        f"{W}:1:8: a character that is not allowed: U+0007",
    ),
    case(
        "an escaped carriage return",
        widget("Widget server", '"Widget\\rserver"'),
        f"{W}:1:8: a character that is not allowed: U+000D",
    ),
    case(
        "a control character in a key",
        added('  "night\\x07ly":\n'),
        f"{W}:19:3: a character that is not allowed: U+0007",
    ),
    case(
        "a character that turns the reading direction",
        widget("Widget server", "Widget \u202e server"),
        f"{W}:1:15: a character that is not allowed: U+202E",
    ),
    case(
        "such a character in a comment",
        widget("Widget server", "Widget # \u2066 server"),
        f"{W}:1:17: a character that is not allowed: U+2066",
    ),
)
