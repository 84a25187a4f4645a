"""The stages of a config repo's own pipelines: what a change does, bringing controllers in step, looking for drift."""

from __future__ import annotations

from collections.abc import Iterator

from jjbgen.jobs import Stage, Step
from jjbgen.project import Controller
from jjbgen.scope import Scope, bindings
from jjbgen.work import Results

DIFFERENCE = "jjbgen-diff.md"
"""What a change does to the jobs, for reviewers: archived, and in the log."""


def verify(scope: Scope) -> Iterator[Stage]:
    yield Stage("config-check", "Check", "config", (_run("check"), _run("generate", "--check")))
    show = Step("What changes", "config-diff", {"file": DIFFERENCE})
    results = Results.model_construct(archive=(DIFFERENCE,), may_be_empty=True)
    yield Stage("config-diff", "Difference", "config", (show,), results=results)
    for name in scope.project.controllers:
        look = Step(f"What {name} lacks", "config-look", {"controller": name})
        yield Stage(f"config-look-{name}", f"Look at {name}", "config", (look,))


def deploy(scope: Scope) -> Iterator[Stage]:
    yield Stage("config-check", "Check", "config", (_run("generate", "--check"),))
    words: list[str] = ["update"]
    if scope.pipeline.prune:
        words.append("--prune")
    if scope.pipeline.freeze:
        words += [word for window in scope.pipeline.freeze.windows for word in ("--freeze", window)]
        words += ["--timezone", scope.pipeline.freeze.timezone]
    for name, controller in scope.project.controllers.items():
        yield _on(scope, f"config-deploy-{name}", f"Deploy to {name}", controller, (*words, "--controller", name))


def audit(scope: Scope) -> Iterator[Stage]:
    yield Stage("config-check", "Check", "config", (_run("generate", "--check"),))
    for name, controller in scope.project.controllers.items():
        words = ("plan", "--drift", "--diff", "--controller", name)
        yield _on(scope, f"config-audit-{name}", f"Audit {name}", controller, words)


def _run(*words: str) -> Step:
    return Step(f"jjbgen {' '.join(words)}", "run", {"words": ("jjbgen", *words)})


def _on(scope: Scope, name: str, title: str, controller: Controller, words: tuple[str, ...]) -> Stage:
    """A stage that talks to a controller, with the login for it."""
    bound = bindings(scope.project, {"CONTROLLER": controller.credentials} if controller.credentials else {})
    step = Step(f"jjbgen {words[0]}", "config-controller", {"words": ("jjbgen", *words), "login": bool(bound)})
    return Stage(name, title, "config", (step,), credentials=bound)
