"""The stages around a version: its check, the gate, artifacts under the names the gate gave, the tag, what follows."""

from __future__ import annotations

from collections.abc import Iterator

from jjbgen import defaults
from jjbgen.component import Body
from jjbgen.jobs import Binding, Stage, Step
from jjbgen.kinds import KINDS
from jjbgen.pipeline import kind
from jjbgen.project import GitHub
from jjbgen.rules import IDENTITY, Rules, options, tagger
from jjbgen.scope import Scope, bash, bindings


def version_check(scope: Scope) -> Iterator[Stage]:
    if not _is_versioned(scope.body):
        return
    steps = [_version_step(scope, "check", "version-check")]
    if scope.body.charts:
        steps.append(_version_step(scope, "charts", "charts-check"))
    yield Stage("version-check", "Version check", "version-check", tuple(steps))


def _version_step(scope: Scope, command: str, template: str, label: str = "") -> Step:
    """A step that runs `jjbgen version <command>` with the component's rules."""
    words = options(_rules(scope), command)
    return Step(label or f"jjbgen version {command}", template, {"options": words})


def _rules(scope: Scope) -> Rules:
    if scope.common.rules is None:
        scope.common.rules = defaults.rules(scope.project, scope.body)
    return scope.common.rules


def _is_versioned(body: Body) -> bool:
    return any("gate" in KINDS[kind(name, each)].sections for name, each in body.pipelines.items())


def gate(scope: Scope) -> Iterator[Stage]:
    values = {"followed": defaults.next_change(scope.project, scope.body)}
    yield Stage("gate", "Version gate", "gate", (_version_step(scope, "gate", "gate"),), values=values)


def images(scope: Scope) -> Iterator[Stage]:
    for name, image in scope.body.images.items():
        values = {"tool": scope.project.defaults.container_tool, "image": image}
        step = Step(f"Build {image.repository}", "image-build", values)
        yield Stage(f"image-{name}", f"Build image {name}", "image", (step,))


def keep_images(scope: Scope) -> Iterator[Stage]:
    if not scope.project.defaults.keep_images:
        return
    for name, image in scope.body.images.items():
        values = {"tool": scope.project.defaults.container_tool, "image": image, "file": f"images/{name}.tar"}
        step = Step(f"Save {image.repository}", "image-save", values)
        yield Stage(
            f"keep-images-{name}", f"Keep image {name}", "keep-images", (step,), values={"file": f"images/{name}.tar"}
        )


def push_images(scope: Scope) -> Iterator[Stage]:
    for name, image in scope.body.images.items():
        registry = scope.project.registries[image.registry]
        values = {"tool": scope.project.defaults.container_tool, "image": image, "registry": registry}
        step = Step(f"Push {image.repository}", "image-push", values)
        bound = bindings(scope.project, {"REGISTRY": registry.credentials} if registry.credentials else {})
        yield Stage(f"push-image-{name}", f"Push image {name}", "push", (step,), credentials=bound)


def push_charts(scope: Scope) -> Iterator[Stage]:
    for name, chart in scope.body.charts.items():
        repository = scope.project.chart_repositories[chart.repository]
        step = Step(f"Push {chart.path}", "chart-push", {"chart": chart, "repository": repository})
        bound = bindings(scope.project, {"CHARTS": repository.credentials} if repository.credentials else {})
        yield Stage(f"push-chart-{name}", f"Push chart {name}", "push", (step,), credentials=bound)


def push_packages(scope: Scope) -> Iterator[Stage]:
    for name, package in scope.body.packages.items():
        repository = scope.project.package_repositories[package.repository]
        steps = [bash(f"Prepare package {name}", package.prepare)] if package.prepare else []
        steps.append(Step(f"Upload package {name}", f"package-{repository.type}", {"repository": repository}))
        bound = bindings(scope.project, {"PACKAGES": repository.credentials} if repository.credentials else {})
        yield Stage(
            f"push-package-{name}",
            f"Publish package {name}",
            "push",
            tuple(steps),
            directory=package.directory,
            credentials=bound,
        )


def tag(scope: Scope) -> Iterator[Stage]:
    credentials = scope.project.code_hosts[scope.repository.host].push_credentials
    step = _version_step(scope, "tag", "tag", "jjbgen version tag --push")
    yield Stage("tag", "Tag", "tag", (step,), values={"credentials": credentials})


def next_change(scope: Scope) -> Iterator[Stage]:
    host = scope.project.code_hosts[scope.repository.host]
    if host.push_credentials is None or not defaults.next_change(scope.project, scope.body):
        return
    rules = _rules(scope)
    values: dict[str, object] = {"options": options(rules, "next"), "code_host": host.type}
    values["known"], values["identity"] = rules.tagger is not None, tagger(rules) or IDENTITY
    bound: tuple[Binding, ...] = ()
    if isinstance(host, GitHub):
        values["api"] = f"{host.api}/repos/{scope.repository.project}/pulls"
        bound = bindings(scope.project, {"PUSH": host.push_credentials})
    step = Step("Propose the next version", "next-change", values)
    stage_values = {"credentials": host.push_credentials}
    yield Stage("next-change", "Next version", "next-change", (step,), credentials=bound, values=stage_values)
