"""From the plan to files: JJB YAML and Groovy, by the templates.

Safe by construction: in a template a plain value cannot be printed. It has to pass through the filter of
its place (`|groovy`, `|shell`, `|yaml`), which returns text marked with that language; printing anything
else, or text of another language, is an error. Templates run in Jinja's sandbox.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from typing import Any, TypeVar, cast

from jinja2 import BytecodeCache

from jjbgen import pouring, quoting
from jjbgen.drafts import Named
from jjbgen.errors import ConfigError, Pos, Problem
from jjbgen.homes import Home
from jjbgen.jobs import ComponentPlan, Job, Plan, Script, Stage, Step
from jjbgen.load import Templates
from jjbgen.model import Model
from jjbgen.quoting import Groovy, Language, Shell, Yaml
from jjbgen.records import is_record
from jjbgen.templating import FOLDER, Environment, environment_of, rendered

JOBS_FILE = "jobs.yaml"
ROOT_FILE = "root.yaml"
DEPLOYED = "JJBGEN_DEPLOYED"
"""The variable of a build by which it knows that something has to be taken down."""

Text = TypeVar("Text")

Files = dict[str, str]
"""Text by path below the output folder."""


class Renderer:
    """Prints plans; each template is compiled once."""

    def __init__(self, templates: Templates, compiled: BytecodeCache | None = None) -> None:
        """What is in `compiled` need not be compiled at all."""
        self._used: set[str] = set()
        self._groovy = environment_of(templates, Groovy, self._used, compiled)
        self._shell = environment_of(templates, Shell, self._used, compiled)
        self._yaml = environment_of(templates, Yaml, self._used, compiled)
        self._groovy.filters["sh"] = self._sh
        self._groovy.filters["sh_arguments"] = self._sh_arguments
        for environment, language in ((self._groovy, Groovy), (self._yaml, Yaml)):
            environment.part = environment.globals["part"] = partial(self._part, environment, language)
        self._known: dict[tuple[str, str], tuple[str, frozenset[str]]] = {}
        self._stages: dict[int, tuple[Stage, Groovy, frozenset[str]]] = {}
        self._pours_scripts = not any(name.startswith("pipelines/") for name in templates.own)
        self._pours_jobs = not any(name.startswith("jobs/") for name in templates.own)
        self._texts: dict[str, tuple[pouring.Pieces, frozenset[str]]] = {}

    def taken(self) -> frozenset[str]:
        """The names of the templates that were used since this was last asked."""
        used = frozenset(self._used)
        self._used.clear()
        return used

    def _once(self, environment: Environment, template: str, values: Mapping[str, Any]) -> tuple[str, frozenset[str]]:
        """The text of a template for these values, which other components and jobs often have too, and what it uses.

        The values are such that their `repr` shows all that they are (see `_is_shown`).
        """
        key = template, repr(values)
        known = self._known.get(key)
        if known is None:
            known = self._known[key] = self._apart(lambda: rendered(environment, template, values))
        return known

    def _noted(self, made: tuple[Text, frozenset[str]]) -> Text:
        """What was made apart, in a text that uses the same templates."""
        self._used |= made[1]
        return made[0]

    def _apart(self, make: Callable[[], Text]) -> tuple[Text, frozenset[str]]:
        """What is made, and the templates that this takes, which count as used when it is."""
        before = self.taken()
        made = make()
        used = self.taken()
        self._used |= before
        return made, used

    def files(self, plan: Plan, only: Iterable[str] | None = None) -> Files:
        """All files of a plan, or those of the components named in `only`."""
        wanted = None if only is None else set(only)
        result: Files = {}
        for component in plan.components:
            if wanted is None or component.name in wanted:
                result |= self.component(component)
        if wanted is None:
            result |= self.general(plan.title, plan.homes, plan.jobs)
        return result

    def component(self, component: ComponentPlan) -> Files:
        """The files of one component."""
        self._stages.clear()
        result = {
            f"{component.name}/{name}": self.script(component, script) for name, script in component.scripts.items()
        }
        home = component.home
        texts = [self._poured_job(home.folder, job) for job in component.jobs]
        values = {
            "component": component,
            "folder": home.folder,
            "view": home.full_name(component.name),
            "texts": None if None in texts else [Yaml(text) for text in texts if text is not None],
        }
        result[f"{component.name}/{JOBS_FILE}"] = rendered(self._yaml, "jobs/jobs.yaml.j2", values)
        return result

    def job(self, component: ComponentPlan, job: Job) -> str:
        """The JJB YAML of one job, as it stands in that of its component."""
        values = {"component": component, "folder": component.home.folder, "job": job}
        return rendered(self._yaml, "jobs/job.yaml.j2", values)

    def general(self, title: str, homes: Iterable[Home], jobs: Callable[[Home], Iterable[Job | Named]]) -> Files:
        """The files that belong to no component: the folders, and the views of everything."""
        homes = tuple(homes)
        values = {
            "title": title,
            "folders": list(dict.fromkeys(name for home in homes for name in home.folders())),
            "views": [{"name": home.full_name(home.root_view), "jobs": jobs(home)} for home in homes],
        }
        return {ROOT_FILE: str(rendered(self._yaml, "jobs/root.yaml.j2", values))}

    def script(self, component: ComponentPlan, script: Script) -> str:
        """The Groovy of one pipeline."""
        stages = [(stage.name, self.stage(stage)) for stage in script.stages]
        if script.teardown:
            _check_deploy(dict(stages))
        text = self._poured_script(component, script, stages)
        if text is None:
            values = {"component": component, "script": script, "stages": stages}
            text = rendered(self._groovy, f"pipelines/{script.kind}.groovy.j2", values)
        return quoting.finished(Groovy(text))

    def _poured_script(self, component: ComponentPlan, script: Script, stages: list[tuple[str, Groovy]]) -> str | None:
        """The text of a pipeline, poured around its stages, its URL and its lock; None if it has to be printed."""
        if not self._pours_scripts:
            return None
        names = tuple(name for name, _ in stages)

        def printed() -> str:
            values = pouring.script_with_holes(component, script, names)
            return rendered(self._groovy, f"pipelines/{script.kind}.groovy.j2", values)

        key = pouring.key_of_script(script, names)
        return self._poured(key, printed, lambda: pouring.in_script(component, script), [text for _, text in stages])

    def _poured_job(self, folder: str | None, job: Job) -> str | None:
        """The YAML of a job, poured around what is only printed of it; None if it has to be printed."""
        if not self._pours_jobs:
            return None

        def printed() -> str:
            values = {"folder": folder, "job": pouring.job_with_holes(job)}
            return rendered(self._yaml, "jobs/job.yaml.j2", values).removesuffix("\n")

        return self._poured(pouring.key_of_job(job, folder), printed, lambda: pouring.in_job(job))

    def _poured(
        self,
        key: str | None,
        printed: Callable[[], str],
        in_holes: Callable[[], Mapping[str, str]],
        blocks: Sequence[Groovy] = (),
    ) -> str | None:
        """A text, poured around what is in its holes; with them it is printed for the first that has this key."""
        try:
            values = in_holes()
        except ValueError:  # which a template would tell with its place
            return None
        if key is None:
            return None
        known = self._texts.get(key)
        if known is None:
            known = self._texts[key] = self._apart(lambda: pouring.pieces(printed()))
        return pouring.pour(self._noted(known), values, blocks)

    def stage(self, stage: Stage) -> Groovy:
        """The text of one stage, as it stands at the left margin; pipelines of a component share theirs."""
        known = self._stages.get(id(stage))
        if known is None:
            template = f"stages/{stage.template}.groovy.j2"
            text, used = self._once(self._groovy, template, {"stage": stage})
            known = self._stages[id(stage)] = stage, quoting.settle(text.rstrip("\n")), used
        return self._noted(known[1:])

    def _part(self, environment: Environment, language: Language, template: str, **values: object) -> str:
        """A part of a text, which sees these values only."""
        is_shown = all(map(_is_shown, values.values()))
        text = (
            self._noted(self._once(environment, template, values))
            if is_shown
            else rendered(environment, template, values)
        )
        return language(text.removesuffix("\n"))

    def _sh(self, steps: Iterable[Step]) -> Groovy:
        return Groovy("\n".join(self._sh_step(step) for step in steps))

    def _sh_step(self, step: Step) -> str:
        script = self._script_of(step)
        return f"sh {quoting.groovy(script)}" if script.strip() == step.label else f"sh({_arguments(step, script)})"

    def _sh_arguments(self, step: Step) -> Groovy:
        return _arguments(step, self._script_of(step))

    def _script_of(self, step: Step) -> Shell:
        return Shell(self._noted(self._once(self._shell, f"shell/{step.template}.sh.j2", step.values)))


_PLAIN = (str, int, bool, type(None))


def _is_shown(value: object) -> bool:
    """Whether the `repr` of a value shows all that it is: not of a generator, nor of a text in some language."""
    if type(value) in (dict, tuple):
        return all(map(_is_shown, value.values() if isinstance(value, dict) else cast("tuple[object, ...]", value)))
    return type(value) in _PLAIN or is_record(value) or isinstance(value, Model)


def _check_deploy(stages: Mapping[str, Groovy]) -> None:
    """Refuse a deploy stage, of a template of the config repo, after which nothing would be taken down."""
    if DEPLOYED not in stages.get("deploy", Groovy(DEPLOYED)):
        what = f"the stage does not begin with script {{ env.{DEPLOYED} = 'true' }}: nothing would be taken down"
        raise ConfigError([Problem(Pos(f"{FOLDER}stages/deploy.groovy.j2"), "", what)])


def _arguments(step: Step, script: Shell) -> Groovy:
    return Groovy(f"label: {quoting.groovy(step.label)}, script: {quoting.groovy(script)}")
