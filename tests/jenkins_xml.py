"""What Jenkins makes of the XML of an item or a view: as it serves what was posted, and what it writes when it saves.

Recorded (`tests/jenkins_contract/exchanges.json`): what was posted is served with another declaration and nothing else
changed; a saved item has the declaration, indentation, escapes, `plugin` attributes, order and defaults of a pipeline
job; a view is rewritten at once; elements of unknown classes are gone. Its README: all that a save adds to a job of
ours are `disabled` and `removeLastBuild`.

From sources: what is posted goes through the JDK's transformer without a stylesheet (`XMLUtils.safeTransform`;
`ToStream` for quotes, references and empty elements). A save is XStream's `PrettyPrintWriter` (escapes; a text that is
empty is `<x></x>`, an object without fields `<x/>`), fields come in the order of the classes' declarations (Jenkins
2.516.2, gerrit-trigger 3.1969, cloudbees-folder 6.1040), primitive fields are always written, unknown fields never, and
`plugin` is left out where the nearest owner around is the same (`RobustReflectionConverter`).

Not modelled: what plugins migrate when they load old data, and control characters in XML 1.1.
"""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from xml.parsers import expat

from tests.jenkins_classes import CORE, FOLDER, KINDS, NEW_ALL_VIEW, OBJECTS, OF_CLASSES, SHAPES, owner_of

Installed = Mapping[str, str]
"""The versions of the plugins that are active, by name."""

VIEW_DECLARATION = '<?xml version="1.1" encoding="UTF-8"?>\n'
ITEM_DECLARATION = "<?xml version='1.1' encoding='UTF-8'?>\n"
POSTED_DECLARATION = '<?xml version="1.0" encoding="UTF-8"?>'

_DECLARATION = re.compile(r"""\A\ufeff?<\?xml\s[^>]*?\?>""")
_ENCODING = re.compile(rb"""\A<\?xml\s[^>]*?encoding\s*=\s*["']([A-Za-z][A-Za-z0-9._-]*)["']""")


class MalformedError(ValueError):
    """What was posted is no XML."""


@dataclass(frozen=True)
class Posted:
    """A document that was posted: its text without the declaration, and what Jenkins shows of it elsewhere."""

    body: str
    root: str
    description: str | None
    disabled: bool
    names: tuple[str, ...] = ()
    """The jobs that a list view names."""
    pattern: str | None = None
    """The expression by which a list view finds jobs."""
    recurse: bool = False


def decoded(content: bytes) -> str:
    """A document read from bytes: it says itself how it is encoded."""
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        return _decoded(content, "utf-16")
    found = _ENCODING.match(content.removeprefix(b"\xef\xbb\xbf"))
    return _decoded(content, found.group(1).decode() if found else "utf-8")


def _decoded(content: bytes, encoding: str) -> str:
    try:
        return content.decode(encoding)
    except (LookupError, UnicodeDecodeError) as error:
        raise MalformedError(str(error)) from None


def posted(text: str) -> Posted:
    """Read what was posted."""
    body = _DECLARATION.sub("", text, count=1).lstrip("\ufeff")
    try:
        root = _parsed(body)
    except (ET.ParseError, ValueError) as error:
        raise MalformedError(str(error)) from None
    names = tuple(name.text or "" for name in root.iterfind("jobNames/string"))
    return Posted(
        body=body,
        root=root.tag,
        description=None if (found := root.find("description")) is None else found.text or "",
        disabled=_true(root.find("disabled")),
        names=names,
        pattern=None if (found := root.find("includeRegex")) is None else found.text,
        recurse=_true(root.find("recurse")),
    )


def _parsed(body: str) -> ET.Element:
    return ET.fromstring(body.lstrip())  # noqa: S314 - the tests' own documents


def _true(element: ET.Element | None) -> bool:
    return element is not None and (element.text or "").lower() == "true"


def copied(body: str) -> str:
    """The document as the transformer copies it: this is what Jenkins keeps and serves until it saves."""
    return POSTED_DECLARATION + _Copy().of(body)


class _Copy:
    """The JDK's transformer without a stylesheet."""

    def __init__(self) -> None:
        self._out: list[str] = []
        self._open = False
        self._verbatim = False

    def of(self, body: str) -> str:
        parser = expat.ParserCreate()
        parser.ordered_attributes = True
        parser.buffer_text = True
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = self._text
        parser.CommentHandler = lambda text: self._write(f"<!--{text}-->")
        parser.ProcessingInstructionHandler = lambda target, text: self._write(f"<?{target} {text}?>")
        parser.StartCdataSectionHandler = lambda: self._section(True)
        parser.EndCdataSectionHandler = lambda: self._section(False)
        parser.Parse(body.lstrip(), True)
        return "".join(self._out)

    def _start(self, tag: str, attributes: list[str]) -> None:
        pairs = zip(attributes[::2], attributes[1::2], strict=True)
        self._write(f"<{tag}" + "".join(f' {name}="{_copied_value(value)}"' for name, value in pairs))
        self._open = True

    def _end(self, tag: str) -> None:
        self._out.append("/>" if self._open else f"</{tag}>")
        self._open = False

    def _text(self, text: str) -> None:
        self._write(text if self._verbatim else _copied_text(text))

    def _section(self, begins: bool) -> None:
        self._write("<![CDATA[" if begins else "]]>")
        self._verbatim = begins

    def _write(self, text: str) -> None:
        if self._open:
            self._out.append(">")
            self._open = False
        self._out.append(text)


def _escaper(names: Mapping[str, str], others: str, number: str) -> Callable[[str], str]:
    def one(found: re.Match[str]) -> str:
        return names.get(found.group(), number.format(ord(found.group())))

    expression = re.compile(f"[{re.escape(''.join(names))}{others}]")
    return lambda text: expression.sub(one, text)


_NAMES = {"&": "&amp;", "<": "&lt;", ">": "&gt;"}
_copied_text = _escaper(_NAMES, "\r\x7f-\x9f\u2028", "&#{};")
_copied_value = _escaper({**_NAMES, '"': "&quot;"}, "\t\n\r\x7f-\x9f\u2028", "&#{};")
_saved_text = _escaper({**_NAMES, '"': "&quot;", "'": "&apos;"}, "\r\x7f-\x9f", "&#x{:x};")
_saved_value = _escaper({**_NAMES, '"': "&quot;", "'": "&apos;"}, "\t\n\r\x7f-\x9f", "&#x{:x};")


def loadable(root: str, installed: Installed) -> bool:
    """Whether Jenkins knows what an item with this root element is."""
    kind = KINDS.get(root)
    return kind is not None and (kind.plugin is None or kind.plugin in installed)


def saved(body: str, installed: Installed, declaration: str = ITEM_DECLARATION) -> str:
    """The document as Jenkins writes an item: what it does not know is gone."""
    root = _parsed(body)
    return declaration + "\n".join(_Save(installed).lines(root))


def saved_view(body: str, name: str, installed: Installed) -> str:
    """The document as Jenkins writes a view: its name is the one it has been created with, its jobs are sorted."""
    root = _parsed(body)
    _name_view(root, name)
    return VIEW_DECLARATION + "\n".join(_Save(installed).lines(root))


def folder_views(body: str) -> dict[str, str]:
    """The views that the document of a folder has, by name: the one called All unless it says otherwise."""
    found = _parsed(body).findall("folderViews/views/*")
    return {view.findtext("name", ""): ET.tostring(view, encoding="unicode") for view in found} or {"All": NEW_ALL_VIEW}


def with_views(body: str, views: Mapping[str, str]) -> str:
    """The document of a folder with these views."""
    root = _parsed(body)
    holder = root.find("folderViews")
    if holder is None:
        holder = ET.SubElement(
            root, "folderViews", {"class": "com.cloudbees.hudson.plugins.folder.views.DefaultFolderViewHolder"}
        )
    listed = holder.find("views")
    if listed is None:
        listed = ET.SubElement(holder, "views")
    listed[:] = [_parsed(view) for view in views.values()]
    for name, view in zip(views, listed, strict=True):
        _name_view(view, name)
        view.append(ET.Element("owner", {"class": FOLDER, "reference": "../../../.."}))
    return ET.tostring(root, encoding="unicode")


def _name_view(view: ET.Element, name: str) -> None:
    """Give a view its name; where it is kept is not a part of it, and its jobs are a sorted set."""
    for owner in view.findall("owner"):
        view.remove(owner)
    _set(view, "name", name)
    for names in view.iterfind("jobNames"):
        _sort(names)


def with_disabled(body: str, disabled: bool) -> str:
    """The document with another state of the job."""
    root = _parsed(body)
    _set(root, "disabled", str(disabled).lower())
    return ET.tostring(root, encoding="unicode")


def without_name(body: str, name: str) -> str:
    """The document of a list view without one of its jobs."""
    root = _parsed(body)
    for names in root.iterfind("jobNames"):
        for found in [entry for entry in names.iterfind("string") if entry.text == name]:
            names.remove(found)
    return ET.tostring(root, encoding="unicode")


def folded(name: str) -> str:
    """The name as Java compares it when it ignores case."""
    return name.upper().lower()


def _set(root: ET.Element, tag: str, text: str) -> None:
    found = root.find(tag)
    if found is None:
        found = ET.SubElement(root, tag)
    found.text = text


def _sort(names: ET.Element) -> None:
    """As a sorted set that ignores case: of two names that are the same to it the first stays."""
    found = {folded(entry.text or ""): entry for entry in reversed(names.findall("string"))}
    for entry in names.findall("string"):
        names.remove(entry)
    names.extend(found[name] for name in sorted(found))


class _Save:
    """Writes documents as XStream does, with the classes of the plugins that are installed."""

    def __init__(self, installed: Installed) -> None:
        self._installed = installed

    def lines(self, element: ET.Element, around: str = CORE, margin: str = "") -> Iterator[str]:
        """The lines of an element; `around` owns the nearest object that has a plugin."""
        name = _class_name(element)
        owner = self._known(element, name) or CORE
        tag = f"{element.tag}{self._attributes(element, owner, around)}"
        content = list(self._fields(element, name))
        if content:
            yield f"{margin}<{tag}>"
            for child in content:
                yield from self.lines(child, owner or around, margin + "  ")
            yield f"{margin}</{element.tag}>"
        elif name or element.tag in OBJECTS or "class" in element.attrib:
            yield f"{margin}<{tag}/>"
        else:
            yield f"{margin}<{tag}>{_saved_text(element.text or '')}</{element.tag}>"

    def _attributes(self, element: ET.Element, owner: str, around: str) -> str:
        kept = {name: value for name, value in element.attrib.items() if name != "plugin"}
        if kept.get("class") == "vector":
            del kept["class"]
        if owner and owner != around:
            kept["plugin"] = f"{owner}@{self._installed[owner]}"
        return "".join(f' {name}="{_saved_value(value)}"' for name, value in kept.items())

    def _fields(self, element: ET.Element, name: str | None) -> Iterator[ET.Element]:
        children = [child for child in element if self._survives(child, element.tag)]
        shape = SHAPES.get(name) if name and "reference" not in element.attrib else None
        if shape is None:
            yield from children
            return
        found = {child.tag: child for child in children}
        for tag in shape.fields:
            if tag in found:
                yield found[tag]
            elif tag in shape.always:
                yield _parsed(shape.always[tag])

    def _survives(self, child: ET.Element, inside: str) -> bool:
        name = _class_name(child) or (child.tag if inside in OF_CLASSES else None)
        return name is None or self._known(child, name) is not None

    def _known(self, element: ET.Element, name: str | None) -> str | None:
        """The plugin that an object comes from; None for a class that nothing installed has."""
        if name is None:
            return CORE
        owner = owner_of(name)
        if owner is None:
            owner = element.get("plugin", "?").partition("@")[0]
        return owner if owner == CORE or owner in self._installed else None


def _class_name(element: ET.Element) -> str | None:
    """The class of the object that an element is; None if it is a field with a text or with objects."""
    if element.tag in KINDS:
        return KINDS[element.tag].class_name
    name = element.get("class", "")
    if "." not in name:
        # XStream writes what XML does not allow in a name in another way.
        name = element.tag.replace("__", "_").replace("_-", "$") if "." in element.tag else ""
    return name or None
