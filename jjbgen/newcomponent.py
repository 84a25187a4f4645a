"""The first descriptor of a component, from what its checkout shows and what the settings know.

Whatever may be otherwise is marked as a guess, and nothing is written that `jjbgen check` would refuse: a value that
the descriptor's models do not take is left out, and so is work for which no agent has the tool.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field

from jjbgen import buildtools, checkout, component, homes, naming, newpipelines, work
from jjbgen.checkout import Findings, Image, Place
from jjbgen.clone import MAX_FOUND
from jjbgen.component import Component
from jjbgen.dockerfile import unpinned
from jjbgen.model import BranchName, ProjectPath
from jjbgen.project import Project
from jjbgen.sketch import Said, Sketch, takes
from jjbgen.versionfiles import MISSING

_HEADER = "# Written by `jjbgen new`. What is called a guess wants a look; docs/descriptor.md has every key.\n"
_DOCKER_HUB = ("docker.io", "index.docker.io", "registry-1.docker.io")
_MAX_TOLD = 6
"""How many names a comment lists."""


@dataclass(frozen=True, slots=True)
class New:
    """A new descriptor: its text, and what is told about it."""

    text: str
    said: tuple[Said, ...]


def new(name: str, project: Project, findings: Findings | None, siblings: Sequence[Component] = ()) -> New:
    """The descriptor of the component `name`; without findings one to start from.

    `siblings` are the components that the config repo has already: they show how images are called.
    """
    maker = _Maker(name, project, findings or Findings(), siblings)
    sketch = maker.sketch
    maker.identity()
    maker.repository()
    versioned = findings is None or maker.version()
    if findings:
        maker.works()
        maker.images()
        maker.artifacts(versioned=versioned)
    if not findings or not newpipelines.add(sketch, project, versioned=versioned):
        newpipelines.usual_work(sketch, project, nightly=not findings)
        newpipelines.add(sketch, project, versioned=versioned)
    for note in maker.findings.notes:
        sketch.note(note.text, note.seen)
    return New(_HEADER + sketch.text(), tuple(sketch.said))


@dataclass(frozen=True, slots=True)
class _Maker:
    name: str
    project: Project
    findings: Findings
    siblings: Sequence[Component]
    sketch: Sketch = field(default_factory=Sketch)

    def identity(self) -> None:
        values = self.sketch.values
        values["title"] = self.name.replace("-", " ").capitalize()
        self.sketch.guess(("title",), "what it is, in a few words")
        values["owners"] = (f"{self.name}-maintainers",)
        self.sketch.guess(("owners",), "who to ask")
        if not homes.controllers_of(self.project, ()):
            labels = (label for each in self.project.controllers.values() for label in each.labels)
            values["labels"] = (next(labels),)
            self.sketch.guess(("labels",), "each controller takes components by label")

    def repository(self) -> None:
        hosts = self.project.code_hosts
        place = checkout.place(self.findings.remotes, hosts, self.name)
        if not takes(ProjectPath, place.project):
            self.sketch.leave_out(f"the project {place.project!r}: a descriptor cannot name it", place.seen)
            place = checkout.place((), hosts, self.name)
        branches: dict[str, None] = {}
        self.sketch.values["repository"] = {"host": place.host, "project": place.project, "branches": branches}
        self.sketch.tell(f"project {place.project} on {place.host}", place.seen or "jjbgen.yaml", guess=place.guess)
        if place.guess:
            self.sketch.guess(("repository", "project"), place.why)
        self._branches(place, branches)

    def _branches(self, place: Place, branches: dict[str, None]) -> None:
        found, releases = checkout.tracked(self.findings.branches, place.remote)
        main = found.name if found and self._is_branch(found.name) else None
        branches[main or "main"] = None
        if main and found:
            self.sketch.tell(f"branch {main}", found.seen)
        else:
            self.sketch.guess(("repository", "branches", "main"), "the usual name")
        same = {naming.slug(main or "main").lower()}
        few = [each for each in releases[:MAX_FOUND] if naming.slug(each.name).lower() not in same]
        usable = [each for each in few if self._is_branch(each.name)]
        if usable:
            last, *older = (each.name for each in usable)
            branches[last] = None
            self.sketch.tell(f"branch {last}", usable[0].seen, guess=True)
            others = (
                f"; also there: {', '.join(older[:_MAX_TOLD])}{', …' if older[_MAX_TOLD:] else ''}" if older else ""
            )
            self.sketch.guess(("repository", "branches", last), f"called like a release, and changed last{others}")

    def _is_branch(self, name: str) -> bool:
        """Whether a branch can be tracked: its name is one for a descriptor, and its jobs' names are not too long."""
        if not takes(BranchName, name):
            self.sketch.leave_out(f"the branch {name!r}: a descriptor cannot name it", "git")
            return False
        try:
            naming.job_name(self.project.naming.job, self.name, "post-merge", name, {})
        except (KeyError, ValueError) as error:
            self.sketch.leave_out(f"the branch {name}: {error}", "git")
            return False
        return True

    def version(self) -> bool:
        """Tell the version; returns whether there is one, perhaps a wrong one, that can be published."""
        found = self.findings.version
        if found == MISSING:
            self.sketch.remark("pipelines", f"No publish, for {found.fault}.")
            return False
        if found.fault:
            self.sketch.remark("pipelines", f"{found.source}: {found.fault}.")
        self.sketch.tell(f"version {found.shown or 'that cannot be read'}", found.source or "")
        return True

    def works(self) -> None:
        build = self.findings.build
        if build:
            value = {"tool": build.tool, "targets": build.targets, "commands": build.commands}
            self.sketch.values["build"] = {key: entry for key, entry in value.items() if entry}
            self.sketch.tell(" ".join(("build tool", build.tool, *build.targets)), build.seen, guess=build.guess)
            if build.guess or not (build.targets or build.commands):
                why = "" if build.guess else ", and nothing in it is called like a build"
                self.sketch.guess(("build",), f"there is {build.seen}{why}")
        for each in self.findings.checks:
            self._one_work("checks", work.Work, each)
        for each in self.findings.tests:
            self._one_work("tests", work.Test, each)

    def _one_work(self, section: str, model: type[work.Work], found: buildtools.Work) -> None:
        build = self.findings.build
        value = {
            "category": found.category if found.category != found.name else None,
            "framework": found.framework,
            "tool": found.tool if not (build and build.tool == found.tool) else None,
            "targets": found.targets,
            "commands": found.commands,
            "results": {"junit": found.junit} if found.junit else None,
        }
        entry = {key: each for key, each in value.items() if each}
        name = self.sketch.entry(section, found.name, model, entry, found.seen)
        if name:
            runs = " ".join((found.tool or "", *found.targets, *found.commands)).strip()
            what = f"{found.category} tests" if found.category else "check"
            what = what if name == found.category else f"{what} {name}"
            self.sketch.tell(f"{what}: {runs}", found.seen, guess=found.guess)
        if name and found.guess:
            self.sketch.guess((section, name), f"there is {found.seen}")

    def images(self) -> None:
        for image in self.findings.images:
            registry, repository, why = self._repository_of(image)
            if registry is None:
                self.sketch.leave_out(f"the image {repository}: {why}", image.seen, "images")
                continue
            value = {"registry": registry, "repository": repository}
            value |= {"dockerfile": image.dockerfile} if image.dockerfile != "Dockerfile" else {}
            value |= {"context": image.context} if image.context != "." else {}
            value |= {"target": image.target} if image.target else {}
            last = repository.rpartition("/")[2].replace("_", "-")
            name = self.sketch.entry("images", last, component.Image, value, image.seen)
            if name is None:
                continue
            self.sketch.tell(f"image {repository} of {image.dockerfile}", image.seen, guess=bool(why))
            if why:
                self.sketch.guess(("images", name, "repository"), why)
            self._parents(image)

    def _repository_of(self, image: Image) -> tuple[str | None, str, str]:
        """The registry of an image (None when none fits), its name there, and why that is a guess or cannot be."""
        urls = {name: registry.url for name, registry in self.project.registries.items()}
        name = image.name or str(self.sketch.values["repository"]["project"]).rpartition("/")[2].lower()
        for registry, url in urls.items():
            if name.startswith(f"{url}/"):
                return registry, name.removeprefix(f"{url}/"), ""
        first, _, rest = name.partition("/")
        if rest and ("." in first or ":" in first or first == "localhost"):
            return None, name, f"no registry of jjbgen.yaml is {first}"
        # Where there are several, a name without a registry means Docker Hub.
        fitting = [each for each, url in urls.items() if url in _DOCKER_HUB or len(urls) == 1]
        if len(fitting) != 1:
            return (
                None,
                name,
                f"choose one of the registries {', '.join(urls)}" if urls else "jjbgen.yaml has no registry",
            )
        why = f"called after {image.seen}" if image.guess else ""
        if not rest:
            space, why = self._organisation(urls[fitting[0]])
            name = f"{space}/{name}" if space else name
        return fitting[0], name, why

    def _organisation(self, url: str) -> tuple[str, str]:
        """What stands in front of the names of images in a registry, and how that is known."""
        repository = self.sketch.values["repository"]
        owner = repository["project"].rpartition("/")[0]
        near = [each for each in self.siblings if each.repository.host == repository["host"]]
        names = Counter(
            image.repository.partition("/")[0]
            for each in near
            for image in each.images.values()
            if "/" in image.repository and each.repository.project.rpartition("/")[0] == owner
        )
        if names:
            return names.most_common(1)[0][0], "in front is what other components have there"
        # Organisations of Docker Hub have letters and digits only.
        name = owner.rpartition("/")[2].lower()
        name = "".join(filter(str.isalnum, name)) if url in _DOCKER_HUB else name
        return name, "in front is the organisation" if name else "perhaps an organisation has to stand in front"

    def _parents(self, image: Image) -> None:
        """Say which parent images a release of an image would be refused for."""
        rules = self.project.defaults.version
        for parent in image.parents:
            loose = unpinned(parent, rules.parents or "version")
            if loose and parent not in (rules.allowed_parents or ()):
                self.sketch.remark(
                    "images", f"A release will want another parent image in {image.dockerfile}: {parent} {loose}."
                )

    def artifacts(self, *, versioned: bool) -> None:
        """Charts and packages, each for the one repository that the settings have for it."""
        for chart in self.findings.charts:
            repository = self._only(self.project.chart_repositories, f"the chart {chart.name}", chart.seen, "charts")
            if repository:
                value = {"path": chart.path, "repository": repository}
                name = chart.name.lower().replace("_", "-")
                if self.sketch.entry("charts", name, component.Chart, value, chart.seen):
                    self.sketch.tell(f"chart {chart.name}", chart.seen)
        for package in self.findings.packages:
            known = [name for name, each in self.project.package_repositories.items() if each.type == package.type]
            what = f"the {package.type} package"
            if not versioned:
                self.sketch.leave_out(f"{what}: there is no version to publish it under", package.seen, "packages")
            elif repository := self._only(known, what, package.seen, "packages"):
                self.sketch.entry("packages", package.type, component.Package, {"repository": repository}, package.seen)
                self.sketch.tell(f"{package.type} package", package.seen, guess=True)
                self.sketch.guess(("packages", package.type), f"there is {package.seen}")

    def _only(self, known: Collection[str], what: str, seen: str, section: str) -> str | None:
        """The only one of some repositories; where there is no only one, that is told."""
        if len(known) == 1:
            return next(iter(known))
        why = f"choose one of the repositories {', '.join(known)}" if known else "jjbgen.yaml has no repository for it"
        self.sketch.leave_out(f"{what}: {why}", seen, section)
        return None
