"""From generated files to Jenkins' XML: what can be cast is cast, and JJB makes the rest."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path

from jjbgen import moulds
from jjbgen.errors import ConfigError
from jjbgen.load import HANDWRITTEN, Plugins
from jjbgen.moulds import Document, Item, Mould
from jjbgen.outputs import OUTPUT
from jjbgen.source import SUFFIXES


class Foundry:
    """The moulds of all shapes that were met, each made once."""

    def __init__(self, root: Path, plugins: Plugins) -> None:
        self._root = root
        self._plugins = plugins
        self._known: dict[str, Mould] = {}

    def documents(self, items: Iterable[Item]) -> list[Document] | None:
        """The XML of items in their order; None where JJB does not make moulds of all their shapes."""
        items = tuple(items)
        if not self._learn(dict.fromkeys(item.shape for item in items if item.shape not in self._known)):
            return None
        return [self._known[item.shape].cast(item) for item in items]

    def _learn(self, shapes: Iterable[str]) -> bool:
        shapes = tuple(shapes)
        if not shapes:
            return True
        if not all(map(moulds.is_plain, shapes)):
            return False
        from jjbgen import jjb  # takes half a second

        try:
            made = jjb.moulds(self._root, shapes, self._plugins)
        except ConfigError:
            return False
        self._known |= {shape: mould for shape, mould in zip(shapes, made, strict=True) if mould}
        return all(made)


def documents(root: Path, files: Mapping[str, str], plugins: Plugins) -> list[Document]:
    """The XML of every job and then every view of the output, which holds these `files`; raises ConfigError.

    The same as JJB makes of the whole output.
    """
    found = _cast(root, files, plugins)
    if found is not None:
        names = [(document.is_view, document.name) for document in found]
        if len(set(names)) == len(names):
            return _sorted(found)
    from jjbgen import jjb

    # With all that defines something, JJB can tell what is wrong, or what belongs together.
    return _sorted(jjb.documents(root, jjb.tree(root / OUTPUT), plugins))


def _sorted(found: list[Document]) -> list[Document]:
    return sorted(found, key=lambda document: (document.is_view, document.name))


def _cast(root: Path, files: Mapping[str, str], plugins: Plugins) -> list[Document] | None:
    # JJB looks for a pipeline in the config repo first, and then beside the file that names it.
    if any(root.glob("*.groovy")):
        return None
    made: list[Item] = []
    by_hand: list[Path] = []
    for path, text in files.items():
        folder = path.rpartition("/")[0]
        if folder == HANDWRITTEN:
            by_hand.append(root / OUTPUT / path)
        elif path.endswith(SUFFIXES):
            found = moulds.items(text, lambda name, folder=folder: files.get(f"{folder}/{name}"))  # type: ignore[misc]
            if found is None:
                return None
            made += found
    cast = Foundry(root, plugins).documents(made)
    if cast is None or not by_hand:
        return cast
    from jjbgen import jjb

    try:
        return cast + jjb.documents(root, by_hand, plugins)
    except ConfigError:
        return None
