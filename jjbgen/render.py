"""From the plan to files: JJB YAML and Groovy, by the templates.

Safe by construction: in a template a plain value cannot be printed. It has to pass through the filter of
its place (`|groovy`, `|shell`, `|yaml`), which returns text marked with that language; printing anything
else, or text of another language, is an error. Templates run in Jinja's sandbox.
"""

from __future__ import annotations

import re
import traceback
from collections.abc import Callable, Iterable, Mapping, MutableMapping
from dataclasses import replace
from functools import partial
from typing import Any, cast

import jinja2
from jinja2.ext import Extension
from jinja2.lexer import Token, TokenStream
from jinja2.runtime import Context
from jinja2.sandbox import ImmutableSandboxedEnvironment

from jjbgen import quoting
from jjbgen.drafts import Named
from jjbgen.errors import ConfigError, Pos, Problem
from jjbgen.homes import Home
from jjbgen.jobs import ComponentPlan, Job, Plan, Script, Stage, Step
from jjbgen.load import Templates
from jjbgen.model import Model
from jjbgen.quoting import Groovy, Language, Shell, Yaml
from jjbgen.records import is_record

JOBS_FILE = "jobs.yaml"
ROOT_FILE = "root.yaml"
DEPLOYED = "JJBGEN_DEPLOYED"
"""The variable of a build by which it knows that something has to be taken down."""
_FOLDER = "templates/"

_HOLE = "jjbgen hole {}"
"""Stands in a pipeline where something of ours is only printed; no name, URL or path holds a blank."""
_IN_HOLE = re.compile(r"( *)'?jjbgen hole (\w+)'?")
"""A hole with the blanks before it, and with the quotes around a text."""

Files = dict[str, str]
"""Text by path below the output folder."""


class Renderer:
    """Prints plans; each template is compiled once."""

    def __init__(self, templates: Templates) -> None:
        self._used: set[str] = set()
        self._groovy = _environment(templates, Groovy, self._used)
        self._shell = _environment(templates, Shell, self._used)
        self._yaml = _environment(templates, Yaml, self._used)
        self._groovy.filters["sh"] = self._sh
        self._groovy.filters["sh_arguments"] = self._sh_arguments
        for environment, language in ((self._groovy, Groovy), (self._yaml, Yaml)):
            environment.part = environment.globals["part"] = partial(self._part, environment, language)
        self._known: dict[tuple[str, str], tuple[str, frozenset[str]]] = {}
        self._stages: dict[int, tuple[Stage, Groovy, frozenset[str]]] = {}
        self._can_pour = not any(name.startswith("pipelines/") for name in templates.own)
        self._skeletons: dict[str, tuple[list[str], frozenset[str]]] = {}

    def taken(self) -> frozenset[str]:
        """The names of the templates that were used since this was last asked."""
        used = frozenset(self._used)
        self._used.clear()
        return used

    def _once(self, environment: _Environment, template: str, values: Mapping[str, Any]) -> str:
        """The text of a template for these values, which other components and jobs often have too.

        The values are such that their `repr` shows all that they are (see `_is_shown`).
        """
        key = template, repr(values)
        known = self._known.get(key)
        if known is None:
            before = set(self._used)
            self._used.clear()
            text = _rendered(environment, template, values)
            known = self._known[key] = text, frozenset(self._used)
            self._used |= before
        text, used = known
        self._used |= used
        return text

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
        values = {"component": component, "folder": home.folder, "view": home.full_name(component.name)}
        result[f"{component.name}/{JOBS_FILE}"] = str(_rendered(self._yaml, "jobs/jobs.yaml.j2", values))
        return result

    def job(self, component: ComponentPlan, job: Job) -> str:
        """The JJB YAML of one job, as it stands in that of its component."""
        values = {"component": component, "folder": component.home.folder, "job": job}
        return str(_rendered(self._yaml, "jobs/job.yaml.j2", values))

    def general(self, title: str, homes: Iterable[Home], jobs: Callable[[Home], Iterable[Job | Named]]) -> Files:
        """The files that belong to no component: the folders, and the views of everything."""
        homes = tuple(homes)
        values = {
            "title": title,
            "folders": list(dict.fromkeys(name for home in homes for name in home.folders())),
            "views": [{"name": home.full_name(home.root_view), "jobs": jobs(home)} for home in homes],
        }
        return {ROOT_FILE: str(_rendered(self._yaml, "jobs/root.yaml.j2", values))}

    def script(self, component: ComponentPlan, script: Script) -> str:
        """The Groovy of one pipeline."""
        stages = [(stage.name, self.stage(stage)) for stage in script.stages]
        if script.teardown:
            _check_deploy(dict(stages))
        text = self._poured(component, script, stages) if self._can_pour else None
        if text is None:
            values = {"component": component, "script": script, "stages": stages}
            text = _rendered(self._groovy, f"pipelines/{script.kind}.groovy.j2", values)
        return quoting.finished(Groovy(text))

    def _poured(self, component: ComponentPlan, script: Script, stages: list[tuple[str, Groovy]]) -> str | None:
        """The text of a pipeline, poured around its stages, its URL and its lock: most pipelines differ in these alone.

        Our templates only print them. None where a value looks like the hole that stands for them.
        """
        checkout, names = script.checkout, tuple(name for name, _ in stages)
        # All of a script but its stages, the URL and the lock.
        seen = (
            *(script.kind, script.lock is None, script.timeout, script.concurrent, script.keep_going),
            *(checkout.code_host, checkout.revision, checkout.credentials, checkout.choosable),
            *(script.environment, script.notifications, script.teardown),
        )
        key = repr((seen, names))
        known = self._skeletons.get(key)
        if known is None:
            if _HOLE.format("") in key:
                return None
            known = self._skeletons[key] = self._skeleton(component, script, names)
        pieces, used = known
        self._used |= used
        try:
            values = {
                "url": quoting.groovy(checkout.url),
                "lock": quoting.groovy(script.lock or ""),
                "source": quoting.comment(component.source),
            }
        except ValueError:  # which a template would tell with its place
            return None
        parts = [pieces[0]]
        for blanks, hole, text in zip(pieces[1::3], pieces[2::3], pieces[3::3], strict=True):
            parts.append(blanks + values[hole] if hole in values else quoting.at(stages[int(hole)][1], len(blanks)))
            parts.append(text)
        return "".join(parts)

    def _skeleton(
        self, component: ComponentPlan, script: Script, names: tuple[str, ...]
    ) -> tuple[list[str], frozenset[str]]:
        """The text of a pipeline between its holes, with what stands in them, and the templates that it is made of."""
        before = self.taken()
        general = replace(
            script,
            stages=(),
            checkout=replace(script.checkout, url=_HOLE.format("url")),
            lock=script.lock and _HOLE.format("lock"),
        )
        values = {
            "component": replace(component, source=_HOLE.format("source")),
            "script": general,
            "stages": [(name, Groovy(_HOLE.format(number))) for number, name in enumerate(names)],
        }
        text = _rendered(self._groovy, f"pipelines/{script.kind}.groovy.j2", values)
        used = self.taken()
        self._used |= before
        return _IN_HOLE.split(text), used

    def stage(self, stage: Stage) -> Groovy:
        """The text of one stage, as it stands at the left margin; pipelines of a component share theirs."""
        known = self._stages.get(id(stage))
        if known is None:
            before = self.taken()
            text = self._once(self._groovy, f"stages/{stage.template}.groovy.j2", {"stage": stage})
            known = self._stages[id(stage)] = stage, quoting.settle(text.rstrip("\n")), frozenset(self._used)
            self._used |= before
        _, groovy, used = known
        self._used |= used
        return groovy

    def _part(self, environment: _Environment, language: Language, template: str, **values: object) -> str:
        """A part of a text, which sees these values only."""
        made = self._once if all(map(_is_shown, values.values())) else _rendered
        return language(made(environment, template, values).removesuffix("\n"))

    def _sh(self, steps: Iterable[Step]) -> Groovy:
        return Groovy("\n".join(self._sh_step(step) for step in steps))

    def _sh_step(self, step: Step) -> str:
        script = self._script_of(step)
        return f"sh {quoting.groovy(script)}" if script.strip() == step.label else f"sh({_arguments(step, script)})"

    def _sh_arguments(self, step: Step) -> Groovy:
        return _arguments(step, self._script_of(step))

    def _script_of(self, step: Step) -> Shell:
        return Shell(self._once(self._shell, f"shell/{step.template}.sh.j2", step.values))


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
        raise ConfigError([Problem(Pos(f"{_FOLDER}stages/deploy.groovy.j2"), "", what)])


def _arguments(step: Step, script: Shell) -> Groovy:
    return Groovy(f"label: {quoting.groovy(step.label)}, script: {quoting.groovy(script)}")


def _loader(texts: Mapping[str, str]) -> jinja2.FunctionLoader:
    """Gives templates the names under which users know them, for messages."""

    def load(name: str) -> tuple[str, str, Callable[[], bool]] | None:
        return (texts[name], _FOLDER + name, lambda: True) if name in texts else None

    return jinja2.FunctionLoader(load)


class _NoUnseenPrinting(Extension):
    """Refuses the blocks whose result Jinja prints without asking `finalize`."""

    def filter_stream(self, stream: TokenStream) -> Iterable[Token]:
        begins = False
        for token in stream:
            if begins and token.value in ("filter", "call"):
                what = f"a {token.value} block would print a plain value"
                raise jinja2.TemplateSyntaxError(what, token.lineno, stream.name, stream.filename)
            begins = token.type == "block_begin"
            yield token


_OF_JINJA = frozenset(("_loop_vars", "_block_vars"))
"""What Jinja hands over with every call."""


class _Environment(ImmutableSandboxedEnvironment):
    """Notes which templates are used, also by others that include them."""

    def __init__(self, used: set[str], **options: Any) -> None:
        super().__init__(**options)
        self.used = used
        self._allowed: set[tuple[type, str]] = set()
        self._compiled: dict[str, jinja2.Template] = {}
        self.part: Callable[..., str] | None = None
        """The function of this name, where templates have it."""

    def make_globals(self, d: MutableMapping[str, Any] | None) -> MutableMapping[str, Any]:
        """The globals of a template: a plain dictionary, which Jinja copies for every text that it makes."""
        return {**self.globals, **(d or {})}

    def getattr(self, obj: Any, attribute: str) -> Any:
        """An attribute, if the sandbox allows it.

        What it looks at is the type and the name, and whether the value is a method that formats; so it is asked once.
        """
        if (type(obj), attribute) in self._allowed:
            return getattr(obj, attribute)
        value = super().getattr(obj, attribute)
        is_data = not callable(value) and not isinstance(value, jinja2.Undefined)
        if hasattr(obj, attribute) and (is_data or (type(obj) is dict and attribute == "items")):
            self._allowed.add((type(obj), attribute))
        return value

    def call(__self, __context: Context, __obj: Any, *args: Any, **kwargs: Any) -> Any:  # noqa: N805 - Jinja's
        """What a template calls, if the sandbox allows it; our own `part` asks for nothing of what that looks at."""
        if __obj is __self.part and __self.part is not None:
            # What Jinja knows around the call is no part's business.
            return __self.part(*args, **{key: kwargs[key] for key in kwargs.keys() - _OF_JINJA})
        return super().call(__context, __obj, *args, **kwargs)

    def get_template(
        self,
        name: str | jinja2.Template,
        parent: str | None = None,
        globals: MutableMapping[str, Any] | None = None,  # noqa: A002 - Jinja's name
    ) -> jinja2.Template:
        template = self._compiled.get(name) if isinstance(name, str) and not globals else None
        if template is None:
            template = super().get_template(name, parent, globals)
            self._compiled[str(template.name)] = template
        self.used.add(str(template.name))
        return template


def _environment(templates: Templates, language: Language, used: set[str]) -> _Environment:
    environment = _Environment(
        used,
        loader=_loader(templates.texts),
        undefined=jinja2.StrictUndefined,
        finalize=_only(language),
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        auto_reload=False,
        cache_size=-1,
        extensions=[_NoUnseenPrinting],
    )
    # The same inputs give the same bytes: nothing random in a template.
    del environment.filters["random"], environment.globals["lipsum"]
    filters: dict[str, Callable[..., object]] = {
        "groovy": quoting.groovy,
        "identifier": quoting.identifier,
        "globs": quoting.globs,
        "at": quoting.at,
        "collect": quoting.collect,
        "in_dir": quoting.in_dir,
        "catching": quoting.catching,
        "limited": quoting.limited,
        "after_checkout": quoting.after_checkout,
        "with_credentials": quoting.with_credentials,
        "shell": quoting.shell,
        "words": quoting.words,
        "code": quoting.code,
        "yaml": quoting.yaml,
        "host": lambda url: url.removeprefix("https://").removeprefix("http://").partition("/")[0],
        "comment": lambda value: language(quoting.comment(value)),
    }
    environment.filters.update(filters)
    return environment


def _only(language: Language) -> Callable[[object], str]:
    def finalize(value: object) -> str:
        if type(value) is language:
            return value
        if isinstance(value, jinja2.Undefined):
            return str(value)  # raises the error that says what is undefined
        raise TypeError(
            f"prints {type(value).__name__} in {language.__name__}; pass it through |{language.__name__.lower()}"
        )

    return finalize


_RENDER_ERRORS = (ArithmeticError, AttributeError, LookupError, MemoryError, RuntimeError, TypeError, ValueError)


def _rendered(environment: jinja2.Environment, name: str, values: Mapping[str, Any]) -> str:
    """The text of a template; raises ConfigError with the template's line when it is wrong."""
    try:
        return environment.get_template(name).render(values)
    except jinja2.TemplateNotFound as error:
        raise ConfigError([Problem(Pos(_FOLDER + name), "", f"there is no template {error.name!r}")]) from None
    except jinja2.TemplateSyntaxError as error:
        place = Pos(_FOLDER + (error.name or name), error.lineno, 1)
        raise ConfigError([Problem(place, "", f"is not a Jinja template: {error.message}")]) from None
    except RecursionError as error:
        place = _template_pos(name, error)
        raise ConfigError([Problem(place, "", "cannot be rendered: it includes itself")]) from None
    except (jinja2.TemplateError, *_RENDER_ERRORS) as error:
        raise ConfigError([Problem(_template_pos(name, error), "", f"cannot be rendered: {error}")]) from error


def _template_pos(name: str, error: Exception) -> Pos:
    """Where in which template it happened: Jinja writes that into the traceback."""
    frames = [frame for frame in traceback.extract_tb(error.__traceback__) if frame.filename.startswith(_FOLDER)]
    return Pos(frames[-1].filename, frames[-1].lineno or 0, 1) if frames else Pos(_FOLDER + name)
