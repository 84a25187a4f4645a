"""Jenkins' cron syntax: five fields, `H`, ranges, steps, lists and the `@` shorthands.

Source of the rules: the help text of Jenkins' "Build periodically" and its crontab grammar. Stricter in
one point: every expression has to be able to fire (29 February counts), because the field uses dates that
never come as a way to switch a job off, and there is `disabled` for that.
"""

from __future__ import annotations

import re
from calendar import monthrange
from functools import cache, lru_cache
from importlib import resources

from jjbgen.errors import nearest

SHORTHANDS = frozenset(("@yearly", "@annually", "@monthly", "@weekly", "@daily", "@midnight", "@hourly"))

_FIELDS = (("minute", 0, 59), ("hour", 0, 23), ("day of month", 1, 31), ("month", 1, 12), ("day of week", 0, 7))
_HASHED = {"day of month": 28, "day of week": 7}
"""How many values `H` can become where they are fewer than the field has: the days of every month, and one Sunday."""

_ITEM = re.compile(
    r"(?P<base>\*|H(?:\((?P<hlow>[0-9]{1,2})-(?P<hhigh>[0-9]{1,2})\))?|(?P<low>[0-9]{1,2})(?:-(?P<high>[0-9]{1,2}))?)(?:/(?P<step>[0-9]{1,2}))?"
)


@lru_cache(maxsize=256)
def check(expression: str) -> str:
    """Raise ValueError, with the reason, when Jenkins would refuse `expression` or it could never fire."""
    if "\n" in expression:
        raise ValueError("a schedule is one line; write several schedules as several pipelines")
    if expression.startswith("@"):
        if expression not in SHORTHANDS:
            raise ValueError(f"unknown shorthand {expression!r}; known: {', '.join(sorted(SHORTHANDS))}")
        return expression
    if expression.upper().startswith("TZ="):
        raise ValueError("the time zone has a key of its own; write it under 'timezone'")
    fields = re.findall(r"[^ \t]+", expression)
    if len(fields) != len(_FIELDS):
        raise ValueError(
            f"{expression!r} has {len(fields)} field{'' if len(fields) == 1 else 's'}, not 5; "
            "write minute, hour, day of month, month, day of week"
        )
    parsed = [_field(text, *rule) for text, rule in zip(fields, _FIELDS, strict=True)]
    days, months = parsed[2], parsed[3]
    if not any(day <= monthrange(2024, month)[1] for month in months for day in days):
        raise ValueError(f"{expression!r} never fires: there is no such day; use 'disabled' to switch a job off")
    return expression


def _field(text: str, name: str, lowest: int, highest: int) -> set[int]:
    """The values that a field can take; those of `H` are all it could become."""
    values: set[int] = set()
    for item in text.split(","):
        wrong = f"{item!r} is not {'an' if name == 'hour' else 'a'} {name}"
        match = _ITEM.fullmatch(item)
        if not match:
            raise ValueError(f"{wrong}; use {lowest}-{highest}, '*', 'H', ranges, steps and lists")
        hashed = match["base"].startswith("H")
        low = int(match["hlow"] or match["low"] or lowest)
        high = int(match["hhigh"] or match["high"] or match["low"] or highest)
        if not lowest <= low <= highest or not lowest <= high <= highest:
            raise ValueError(f"{wrong}: it has to lie in {lowest}-{highest}")
        if low > high:
            raise ValueError(f"{wrong}: the range runs backwards")
        if match["step"] and match["low"] and not match["high"]:
            raise ValueError(f"{wrong}: a step follows '*', 'H' or a range")
        most = _HASHED.get(name, high - low + 1) if hashed and not match["hlow"] else high - low + 1
        step = int(match["step"] or 1)
        if not 1 <= step <= most:
            raise ValueError(f"{wrong}: the step has to lie in 1-{most}")
        values.update(range(low, high + 1, 1 if hashed else step))
    return values


def check_timezone(name: str) -> str:
    """Raise ValueError unless `name` is in the tz database (as packaged, so the same on every machine)."""
    if name not in _timezones():
        raise ValueError(f"unknown time zone {name!r}; {nearest(name, _timezones())}")
    return name


@cache
def _timezones() -> frozenset[str]:
    return frozenset(resources.files("tzdata").joinpath("zones").read_text(encoding="utf-8").split())
