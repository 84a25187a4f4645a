"""Dataclasses that are made by the hundred thousand.

For the type checker they are frozen, as their decorator says. At run time nothing stops who writes into one all the
same: with the watch over that, to make one takes three times as long, and planning is mostly that.
"""

from __future__ import annotations

from collections.abc import Callable
from operator import attrgetter
from typing import TYPE_CHECKING, Any

_MADE: set[type] = set()

if TYPE_CHECKING:
    from dataclasses import dataclass as record
else:
    from dataclasses import dataclass, fields

    def record(*, frozen: bool, slots: bool) -> Callable[[type], type]:
        """`dataclass`, which is quicker defined, made, shown, compared and sent to other processes."""

        def made(cls: type) -> type:
            plain = dataclass(slots=slots, repr=False, eq=False)(cls)
            values = _values_of([field.name for field in fields(plain)])
            plain.__repr__ = lambda self: f"{cls.__name__}{values(self)!r}"
            plain.__reduce__ = lambda self: (plain, values(self))
            plain.__eq__ = lambda self, other: (
                self is other or (values(self) == values(other) if type(other) is plain else NotImplemented)
            )
            plain.__hash__ = (lambda self: hash(values(self))) if frozen else None
            _MADE.add(plain)
            return plain

        return made


def _values_of(names: list[str]) -> Callable[[Any], tuple[Any, ...]]:
    if len(names) > 1:
        return attrgetter(*names)
    return lambda self: tuple(getattr(self, name) for name in names)


def is_record(value: object) -> bool:
    """Whether a value is a record."""
    return type(value) in _MADE


__all__ = ["is_record", "record"]
