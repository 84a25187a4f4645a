"""Mistakes in the templates that a config repo overrides."""

# ruff: noqa: E501 - a message stands on one line, as it is told

from __future__ import annotations

from pathlib import Path

from tests.broken import Case, Files, case

_BUILD = "templates/stages/build.groovy.j2"


def _build(what: str, second_line: str, *told: str) -> Case:
    """A case of a template whose second line is wrong."""
    return case(what, _template(f"{{# our own #}}\n{second_line}\n"), *(f"{_BUILD}:2:1: {each}" for each in told))


def _template(text: str | bytes) -> Files:
    return {_BUILD: text}


def _link_out(root: Path) -> None:
    outside = root.parent / "outside.j2"
    outside.write_text("stage('x') {}\n", encoding="utf-8")
    (root / _BUILD).parent.mkdir(parents=True)
    (root / _BUILD).symlink_to(outside)


CASES = (
    case(
        "an override of nothing",
        {"templates/stages/biuld.groovy.j2": "x"},
        "templates/stages/biuld.groovy.j2: overrides no template; did you mean 'stages/build.groovy.j2'?",
    ),
    case("a template that is not UTF-8", _template(b"\xe4\n"), f"{_BUILD}:1:1: is not UTF-8; save the file in UTF-8"),
    case(
        "a template outside of the config repo",
        {},
        f"{_BUILD}: is a link out of the config repo; put the file itself here",
        prepare=_link_out,
    ),
    _build(
        "a tag that is not closed",
        "{% if true %}",
        "is not a Jinja template: Unexpected end of template. Jinja was looking for the following tags: 'elif' or 'else' or 'endif'. The innermost block that needs to be closed is 'if'.",
    ),
    _build(
        "a tag that Jinja does not know",
        "{% unles true %}",
        "is not a Jinja template: Encountered unknown tag 'unles'.",
    ),
    _build("an unknown filter", "{{ stage.title|grovy }}", "is not a Jinja template: No filter named 'grovy'."),
    _build("a plain value", "{{ stage.title }}", "cannot be rendered: prints str in Groovy; pass it through |groovy"),
    _build(
        "text of another language",
        "{{ stage.title|shell }}",
        "cannot be rendered: prints Shell in Groovy; pass it through |groovy",
    ),
    _build("a value that is not there", "{{ stag|groovy }}", "cannot be rendered: 'stag' is undefined"),
    _build(
        "an attribute that is not there",
        "{{ stage.titel|groovy }}",
        "cannot be rendered: 'jjbgen.jobs.Stage object' has no attribute 'titel'",
    ),
    _build(
        "a way out of the sandbox",
        "{{ stage.__class__.__mro__|groovy }}",
        "cannot be rendered: access to attribute '__class__' of 'Stage' object is unsafe.",
    ),
    _build("a division by zero", "{{ (1 / 0)|groovy }}", "cannot be rendered: division by zero"),
    _build(
        "a loop without an end",
        "{% for each in range(1000000000) %}{% endfor %}",
        "cannot be rendered: Range too big. The sandbox blocks ranges larger than MAX_RANGE (100000).",
    ),
    case(
        "an include of a template that is not there",
        _template("{% include 'stages/nothing.groovy.j2' %}\n"),
        f"{_BUILD}: there is no template 'stages/nothing.groovy.j2'",
    ),
    case(
        "a template that includes itself",
        _template("{% include 'stages/build.groovy.j2' %}\n"),
        f"{_BUILD}:1:1: cannot be rendered: it includes itself",
    ),
)
