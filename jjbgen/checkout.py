"""What the checkout of a component shows: how it is built, checked and tested, and what it delivers.

Nothing of it is run. Names are taken as the files write them; whoever uses them has to see whether they are usable.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath
from urllib.parse import urlsplit

from jjbgen import buildtools, charts, clone, dockerfile, versionfiles
from jjbgen.buildtools import Build, Work
from jjbgen.clone import MAX_FOUND, Branch, Clone, Finding, Note, Remote, is_own
from jjbgen.errors import ConfigError
from jjbgen.makefile import Makefile
from jjbgen.project import CodeHost
from jjbgen.versionfiles import CHART, Reading

_ASIDE = re.compile(
    r"tests?|tools?|hack|examples?|samples?|docs?|ci|e2e|dev|\..+|.*[-_.](?:dev|tests?|tools?)", re.IGNORECASE
)
"""Folders whose Dockerfiles are not for what the component delivers."""
_ASIDE_IMAGE = re.compile(
    r".*[._-](?:build|builder|base|ci|debug|dev|devel|local|tests?|tools?)(?:[._-].*)?", re.IGNORECASE
)
_GENERAL = frozenset(("build", "container", "deploy", "deployments", "docker", "image", "images", "package"))
"""Folders that Dockerfiles are in whatever they are of."""
_MAX_DEPTH = 3
"""Parts of the path of a Dockerfile that is taken unasked, like build/amf/Dockerfile."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Image(Finding):
    """A Dockerfile of something that is delivered."""

    name: str
    """As it is built there, perhaps without its first parts; empty when nothing tells."""
    dockerfile: str
    context: str = "."
    target: str | None = None
    parents: tuple[str, ...] = ()
    """The images it builds on, as far as they are known."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Chart(Finding):
    """A Helm chart: its name, and its folder."""

    name: str
    path: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Package(Finding):
    """A language package, by the type of its repositories: maven, npm, pypi."""

    type: str


@dataclass(frozen=True, slots=True)
class Findings:
    """All that a checkout shows."""

    remotes: tuple[Remote, ...] = ()
    branches: tuple[Branch, ...] = ()
    build: Build | None = None
    checks: tuple[Work, ...] = ()
    tests: tuple[Work, ...] = ()
    images: tuple[Image, ...] = ()
    charts: tuple[Chart, ...] = ()
    packages: tuple[Package, ...] = ()
    version: Reading = versionfiles.MISSING
    notes: tuple[Note, ...] = ()


def look(folder: Path) -> Findings:
    """Look at a checkout; raises NoCheckoutError when there is no such folder."""
    found = clone.read(folder)
    tools = buildtools.Tools.of(found)
    build = tools.build()
    checks, tests = tuple(tools.checks(build)), (*tools.tests(build), *buildtools.suites(found))
    images = tuple(_images(found, tools.make))
    if build and build.tool == "npm" and "package-lock.json" not in found.files:
        found.note("package.json", "has no package-lock.json beside it, which `npm ci` needs")
    return Findings(
        remotes=found.remotes,
        branches=found.branches,
        build=build,
        checks=checks,
        tests=tests,
        images=images,
        charts=tuple(_charts(found)),
        packages=tuple(_packages(found, build, delivers_images=bool(images))),
        version=versionfiles.reading(found.read),
        notes=tuple(found.notes),
    )


def _charts(found: Clone) -> Iterator[Chart]:
    """Helm charts; those that a chart brings along in its `charts/` are a part of it."""
    folders = [folder for folder in charts.folders(found) if is_own(f"{folder}/{CHART}")]
    known = set(folders)
    own = [folder for folder in folders if not _is_inner(PurePosixPath(folder), known)]
    for folder in found.few(own, "charts"):
        try:
            chart = charts.load(found, folder)
        except ConfigError as error:
            problem = error.problems[0]
            found.note(problem.pos.path, f"{problem.field} {problem.what}".strip())
        else:
            if chart:
                yield Chart(seen=chart.document.path, name=chart.name, path=folder)


def _is_inner(folder: PurePosixPath, known: set[str]) -> bool:
    return any(place.name == "charts" and str(place.parent) in known for place in (folder, *folder.parents))


def _images(found: Clone, make: Makefile | None) -> Iterator[Image]:
    """What recipes of the Makefile build; where they build nothing, a guess at each Dockerfile."""
    known = {path for path in found.files if dockerfile.is_dockerfile(path) and is_own(path)}
    made: dict[str, Image] = {}
    for each in make.images if make else ():
        if each.dockerfile not in known:
            found.note(each.seen, f"builds an image by {each.dockerfile}, and there is no such Dockerfile")
            continue
        image = Image(
            seen=each.seen, name=each.name, dockerfile=each.dockerfile, context=each.context, target=each.target
        )
        made.setdefault(image.name, image)
    rest = sorted(known - {image.dockerfile for image in made.values()})
    guessed = [path for path in rest if not made and _delivers(found, path)]
    if aside := [path for path in rest if path not in guessed]:
        more = f" and {len(aside) - 1} more" if len(aside) > 1 else ""
        found.note(aside[0] + more, "an image that the component does not deliver, as it seems")
    images = [*made.values(), *(_guessed_image(path) for path in found.few(guessed, "Dockerfiles"))]
    for image in images[:MAX_FOUND]:
        parents = (parent.image for parent in dockerfile.parents(found.text(image.dockerfile)))
        yield replace(image, parents=tuple(dict.fromkeys(parent for parent in parents if parent)))


def _delivers(found: Clone, path: str) -> bool:
    """Whether a Dockerfile seems to be of something delivered: not aside, and with something of the checkout in it."""
    *folders, name = PurePosixPath(path).parts
    if len(folders) >= _MAX_DEPTH or any(_ASIDE.fullmatch(folder) for folder in folders):
        return False
    if _ASIDE_IMAGE.fullmatch(name.lower().removesuffix(".dockerfile")):
        return False
    return re.search(r"^\s*(?:COPY|ADD)\s", found.text(path), re.IGNORECASE | re.MULTILINE) is not None


def _guessed_image(path: str) -> Image:
    """An image called after what the Dockerfile or its folder is called after: `Dockerfile.agent`, `build/agent/`."""
    pure = PurePosixPath(path)
    own = re.sub(r"(?i)^(?:docker|container)file[._-]?|\.(?:docker|container)file$", "", pure.name)
    name = own or ("" if pure.parent.name in _GENERAL else pure.parent.name)
    return Image(seen=path, name=name.lower().replace("_", "-"), dockerfile=path, guess=True)


def _packages(found: Clone, build: Build | None, *, delivers_images: bool) -> Iterator[Package]:
    """Packages that the tools at the top make; what goes into an image is not a package of its own, for npm."""
    if build and build.tool == "maven":
        yield Package(seen=build.seen, type="maven", guess=True)
    package = buildtools.package_json(found)
    if package.get("name") and package.get("version") and not package.get("private") and not delivers_images:
        yield Package(seen="package.json", type="npm", guess=True)
    if "setup.py" in found.files:
        yield Package(seen="setup.py", type="pypi", guess=True)
    elif re.search(r"^\[(?:project|build-system)\]", found.text("pyproject.toml"), re.MULTILINE):
        yield Package(seen="pyproject.toml", type="pypi", guess=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class Place(Finding):
    """Where the component's source is, in words of the settings: a code host, and the project on it."""

    host: str
    project: str
    remote: str = ""
    """The git remote that tells."""
    why: str = ""
    """Why it is a guess."""


_NEARNESS = ("upstream", "origin", "gerrit")
"""Remotes that name the project itself, the surest first; others are often somebody's fork."""


def place(remotes: Iterable[Remote], hosts: Mapping[str, CodeHost], name: str) -> Place:
    """The project of a component: what a remote says, else a guess by the component's name and the first code host."""
    ordered = sorted(remotes, key=lambda each: (*(each.name != near for near in _NEARNESS), each.name))
    near: Place | None = None
    for remote in ordered:
        for host, path in _on(remote, hosts):
            project, why = _project(hosts[host], path)
            found = Place(seen=remote.seen, guess=bool(why), host=host, project=project, remote=remote.name, why=why)
            if not why:
                return found
            near = near or found
    if near:
        return near
    host, first = next(iter(hosts.items()))
    told = f"no code host of jjbgen.yaml is {ordered[0].host}" if ordered else "called like the component"
    last = ordered[0].path.rpartition("/")[2] if ordered else name
    project = _project(first, last)[0]
    return Place(seen=ordered[0].seen if ordered else "", guess=True, host=host, project=project, why=told)


def _on(remote: Remote, hosts: Mapping[str, CodeHost]) -> Iterator[tuple[str, str]]:
    """The code hosts that a remote may be on, and its project's path there."""
    for name, host in hosts.items():
        url = urlsplit(host.url)
        if remote.host in (url.hostname, f"ssh.{url.hostname}"):
            path = remote.path.removeprefix(f"{url.path.strip('/')}/")
            # Gerrit's path for those who log in.
            yield name, path.removeprefix("a/") if host.type == "gerrit" else path


def _project(host: CodeHost, path: str) -> tuple[str, str]:
    """The project for a path on a host, and why it is not the path itself if it cannot be."""
    if host.type == "gerrit":
        return path, ""
    organisation, _, rest = path.rpartition("/")
    known = next((each for each in host.organisations if each.lower() == organisation.lower()), None)
    why = f"{organisation!r} is no organisation of jjbgen.yaml" if organisation else "it stands in no organisation"
    return f"{known or host.organisations[0]}/{rest}", "" if known else why


_RELEASE = re.compile(r"(?:([a-z]+)[-_/])?v?[0-9]+(?:\.[0-9]+)*(?:\.[0-9]+|\.x)(?:[-_](?:stable|branch))?")
"""Branches that are called like a release: rel-2.2, release/1.0, voltha-2.14, v0.10.2, 1.4.x."""
_RELEASE_WORDS = frozenset((None, "branch", "maint", "maintenance", "rel", "release", "releases", "stable", "support"))


def tracked(branches: Iterable[Branch], remote: str) -> tuple[Branch | None, tuple[Branch, ...]]:
    """The main branch, None when there is none, and those that look like releases, the last changed one first.

    Branches of `remote` count, else those of `origin`, else those of another remote, else those of the clone itself.
    """
    by_remote: dict[str, list[Branch]] = {}
    for branch in branches:
        by_remote.setdefault(branch.remote, []).append(branch)
    order = (*filter(None, (remote, "origin", *sorted(by_remote))), "")
    group = next((by_remote[name] for name in order if name in by_remote), [])
    by_name = {each.name: each for each in group}
    # In the clone itself HEAD is whatever somebody works on.
    flagged = [each for each in group if each.default and each.remote]
    likely = [by_name[name] for name in ("main", "master") if name in by_name]
    main = next(iter((*flagged, *likely, *(each for each in group if each.default), *group)), None)
    named = {each.name: found[1] for each in group if (found := _RELEASE.fullmatch(each.name))}
    series = Counter(named.values())
    # One branch alone that is called after some software, like grpc-1.32, is more likely to be about that.
    usual = {name for name, word in named.items() if word in _RELEASE_WORDS or series[word] > 1}
    releases = [each for each in group if each.name in usual and each is not main]
    return main, tuple(sorted(releases, key=lambda each: (each.changed, _numbers(each.name)), reverse=True))


def _numbers(name: str) -> list[int]:
    return [int(number) for number in re.findall(r"[0-9]{1,9}", name)]
