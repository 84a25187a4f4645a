"""Label expressions of agents, after the grammar of Jenkins 2.516.2 (`LabelExpressionParser.g4`)."""

from __future__ import annotations

import re
from collections.abc import Iterable


def matches(expression: str, labels: Iterable[str]) -> bool:
    """Whether an agent with these labels satisfies a label expression."""
    tokens = re.findall(r'"[^"]*"|<->|->|\|\||&&|[!()]|[^\s!()&|<>"]+', expression)
    return _Labels(tokens, frozenset(labels)).holds()


class _Labels:
    """Evaluates an expression; each method is a level of precedence, the weakest first."""

    def __init__(self, tokens: list[str], labels: frozenset[str]) -> None:
        self._tokens = tokens
        self._labels = labels

    def holds(self) -> bool:
        left = self._implies()
        while self._take("<->"):
            left = left == self._implies()
        return left

    def _implies(self) -> bool:
        left = self._either()
        return self._either() or not left if self._take("->") else left

    def _either(self) -> bool:
        left = self._both()
        while self._take("||"):
            right = self._both()
            left = left or right
        return left

    def _both(self) -> bool:
        left = self._atom()
        while self._take("&&"):
            right = self._atom()
            left = left and right
        return left

    def _atom(self) -> bool:
        if self._take("!"):
            return not self._atom()
        if self._take("("):
            inside = self.holds()
            self._take(")")
            return inside
        return bool(self._tokens) and self._tokens.pop(0).strip('"') in self._labels

    def _take(self, token: str) -> bool:
        if self._tokens[:1] == [token]:
            self._tokens.pop(0)
            return True
        return False
