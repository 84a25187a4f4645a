"""Circles in what refers to each other."""

from __future__ import annotations

from collections.abc import Iterator, Mapping


def circles(targets: Mapping[str, tuple[str, ...]]) -> Iterator[list[str]]:
    """Every circle once, as the names along it with the first one again at the end.

    Without recursion, for chains may be long; targets without an entry of their own lead nowhere.
    """
    done: set[str] = set()
    for start in targets:
        path: list[str] = []
        on_path: set[str] = set()
        pending = [(start, False)]
        while pending:
            name, leaving = pending.pop()
            if leaving:
                on_path.discard(path.pop())
                done.add(name)
            elif name in on_path:
                yield [*path[path.index(name) :], name]
            elif name not in done:
                path.append(name)
                on_path.add(name)
                pending.append((name, True))
                pending += [(target, False) for target in targets.get(name, ())]
