"""Windows of the week in which nothing is deployed: `Fri 16:00-Mon 08:00`."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import datetime

DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_WINDOW = re.compile(
    rf"({'|'.join(DAYS)}) ([01][0-9]|2[0-3]):([0-5][0-9])-({'|'.join(DAYS)}) ([01][0-9]|2[0-3]):([0-5][0-9])"
)
_WEEK = 7 * 24 * 60


def check(window: str) -> str:
    """Raise ValueError unless `window` is one."""
    start, end = _minutes(window)
    if start == end:
        raise ValueError(f"{window!r} ends where it begins")
    return window


def holds(windows: Iterable[str], moment: datetime) -> str | None:
    """The window that a moment, in the time zone of the windows, is in; its end is no part of it."""
    now = (moment.weekday() * 24 + moment.hour) * 60 + moment.minute
    for window in windows:
        start, end = _minutes(window)
        if (now - start) % _WEEK < (end - start) % _WEEK:
            return window
    return None


def _minutes(window: str) -> tuple[int, int]:
    """Beginning and end, in minutes since Monday."""
    found = _WINDOW.fullmatch(window)
    if found is None:
        raise ValueError(f"{window!r} is not a part of the week; write it like 'Fri 16:00-Mon 08:00'")
    day, hour, minute, last_day, last_hour, last_minute = found.groups()
    return (
        (DAYS.index(day) * 24 + int(hour)) * 60 + int(minute),
        (DAYS.index(last_day) * 24 + int(last_hour)) * 60 + int(last_minute),
    )
