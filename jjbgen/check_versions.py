"""The rules about `version:` that go beyond one field: every setting has an effect, every effect is possible."""

from __future__ import annotations

from collections.abc import Iterator

from jjbgen import defaults
from jjbgen.component import Body
from jjbgen.project import CodeHost, Project
from jjbgen.source import Loc
from jjbgen.versioning import Versioning

_OF_IMAGES = ("parents", "allowed-parents", "image-tags")


def is_set(chosen: Versioning) -> bool:
    """Whether anything is chosen at all."""
    return any(value is not None for value in vars(chosen).values())


def without_effect(project: Project, body: Body) -> Iterator[tuple[Loc, str]]:
    """The keys below `version` that change nothing, and why."""
    if not is_set(body.version):
        return
    chosen = defaults.versioning(project, body)
    for key in _OF_IMAGES:
        if not body.images and _own(body, key) is not None:
            yield ("version", key), "has no effect on a component without images"
    if body.images and chosen.parents == "any" and _own(body, "allowed-parents") is not None:
        yield ("version", "allowed-parents"), "has no effect when 'parents' is 'any'"


def _own(body: Body, key: str) -> object:
    return getattr(body.version, key.replace("-", "_"))


def lacks_credentials(project: Project, body: Body, host: CodeHost) -> bool:
    """Whether a change is to follow each release and nobody may push it."""
    return defaults.next_change(project, body) and host.push_credentials is None
