"""Which pipelines a new component has, and on which agents: only such as have the tools that the work needs."""

from __future__ import annotations

from collections.abc import Iterator
from copy import deepcopy
from typing import Any

from jjbgen import defaults
from jjbgen.buildtools import FIXED
from jjbgen.check_agents import misfits
from jjbgen.component import OVERRIDABLE, Body
from jjbgen.kinds import KINDS
from jjbgen.pipeline import Pipeline
from jjbgen.project import Project
from jjbgen.sketch import Path, Sketch
from jjbgen.tools import TOOLS
from jjbgen.work import COMMAND

Values = dict[str, Any]
Agents = dict[str, str | None]
"""The agent purpose of each pipeline; None for that of its kind."""

_CRON = "H 3 * * *"


def add(sketch: Sketch, project: Project, *, versioned: bool) -> bool:
    """Add the pipelines that have something to run; returns whether there is any.

    Work that no agent has the tool for is left out. `versioned` says whether there is a version to publish.
    """
    agents = _fitting(project, sketch.values, versioned=versioned)
    while agents is None:
        _make_fit(sketch, project, versioned=versioned)
        agents = _fitting(project, sketch.values, versioned=versioned)
    if not agents:
        return False
    sketch.values["pipelines"] = {name: {"agent": agent} if agent else None for name, agent in agents.items()}
    for name, agent in agents.items():
        if agent:
            sketch.guess(("pipelines", name, "agent"), "the first agent that has what it needs")
    nightly = KINDS["nightly"]
    if nightly.name in agents:
        sketch.remark("pipelines", "Nightly deploys nothing yet; `deployment` says how a system under test is set up.")
    if nightly.name in agents and defaults.schedule(project, nightly, Pipeline()) is None:
        sketch.values["pipelines"][nightly.name] = {
            **(sketch.values["pipelines"][nightly.name] or {}),
            "schedule": _CRON,
        }
        sketch.guess(("pipelines", nightly.name, "schedule"), "once a day")
    return True


def usual_work(sketch: Sketch, project: Project, *, nightly: bool) -> None:
    """Work to start from where nothing is known: a build, unit tests and, with `nightly`, integration tests."""
    had = {tool for agent in project.agents.values() for tool in agent.has}
    tool = next((name for name, each in TOOLS.items() if each.needs in had), COMMAND)
    build, unit = (FIXED[tool].build, FIXED[tool].unit) if tool in FIXED else (("build",), ("test",))
    if tool == COMMAND:
        sketch.values["build"] = {"tool": COMMAND, "commands": ("./build.sh",)}
        sketch.values["tests"] = {"unit": {"commands": ("./test.sh",)}}
    else:
        sketch.values["build"] = {"tool": tool, "targets": build}
        sketch.values["tests"] = {"unit": {"targets": unit}}
    sketch.guess(("build",), "what builds it")
    sketch.guess(("tests", "unit"), "quick tests, also before a merge")
    if nightly:
        sketch.values["tests"]["integration"] = {"commands": ("tests/integration.sh",)}
        sketch.guess(("tests", "integration"), "slower tests, every night")


def _names(values: Values, *, versioned: bool) -> tuple[str, ...]:
    """The pipelines that have something to run."""
    tests = {test.get("category", name) for name, test in values.get("tests", {}).items()}
    quick = bool(values.get("build") or tests & {"unit", "smoke"})
    delivers = any(values.get(section) for section in ("images", "charts", "packages"))
    publish = versioned and (quick or delivers)
    wanted = {
        "pre-merge": quick or values.get("checks") or values.get("charts") or publish,
        "post-merge": quick or values.get("images"),
        "nightly": tests & set(KINDS["nightly"].test_categories),
        "publish": publish,
    }
    return tuple(name for name in KINDS if wanted.get(name))


def _fitting(project: Project, values: Values, *, versioned: bool) -> Agents | None:
    """Agents that have all that the pipelines need, of each the default one if that will do; None if there is none."""
    names = _names(values, versioned=versioned)
    if not names:
        return {}
    written = {key: value for key, value in values.items() if key in OVERRIDABLE}
    body = Body.model_validate({**written, "pipelines": dict.fromkeys(names)})
    agents: Agents = {}
    for name in names:
        for purpose in (None, *project.agents):
            pipeline = Pipeline.model_validate({"agent": purpose} if purpose else {})
            if not any(misfits(project, body, KINDS[name], pipeline)):
                agents[name] = purpose
                break
        else:
            return None
    return agents


def _make_fit(sketch: Sketch, project: Project, *, versioned: bool) -> None:
    """Change as little as possible for agents to fit: another agent for some work, else leave something out."""
    changes = [*_other_agents(sketch.values, project), *_omissions(sketch.values)]
    for path, agent in changes:
        trial = deepcopy(sketch.values)
        _change(trial, path, agent)
        if _fitting(project, trial, versioned=versioned) is not None:
            break
    else:
        # No single change will do: begin with what matters least.
        path, agent = next(_omissions(sketch.values))
    _change(sketch.values, path, agent)
    if agent:
        sketch.guess((*path, "agent"), "the pipeline's lacks the tool")
    else:
        for commented in [other for other in sketch.comments if other[: len(path)] == path]:
            del sketch.comments[commented]
        sketch.leave_out(f"{' '.join(path)}: no agent has the tools for it beside the rest", "jjbgen.yaml", path[0])


def _other_agents(values: Values, project: Project) -> Iterator[tuple[Path, str]]:
    """Ways to give a check or a test an agent of its own."""
    for section in ("checks", "tests"):
        for name, entry in values.get(section, {}).items():
            if "agent" not in entry and "targets" in entry:
                yield from (((section, name), purpose) for purpose in project.agents)


def _omissions(values: Values) -> Iterator[tuple[Path, None]]:
    """What may be left out, beginning with what matters least."""
    for section in ("packages", "charts", "images", "checks", "tests"):
        yield from (((section, name), None) for name in reversed(values.get(section, {})))
    if "build" in values:
        yield ("build",), None


def _change(values: Values, path: Path, agent: str | None) -> None:
    """Give the work at `path` an agent, or without one leave it out."""
    section, *name = path
    if agent:
        values[section][name[0]]["agent"] = agent
        return
    entries = values.get(section, {}) if name else values
    del entries[name[0] if name else section]
    for other in ("checks", "tests"):
        # Without a build, its tool is nobody's any more.
        for key, entry in list(values.get(other, {}).items()):
            if not name and "targets" in entry and "tool" not in entry:
                del values[other][key]
    for empty in [key for key, entry in values.items() if entry == {}]:
        del values[empty]
