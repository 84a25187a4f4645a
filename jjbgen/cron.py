"""Jenkins' cron syntax: five fields, `H`, ranges, steps, lists and the `@` shorthands.

Source of the rules: the help text of Jenkins' "Build periodically" and its crontab grammar. Stricter in
one point: every expression has to be able to fire (29 February counts), because the field uses dates that
never come as a way to switch a job off, and there is `disabled` for that.
"""

from __future__ import annotations

import re
from calendar import monthrange
from functools import cache
from importlib import resources

from jjbgen.errors import nearest

SHORTHANDS = frozenset(("@yearly", "@annually", "@monthly", "@weekly", "@daily", "@midnight", "@hourly"))

_FIELDS = (("minute", 0, 59), ("hour", 0, 23), ("day of month", 1, 31), ("month", 1, 12), ("day of week", 0, 7))
_ITEM = re.compile(
    r"(?P<base>\*|H(?:\((?P<hlow>\d{1,2})-(?P<hhigh>\d{1,2})\))?|(?P<low>\d{1,2})(?:-(?P<high>\d{1,2}))?)(?:/(?P<step>\d{1,2}))?"
)


def check(expression: str) -> None:
    """Raise ValueError, with the reason, when Jenkins would refuse `expression` or it could never fire."""
    if "\n" in expression:
        raise ValueError("a schedule is one line; write several schedules as several pipelines")
    if expression.startswith("@"):
        if expression not in SHORTHANDS:
            raise ValueError(f"unknown shorthand {expression!r}; known: {', '.join(sorted(SHORTHANDS))}")
        return
    if expression.upper().startswith("TZ="):
        raise ValueError("the time zone has a key of its own; write it under 'timezone'")
    fields = expression.split()
    if len(fields) != len(_FIELDS):
        raise ValueError(
            f"{expression!r} has {len(fields)} fields, not 5; write minute, hour, day of month, month, day of week"
        )
    parsed = [_field(text, *rule) for text, rule in zip(fields, _FIELDS, strict=True)]
    days, months = parsed[2], parsed[3]
    if fields[4] == "*" and not any(day <= monthrange(2024, month)[1] for month in months for day in days):
        raise ValueError(f"{expression!r} never fires: there is no such day; use 'disabled' to switch a job off")


def _field(text: str, name: str, lowest: int, highest: int) -> set[int]:
    values: set[int] = set()
    for item in text.split(","):
        match = _ITEM.fullmatch(item)
        if not match:
            raise ValueError(f"{item!r} is not a {name}; use {lowest}-{highest}, '*', 'H', ranges, steps and lists")
        low = int(match["hlow"] or match["low"] or lowest)
        high = int(match["hhigh"] or match["high"] or match["low"] or highest)
        if not lowest <= low <= high <= highest:
            raise ValueError(f"{item!r} is not a {name}: it has to lie in {lowest}-{highest}")
        step = int(match["step"] or 1)
        if step < 1 or (match["step"] and match["low"] and not match["high"]):
            raise ValueError(f"{item!r} is not a {name}: a step follows '*', 'H' or a range, and is at least 1")
        values.update(range(low, high + 1) if match["base"][0] == "H" else range(low, high + 1, step))
    return values


def check_timezone(name: str) -> None:
    """Raise ValueError unless `name` is in the tz database (as packaged, so the same on every machine)."""
    if name not in _timezones():
        raise ValueError(f"unknown time zone {name!r}; {nearest(name, _timezones())}")


@cache
def _timezones() -> frozenset[str]:
    return frozenset(resources.files("tzdata").joinpath("zones").read_text(encoding="utf-8").split())
