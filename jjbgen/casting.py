"""From generated files to Jenkins' XML: what can be cast is cast, and JJB makes the rest."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from pathlib import Path

from jjbgen import moulds
from jjbgen.errors import ConfigError
from jjbgen.load import Plugins, Templates
from jjbgen.moulds import Document, Mould
from jjbgen.places import HANDWRITTEN, OUTPUT


def documents(root: Path, files: Mapping[str, str], templates: Templates, plugins: Plugins) -> list[Document]:
    """The XML of every job and then every view of the output, which holds these `files`; raises ConfigError.

    The same as JJB makes of the whole output.
    """
    found = _cast(root, files, plugins) if can_cast(root, templates) else None
    return made_by_jjb(root, plugins) if found is None else in_order(found)


def made_by_jjb(root: Path, plugins: Plugins) -> list[Document]:
    """What JJB makes of the whole output on disk; it can tell what is wrong, or what belongs together."""
    from jjbgen import jjb

    return in_order(jjb.documents(root, jjb.tree(root / OUTPUT), plugins))


def in_order(found: Collection[Document]) -> list[Document]:
    """Jobs before views, by name."""
    return sorted(found, key=lambda document: (document.is_view, document.name))


def can_cast(root: Path, templates: Templates) -> bool:
    """Whether it is certain what JJB would make of the values of jobs.

    Templates of the config repo's own may put them anywhere. Pipelines are looked for in the config repo first, and
    beside the YAML then.
    """
    return not any(name.startswith("jobs/") for name in templates.own) and not any(root.glob("*.groovy"))


def make_moulds(root: Path, shapes: Collection[str], plugins: Plugins) -> dict[str, Mould] | None:
    """The moulds of shapes; None where JJB does not make all of them."""
    ordered = sorted(shapes)
    if not ordered:
        return {}
    if not all(map(moulds.is_plain, ordered)):
        return None
    from jjbgen import jjb  # takes half a second

    try:
        made = jjb.moulds(root, ordered, plugins)
    except ConfigError:
        return None
    known = {shape: mould for shape, mould in zip(ordered, made, strict=True) if mould}
    return known if len(known) == len(ordered) else None


def written_by_hand(root: Path, names: Collection[str], plugins: Plugins) -> list[Document] | None:
    """The XML of what hand-written files of the output define; None where they need the others."""
    if not names:
        return []
    from jjbgen import jjb

    try:
        return jjb.documents(root, [root / OUTPUT / name for name in names], plugins)
    except ConfigError:
        return None


def _cast(root: Path, files: Mapping[str, str], plugins: Plugins) -> list[Document] | None:
    by_hand = [path for path in files if path.startswith(f"{HANDWRITTEN}/")]
    items = moulds.of_files({path: text for path, text in files.items() if path not in by_hand})
    if items is None:
        return None
    known = make_moulds(root, {item.shape for item in items}, plugins)
    found = written_by_hand(root, by_hand, plugins)
    if known is None or found is None:
        return None
    return [*(known[item.shape].cast(item) for item in items), *found]
