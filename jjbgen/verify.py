"""What has to go with a version: other files that say the same, and nothing unfinished in a release."""

from __future__ import annotations

import re
from collections.abc import Iterator

from jjbgen import dockerfile, versionfiles
from jjbgen.errors import Pos, Problem, what_and_hint
from jjbgen.rules import Policy, Rules
from jjbgen.version import Version, is_finalized
from jjbgen.versionfiles import Tree

_SNAPSHOT = re.compile(
    r"\b[0-9][A-Za-z0-9.]{0,40}(?:-[A-Za-z0-9.]{1,40}){0,4}?-SNAPSHOT\b|\bv?[0-9]{1,9}(?:\.[0-9]{1,9}){2}-dev[0-9]*\b"
)
"""An unfinished version of something. `-dev` needs three numbers before it: python3.11-dev is a Debian package."""


def disagreements(tree: Tree, rules: Rules, version: Version) -> Iterator[Problem]:
    """The linked files that say something else than the version beside them."""
    for path in rules.linked:
        yield from _linked(tree, path, version)


def unfinished(tree: Tree, rules: Rules, version: Version) -> Iterator[Problem]:
    """What a release must not be built on; nothing when `version` is not finalized."""
    if is_finalized(version):
        for path in rules.no_snapshots:
            yield from _snapshots(tree, path, version)
        if rules.parents != "any":
            yield from _parents(tree, rules, version)


def _text(tree: Tree, path: str) -> str | Problem:
    try:
        text = tree.read(path)
    except ValueError as error:
        return Problem(Pos(path), "", *what_and_hint(error))
    return Problem(Pos(path), "", "no such file", "the version rules name it") if text is None else text


def _linked(tree: Tree, path: str, version: Version) -> Iterator[Problem]:
    text = _text(tree, path)
    if isinstance(text, Problem):
        yield text
        return
    try:
        field, written = versionfiles.linked(path, text)
    except ValueError as error:
        yield Problem(Pos(path), "", *what_and_hint(error))
        return
    wanted = versionfiles.in_words_of(path, version)
    if written is None:
        yield Problem(Pos(path), field, "there is no version", f"write {wanted}")
    elif not versionfiles.agrees(path, version, written):
        pos = Pos(path, *versionfiles.place(path, text, written))
        yield Problem(pos, field, f"{written!r} is not the version {version}", f"write {wanted}")


def _snapshots(tree: Tree, path: str, version: Version) -> Iterator[Problem]:
    text = _text(tree, path)
    if isinstance(text, Problem):
        yield text
        return
    for number, line in enumerate(text.split("\n"), 1):
        for found in _SNAPSHOT.finditer(line):
            what = f"the release {version} depends on {found[0]}, which is not finished"
            yield Problem(Pos(path, number, found.start() + 1), "", what, "depend on a release")


def _parents(tree: Tree, rules: Rules, version: Version) -> Iterator[Problem]:
    for path in rules.dockerfiles or filter(dockerfile.is_dockerfile, tree.files):
        text = _text(tree, path)
        if isinstance(text, Problem):
            yield text
            continue
        for parent in dockerfile.parents(text):
            if not {parent.written, parent.image} & set(rules.allowed_parents):
                yield from _parent(Pos(path, parent.line, 1), parent, rules.parents, version)


def _parent(pos: Pos, parent: dockerfile.Parent, policy: Policy, version: Version) -> Iterator[Problem]:
    if parent.image is None:
        what = f"the parent image {parent.written!r} has a variable without a default"
        yield Problem(pos, "", what, "give its ARG one before the first FROM")
        return
    why = dockerfile.unpinned(parent.image, policy)
    if why:
        wanted = "a digest (image@sha256:…)" if policy == "digest" else "a version, like alpine:3.19, or a digest"
        yield Problem(
            pos, "", f"the parent image {parent.image!r} of the release {version} {why}", f"name it by {wanted}"
        )
