"""`version:` in settings and descriptors: the rules that a platform and a component choose for their versions."""

from __future__ import annotations

from typing import Annotated

from pydantic import AfterValidator, WithJsonSchema

from jjbgen import rules, version, versionfiles
from jjbgen.model import SCALAR_SCHEMA, EachOnce, Flag, Line, Model, OneOrMany, RelPath, matching
from jjbgen.rules import Policy

TagPrefix = Annotated[str, AfterValidator(version.check_prefix), WithJsonSchema(SCALAR_SCHEMA)]
ImageTag = Annotated[Line, AfterValidator(version.check_image_tag)]
ImageReference = Annotated[
    str,
    AfterValidator(
        matching(r"[A-Za-z0-9$][A-Za-z0-9._:/@${}-]*", "an image; write it as the Dockerfile does, like alpine:edge")
    ),
]
LinkedFile = Annotated[RelPath, AfterValidator(versionfiles.check_linked)]
Tagger = Annotated[Line, AfterValidator(rules.check_tagger)]


class Versioning(Model):
    """Rules for versions. What is not given here is what `jjbgen.yaml` says under `defaults.version`."""

    tag_prefix: TagPrefix | None = None
    """What git tags begin with; by default `v` for Go modules, and nothing for others."""
    release_to_release: Flag | None = None
    """Whether `VERSION` may keep a released version until the next release (by default no): changes after a
    release need no `-dev`."""
    predecessor: Flag | None = None
    """Whether a version's predecessor has to be released (by default no): 1.2.4 needs 1.2.3, 1.3.0 any 1.2."""
    linked: Annotated[tuple[LinkedFile, ...] | None, OneOrMany, EachOnce] = None
    """Files that have to say the same version: package.json, pom.xml, Chart.yaml (its `appVersion`), pyproject.toml,
    setup.cfg, a Python module with `__version__`, another VERSION."""
    no_snapshots: Annotated[tuple[RelPath, ...] | None, OneOrMany, EachOnce] = None
    """Files in which a release must not have a version with `-SNAPSHOT` or `-dev`."""
    parents: Policy | None = None
    """What the parent images of a release are named by: `version` (the default: a tag with a version, or a
    digest), `digest`, or `any`."""
    allowed_parents: Annotated[tuple[ImageReference, ...] | None, OneOrMany, EachOnce] = None
    """Parent images that are fine as they are, for example gcr.io/distroless/static:nonroot."""
    image_tags: Annotated[tuple[ImageTag, ...] | None, OneOrMany, EachOnce] = None
    """Tags that images get beside their version, made of `{version}`, `{major}`, `{minor}`, `{patch}`. One that
    several releases share stays with the highest of them."""
    tagger: Tagger | None = None
    """Who makes git tags, as `Name <address>`; by default whom git on the agent knows."""
    next_change: Flag | None = None
    """Whether a release is followed by a change that moves `VERSION` to the next `-dev`: a Gerrit change, or a
    pull request. By default no."""
