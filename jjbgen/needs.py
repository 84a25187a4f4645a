"""What jobs need of the controller that runs them, as their XML and their pipelines say."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from enum import Enum
from functools import lru_cache
from xml.etree import ElementTree

from jjbgen import plugintable

_LITERAL = re.compile(
    r"""//[^\n]*|/\*.*?\*/|'''(?P<a>(?:[^\\]|\\.)*?)'''|\"\"\"(?P<b>(?:[^\\]|\\.)*?)\"\"\""""
    r"""|'(?P<c>(?:[^'\\\n]|\\.)*)'|"(?P<d>(?:[^"\\\n]|\\.)*)\"""",
    re.DOTALL,
)
"""Comments and texts of Groovy."""
_CREDENTIALS = re.compile(r"\b(?:credentialsId:\s*|credentials\(\s*)'([0-9]+)'")
_STEP = re.compile(rf"(?<![\w.])({'|'.join(plugintable.STEPS)})\b(?!\s*[:=])")
_WRITTEN = re.compile(r'plugin="([^"@]*)')
_ANY_SERVER = "__ANY__"
"""Stands for all Gerrit servers in JJB's XML."""
_AGENT_PARAMETER = re.compile(r"AGENT(?:_[A-Z0-9_]+)?")


class What(Enum):
    """Kinds of things that a controller has or lacks, in the order in which they are told."""

    PLUGIN = "plugin"
    AGENT = "agent label"
    CREDENTIALS = "credentials"
    GERRIT_SERVER = "Gerrit server"
    CLASS = "class"
    """One of a plugin that nobody knows."""


@dataclass(frozen=True, slots=True)
class Need:
    """Something that a job needs."""

    what: What
    name: str


def gathered(items: Iterable[tuple[str, ElementTree.Element]]) -> dict[Need, tuple[str, ...]]:
    """Everything that items, by full name, need, with the names of those that need it; sorted."""
    found: dict[Need, list[str]] = {}
    for full_name, root in items:
        for need in dict.fromkeys(of(root)):
            found.setdefault(need, []).append(full_name)
    order = list(What)
    keys = sorted(found, key=lambda need: (order.index(need.what), need.name))
    return {need: tuple(sorted(found[need])) for need in keys}


class Suspicion:
    """Tells quickly of most items that they need no plugin beyond those that are installed.

    It looks for words, wherever they stand: an item that it suspects has to be looked at in earnest.
    """

    def __init__(self, installed: Collection[str]) -> None:
        self._installed = frozenset((*installed, plugintable.CORE))
        names = {**plugintable.CLASSES, **plugintable.STEPS}
        lacking = [name for name, plugin in names.items() if plugin not in self._installed]
        roots = [f"<{tag}" for tag, plugin in plugintable.ROOTS.items() if plugin not in self._installed]
        # XStream writes `_` as `__` where a class name is a tag.
        self._words = tuple(dict.fromkeys((*lacking, *(name.replace("_", "__") for name in lacking), *roots)))

    def of(self, xml: str) -> bool:
        """Whether an item may need another plugin."""
        if any(word in xml for word in self._words):
            return True
        return "plugin='" in xml or any(name not in self._installed for name in _WRITTEN.findall(xml))


def of(root: ElementTree.Element) -> Iterator[Need]:
    """What one item needs; a thing may come more than once."""
    for element, plugin in plugintable.objects(root):
        if plugin is None:
            yield Need(What.CLASS, str(plugintable.class_of(element)))
        elif plugin != plugintable.CORE:
            yield Need(What.PLUGIN, plugin)
    for tag, what in (
        ("assignedNode", What.AGENT),
        ("credentialsId", What.CREDENTIALS),
        ("serverName", What.GERRIT_SERVER),
    ):
        names = ((element.text or "").strip() for element in root.iter(tag))
        yield from (Need(what, name) for name in names if name not in ("", _ANY_SERVER))
    for script in root.iterfind("definition/script"):
        yield from _of_script(script.text or "")
        yield from _of_parameters(root)


def _of_parameters(root: ElementTree.Element) -> Iterator[Need]:
    """The labels of the agents of a generated pipeline, which are parameters of its job."""
    for parameter in root.iter("hudson.model.StringParameterDefinition"):
        label = parameter.findtext("defaultValue") or ""
        if label and _AGENT_PARAMETER.fullmatch(parameter.findtext("name") or ""):
            yield Need(What.AGENT, label)


@lru_cache(maxsize=64)
def _of_script(script: str) -> tuple[Need, ...]:
    """What a pipeline, which several jobs have, names.

    What stands in a text or a comment, such as a script of a shell, names nothing.
    """
    texts: list[str] = []

    def number(found: re.Match[str]) -> str:
        if found.lastgroup is None:
            return " "
        texts.append(found[found.lastgroup])
        return f"'{len(texts) - 1}'"

    code = _LITERAL.sub(number, script)
    credentials = [Need(What.CREDENTIALS, texts[int(found[1])]) for found in _CREDENTIALS.finditer(code)]
    plugins = [plugintable.STEPS[found[1]] for found in _STEP.finditer(code)]
    return (*credentials, *(Need(What.PLUGIN, plugin) for plugin in plugins if plugin != plugintable.CORE))
