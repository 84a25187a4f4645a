"""Schedules: what Jenkins takes, what it refuses, and what would never fire.

The rules are those of Jenkins' own grammar and of `hudson.scheduler.BaseParser`: all five fields have to hold
at once (`CronTab.check`), `H` takes days of the month up to 28 and weekdays up to 6, and a step is not longer
than what it steps through (Jenkins minds that for `H` only; elsewhere such a step does nothing).
"""

from __future__ import annotations

import re
from calendar import monthrange
from dataclasses import dataclass

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from jjbgen import cron


@dataclass(frozen=True)
class Field:
    """The bounds of a field, and of `H` in it."""

    lowest: int
    highest: int
    highest_hash: int


FIELDS = (Field(0, 59, 59), Field(0, 23, 23), Field(1, 31, 28), Field(1, 12, 12), Field(0, 7, 6))


@st.composite
def items(draw: st.DrawFn, field: Field) -> tuple[str, frozenset[int]]:
    """One item of a field's list, as Jenkins' grammar allows it, and the values that it can come to."""
    form = draw(st.sampled_from(("*", "H", "H()", "number", "range")))
    if form == "number":
        number = draw(st.integers(field.lowest, field.highest))
        return str(number), frozenset((number,))
    highest = field.highest_hash if form == "H" else field.highest
    low = draw(st.integers(field.lowest, highest)) if form in ("H()", "range") else field.lowest
    high = draw(st.integers(low, highest)) if form in ("H()", "range") else highest
    step = draw(st.none() | st.integers(1, high - low + 1))
    text = {"*": "*", "H": "H", "H()": f"H({low}-{high})", "range": f"{low}-{high}"}[form]
    # Where the steps of H begin is Jenkins' choice.
    values = range(low, high + 1, 1 if form[0] == "H" else step or 1)
    return text if step is None else f"{text}/{step}", frozenset(values)


def lists(field: Field) -> st.SearchStrategy[tuple[str, frozenset[int]]]:
    """Lists of items, with the values that they can come to."""
    found = st.lists(items(field), min_size=1, max_size=3)
    return found.map(lambda each: (",".join(text for text, _ in each), frozenset().union(*(it for _, it in each))))


EXPRESSIONS = st.tuples(*map(lists, FIELDS))


def reason(expression: str) -> str:
    """Why an expression is refused; empty when it passes."""
    try:
        cron.check(expression)
    except ValueError as error:
        return str(error)
    return ""


@given(EXPRESSIONS)
def test_what_the_grammar_allows_passes_if_there_is_such_a_day(fields: tuple[tuple[str, frozenset[int]], ...]) -> None:
    expression = " ".join(text for text, _ in fields)
    days, months = fields[2][1], fields[3][1]
    if any(day <= monthrange(2024, month)[1] for month in months for day in days):
        assert reason(expression) == ""
    else:
        assert reason(expression).startswith(f"{expression!r} never fires: ")


@given(lists(FIELDS[2]), st.sampled_from((2, 4, 6)), lists(FIELDS[4]))
def test_days_of_short_months_are_told_from_days_that_never_come(
    days: tuple[str, frozenset[int]], month: int, weekdays: tuple[str, frozenset[int]]
) -> None:
    expression = f"H H {days[0]} {month} {weekdays[0]}"
    assert bool(reason(expression)) == (min(days[1]) > monthrange(2024, month)[1])


@given(st.integers(0, 4), st.integers(0, 99), EXPRESSIONS)
def test_a_number_out_of_its_field_is_refused(
    index: int, number: int, fields: tuple[tuple[str, frozenset[int]], ...]
) -> None:
    field = FIELDS[index]
    assume(not field.lowest <= number <= field.highest)
    texts = [text for text, _ in fields]
    texts[index] = str(number)
    found = re.match(r"'(\d+)' is not an? .*: it has to lie in (\d+)-(\d+)$", reason(" ".join(texts)))
    assert found
    assert [int(group) for group in found.groups()] == [number, field.lowest, field.highest]


@given(st.text(max_size=20) | st.text("0123456789H*/,-() @\t\u0663", max_size=20))
def test_only_what_jenkins_could_read_passes(text: str) -> None:
    word = r"[0-9H*/,()-]+"
    assert reason(text) or re.fullmatch(rf"@[a-z]+|[ \t]*{word}(?:[ \t]+{word}){{4}}[ \t]*", text)


@pytest.mark.parametrize("shorthand", sorted(cron.SHORTHANDS))
def test_shorthands_pass(shorthand: str) -> None:
    assert reason(shorthand) == ""


@pytest.mark.parametrize(
    "expression",
    [
        "H H * * 6",
        "H/15 * * * *",
        "H/60 * * * *",
        "H H H/28 * *",
        "H H * * H/7",
        "H(0-29)/10 * * * *",
        "H(0-3)/4 * * * *",
        "*/60 * * * *",
        "0 0 29 2 *",
        "0 0 29 2 1",
        "0 0 30,31 1,2 *",
        "0 0 31 * *",
        "0  0\t* * 7",
        "0,15,30-45/5 9-17 1-7 */2 1-5",
    ],
)
def test_what_jenkins_takes_passes(expression: str) -> None:
    assert reason(expression) == ""


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("", "'' has 0 fields, not 5"),
        ("H  * * *", "'H  * * *' has 4 fields, not 5"),
        ("H H * * * *", "'H H * * * *' has 6 fields, not 5"),
        ("60 * * * *", "'60' is not a minute: it has to lie in 0-59"),
        ("* 24 * * *", "'24' is not an hour: it has to lie in 0-23"),
        ("* * 32 * *", "'32' is not a day of month: it has to lie in 1-31"),
        ("* * * 0 *", "'0' is not a month: it has to lie in 1-12"),
        ("* * * * 8", "'8' is not a day of week: it has to lie in 0-7"),
        ("1,60 * * * *", "'60' is not a minute"),
        ("0-60 * * * *", "'0-60' is not a minute"),
        ("9-5 * * * *", "'9-5' is not a minute: the range runs backwards"),
        ("H(9-5) * * * *", "'H(9-5)' is not a minute: the range runs backwards"),
        ("*/0 * * * *", "'*/0' is not a minute: the step has to lie in 1-60"),
        ("5/2 * * * *", "'5/2' is not a minute: a step follows '*', 'H' or a range"),
        ("H/61 * * * *", "'H/61' is not a minute: the step has to lie in 1-60"),
        ("H H H/29 * *", "'H/29' is not a day of month: the step has to lie in 1-28"),
        ("H H * * H/8", "'H/8' is not a day of week: the step has to lie in 1-7"),
        ("*/90 * * * *", "'*/90' is not a minute: the step has to lie in 1-60"),
        ("0-9/11 * * * *", "'0-9/11' is not a minute: the step has to lie in 1-10"),
        ("H(0-3)/5 * * * *", "'H(0-3)/5' is not a minute: the step has to lie in 1-4"),
        ("* * * * MON", "'MON' is not a day of week; use 0-7"),
        ("* * * JAN *", "'JAN' is not a month; use 1-12"),
        ("* * L * *", "'L' is not a day of month; use 1-31"),
        ("* * ? * *", "'?' is not a day of month; use 1-31"),
        ("h * * * *", "'h' is not a minute; use 0-59"),
        ("H() * * * *", "'H()' is not a minute"),
        ("-1 * * * *", "'-1' is not a minute"),
        (",1 * * * *", "'' is not a minute"),
        ("\u0661 * * * *", "'\u0661' is not a minute"),
        ("0\u00a03 * * *", "'0\\xa03 * * *' has 4 fields, not 5"),
        ("@Daily", "unknown shorthand '@Daily'; known: @annually, @daily, @hourly, @midnight"),
        ("@reboot", "unknown shorthand '@reboot'"),
        ("TZ=UTC", "the time zone has a key of its own; write it under 'timezone'"),
        ("tz=UTC 0 0 * * *", "the time zone has a key of its own; write it under 'timezone'"),
        ("0 0 * * *\n0 1 * * *", "a schedule is one line; write several schedules as several pipelines"),
    ],
)
def test_what_jenkins_refuses_is_refused_with_the_reason(expression: str, expected: str) -> None:
    assert reason(expression).startswith(expected)


@pytest.mark.parametrize(
    "expression",
    [
        "0 0 30 2 *",
        "0 0 31 2,4,6 *",
        "0 0 30-31 2 *",
        "0 0 31 4-6/2 *",
        "0 0 30 2 1",
        "H H 31 11 H",
        "H H H(30-31) 2 *",
    ],
)
def test_what_never_fires_is_refused(expression: str) -> None:
    assert reason(expression) == (
        f"{expression!r} never fires: there is no such day; use 'disabled' to switch a job off"
    )


@pytest.mark.parametrize("name", ["UTC", "America/Los_Angeles", "Europe/Berlin", "Etc/GMT+5"])
def test_time_zones_of_the_database_pass(name: str) -> None:
    cron.check_timezone(name)


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("America/Los_Angles", "unknown time zone 'America/Los_Angles'; did you mean 'America/Los_Angeles'?"),
        ("europe/berlin", "unknown time zone 'europe/berlin'; did you mean 'Europe/Berlin'?"),
        ("", "unknown time zone ''; known: Africa/Abidjan, "),
        ("../../etc/passwd", "unknown time zone '../../etc/passwd'; known: Africa/Abidjan, "),
    ],
)
def test_other_time_zones_are_refused(name: str, reason: str) -> None:
    with pytest.raises(ValueError, match=rf"^{re.escape(reason)}"):
        cron.check_timezone(name)
