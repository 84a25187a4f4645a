"""Jinja as our templates get it: in a sandbox, printing text of one language only; mistakes are told at their place."""

from __future__ import annotations

import traceback
from collections.abc import Callable, Iterable, Mapping, MutableMapping
from typing import Any

import jinja2
from jinja2.ext import Extension
from jinja2.lexer import Token, TokenStream
from jinja2.runtime import Context
from jinja2.sandbox import ImmutableSandboxedEnvironment

from jjbgen import quoting
from jjbgen.errors import ConfigError, Pos, Problem
from jjbgen.load import Templates
from jjbgen.quoting import Language

FOLDER = "templates/"
"""Before the name of a template in messages."""


def _loader(texts: Mapping[str, str]) -> jinja2.FunctionLoader:
    """Gives templates the names under which users know them, for messages."""

    def load(name: str) -> tuple[str, str, Callable[[], bool]] | None:
        return (texts[name], FOLDER + name, lambda: True) if name in texts else None

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


class Environment(ImmutableSandboxedEnvironment):
    """Notes which templates are used, also by others that include them."""

    def __init__(self, language: Language, used: set[str], **options: Any) -> None:
        super().__init__(**options)
        self.language = language
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
            return __self.part(*args, **{key: value for key, value in kwargs.items() if key not in _OF_JINJA})
        return super().call(__context, __obj, *args, **kwargs)

    def get_template(
        self,
        name: str | jinja2.Template,
        parent: str | None = None,
        globals: MutableMapping[str, Any] | None = None,  # noqa: A002 - Jinja's name
    ) -> jinja2.Template:
        # Jinja's own cache takes a lock and a weak reference each time.
        template = self._compiled.get(name) if isinstance(name, str) and not globals else None
        if template is None:
            template = super().get_template(name, parent, globals)
            self._compiled[str(template.name)] = template
        self.used.add(str(template.name))
        return template


def environment_of(
    templates: Templates, language: Language, used: set[str], compiled: jinja2.BytecodeCache | None = None
) -> Environment:
    """The environment of the templates that print a language; adds the names of those that are used to `used`.

    What is in `compiled` need not be compiled again.
    """
    environment = Environment(
        language,
        used,
        loader=_loader(templates.texts),
        undefined=jinja2.StrictUndefined,
        finalize=_only(language),
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        auto_reload=False,
        bytecode_cache=compiled,
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


def rendered(environment: jinja2.Environment, name: str, values: Mapping[str, Any]) -> str:
    """The text of a template; raises ConfigError with the template's line when it is wrong."""
    try:
        return environment.get_template(name).render(values)
    except jinja2.TemplateNotFound as error:
        raise ConfigError([Problem(Pos(FOLDER + name), "", f"there is no template {error.name!r}")]) from None
    except jinja2.TemplateSyntaxError as error:
        place = Pos(FOLDER + (error.name or name), error.lineno, 1)
        raise ConfigError([Problem(place, "", f"is not a Jinja template: {error.message}")]) from None
    except RecursionError as error:
        place = _template_pos(name, error)
        raise ConfigError([Problem(place, "", "cannot be rendered: it includes itself")]) from None
    except (jinja2.TemplateError, *_RENDER_ERRORS) as error:
        raise ConfigError([Problem(_template_pos(name, error), "", f"cannot be rendered: {error}")]) from error


def _template_pos(name: str, error: Exception) -> Pos:
    """Where in which template it happened: Jinja writes that into the traceback."""
    frames = [frame for frame in traceback.extract_tb(error.__traceback__) if frame.filename.startswith(FOLDER)]
    return Pos(frames[-1].filename, frames[-1].lineno or 0, 1) if frames else Pos(FOLDER + name)
