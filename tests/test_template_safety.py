"""No text can become code: what a descriptor says comes out of YAML, XML, Groovy and the shell as it went in.

Settings and two descriptors hold a slot in every field that takes free text. A first generation fills the
slots with plain words, and is read back through everything that reads the output: JJB, Groovy's compiler,
the shell. Then hostile texts take the words' places, and the second reading has to be the first one with
the words replaced: nothing more, nothing less, nothing else.
"""

from __future__ import annotations

import re
import shlex
import shutil
import subprocess
import sys
import types
import xml.etree.ElementTree as ET
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from itertools import zip_longest
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal, Union, get_args, get_origin, get_type_hints

import pytest
import yaml
from hypothesis import Phase, example, given, settings
from hypothesis import strategies as st
from pydantic import BaseModel, TypeAdapter, ValidationError

from jjbgen import generate, outputs, secretscan
from jjbgen.component import Component
from jjbgen.errors import ConfigError, ExitCode
from jjbgen.places import OUTPUT
from jjbgen.project import Project
from jjbgen.tools import TOOLS
from tests.helpers import PLUGINS, Outcome, config_repo, read_tree, run, write_tree

if TYPE_CHECKING:  # pytest has to import it itself, to rewrite its assertions
    from tests.groovy_vm import GroovyVm

pytest_plugins = ("tests.groovy_vm",)


# What a field takes: from any text to one that the field accepts, and that keeps as much of it as can be.


def _line(text: str) -> str:
    return text.replace("\n", " ") if text.strip() else text.replace("\n", " ") + "x"


def _path(text: str) -> str:
    # The blank: a step whose command reads like its label is printed in a shorter way, with a plain path only.
    return "x " + _line(text.replace("\\", "").replace("..", "."))


def _ant(text: str) -> str:
    return _path(re.sub(r"[\\^$()|\[\]{}+.]", "", text))


def _expression(text: str) -> str:
    return "run " + re.sub(r"[\\.^$*+?()\[\]{}|]", r"\\\g<0>", _line(text)[:60])


def _url(text: str) -> str:
    return "https://example.org/x" + re.sub(r"[\s'\"\\<>{}|^`]", "", text).rstrip("/")


def _email(text: str) -> str:
    return "x" + re.sub(r"[\s@,;<>'\"\\]", "", text) + "@example.org"


def _view(text: str) -> str:
    # Jenkins has rules for names. All that means something to YAML or to JJB, but not to Jenkins, is left.
    return "x" + "".join(char for char in text if char.isprintable() and char not in "?*/\\%!@#$^&|<>[]:;") + "x"


def _linked(text: str) -> str:
    return _path(text).rstrip("/") + "/pom.xml"


def _image(text: str) -> str:
    return "x" + re.sub(r"[^A-Za-z0-9._:/@${}-]", "", text)


def _tagger(text: str) -> str:
    return "x" + re.sub(r"[<>\s\x00-\x1f\x7f]", " ", text) + "x <x@example.org>"


def _command(text: str) -> str:
    return f"record {shlex.quote(text)}"


def _document(text: str) -> str:
    # Unlike a quoted word this holds the text as it is, and at the left margin.
    return f"swallow <<'END_OF_TEXT'\n{text}\nEND_OF_TEXT"


SHAPES: dict[str, Callable[[str], str]] = {
    "any": lambda text: text,
    "text": lambda text: text if text.strip() else text + "x",
    "line": _line,
    # Jenkins refuses a stage that has the title of another one.
    "title": lambda text: "Own " + _line(text),
    "path": _path,
    "glob": lambda text: _path(text).replace(",", ""),
    "ant": _ant,
    "expression": _expression,
    "url": _url,
    "email": _email,
    "view": _view,
    "linked": _linked,
    "image": _image,
    "tagger": _tagger,
    "command": _command,
    "document": _document,
}
SEEN: dict[str, Callable[[str], str]] = {
    "command": lambda text: text,
    "document": lambda text: f"{text}\n.",
    "tagger": lambda text: _tagger(text).partition(" <")[0],
}
"""What comes out where that is not what went in: commands print their text, a tagger has a name."""


@dataclass(frozen=True)
class Slot:
    """A place for free text."""

    shape: str

    def written(self, text: str) -> str:
        """What is written to the file."""
        return SHAPES[self.shape](text)

    def seen(self, text: str) -> str:
        """What has to come out."""
        return SEEN.get(self.shape, self.written)(text)


ANY, TEXT, LINE, PATH, GLOB, URL = (Slot(shape) for shape in ("any", "text", "line", "path", "glob", "url"))
ANT, EXPRESSION, EMAIL, TITLE, VIEW = (Slot(shape) for shape in ("ant", "expression", "email", "title", "view"))
COMMAND, DOCUMENT = Slot("command"), Slot("document")
LINKED, IMAGE, TAGGER = Slot("linked"), Slot("image"), Slot("tagger")

PROGRAMS = (
    "make",
    "bazel",
    "mvn",
    "go",
    "npm",
    "tox",
    "docker",
    "helm",
    "kind",
    "python3",
    "jjbgen",
    "git",
    "curl",
    "record",
    "swallow",
)
"""What the generated scripts call; each is a fake that notes its words."""

GATE_ENVIRONMENT = "JJBGEN_VERSION=1.2.3\nJJBGEN_IMAGE_TAGS='1.2.3 1.2'\nJJBGEN_COMMIT=1\n"
"""What `jjbgen version gate` prints."""

VERSION: dict[str, Any] = {
    "tag-prefix": "widget/v",
    "linked": [LINKED, LINKED],
    "no-snapshots": [PATH],
    "allowed-parents": [IMAGE],
    "image-tags": ["{major}.{minor}"],
    "tagger": TAGGER,
    "next-change": "true",
}

SETTINGS: dict[str, Any] = {
    "title": LINE,
    "code-hosts": {
        "review": {"type": "gerrit", "server": LINE, "url": URL, "push-credentials": "pusher"},
        "github": {
            "type": "github",
            "url": URL,
            "organisations": ["example"],
            "api-credentials": LINE,
            "push-credentials": "pusher",
        },
    },
    "agents": {
        "virtual": {"label": LINE, "description": TEXT, "has": [*PROGRAMS, "java"]},
        "large": {"label": LINE, "has": [*PROGRAMS, "java"]},
    },
    "registries": {"hub": {"url": "docker.io", "credentials": "pusher"}},
    "chart-repositories": {"charts": {"url": "registry.example.org/charts", "credentials": "pusher"}},
    "package-repositories": {
        **{name: {"type": name, "url": URL, "credentials": "pusher"} for name in ("maven", "npm", "pypi")},
        **{f"open-{name}": {"type": name, "url": URL} for name in ("maven", "npm", "pypi")},
    },
    "credentials": {"pusher": {"type": "username-password", "use": "publish", "description": TEXT}},
    "controllers": {"main": {"url": URL, "owner": "example", "folder": "team/jobs", "ca-bundle": LINE, "proxy": URL}},
    "defaults": {
        "agent": "virtual",
        "comments": [EXPRESSION],
        "skip-phrases": [EXPRESSION],
        "version": VERSION,
        "notifications": {"email": [EMAIL]},
        "pipelines": {"post-merge": {"comments": [EXPRESSION]}, "nightly": {"schedule": {"cron": "@daily"}}},
    },
    "naming": {"root-view": VIEW},
}

RESULTS = {"junit": [GLOB, GLOB], "archive": [GLOB]}
FILES = [{"ant": ANT}, {"regexp": EXPRESSION}]

GERRIT: dict[str, Any] = {
    "title": LINE,
    "owners": [LINE, LINE],
    "repository": {
        "host": "review",
        "project": "team/widget",
        "branches": {
            "main": {},
            "stable/1.0": {"overrides": {"environment": {"WIDE": ANY}, "build": {"targets": [LINE, LINE]}}},
        },
    },
    "environment": {"WIDE": ANY, "OTHER": ANY},
    "build": {"tool": "make", "targets": [LINE], "directory": PATH, "environment": {"B": ANY}, "results": RESULTS},
    "checks": {
        "lint": {"commands": [DOCUMENT], "directory": PATH, "environment": {"L": ANY}, "results": RESULTS},
        "licence": {"targets": [LINE]},
    },
    "tests": {
        **{f"with-{tool}": {"category": "unit", "tool": tool, "targets": [LINE, LINE]} for tool in TOOLS},
        "smoke": {"commands": [COMMAND, COMMAND], "agent": "large", "environment": {"S": ANY}},
        "integration": {"targets": [LINE], "directory": PATH, "results": RESULTS},
    },
    "images": {
        "server": {
            "repository": "acme/widget",
            "registry": "hub",
            "dockerfile": PATH,
            "context": PATH,
            "build-arguments": {"ONE": ANY, "TWO": ANY},
        }
    },
    "charts": {"widget": {"path": PATH, "repository": "charts", "values": [PATH, PATH]}},
    "packages": {
        name: {"repository": name, "prepare": [COMMAND, DOCUMENT], "directory": PATH}
        for name in SETTINGS["package-repositories"]
    },
    "version": VERSION,
    "deployment": {
        "up": [DOCUMENT, COMMAND],
        "down": [COMMAND],
        "collect": [COMMAND, COMMAND],
        "archive": [GLOB],
        "lock": LINE,
    },
    "pipelines": {
        "pre-merge": {
            "files": FILES,
            "forbidden-files": FILES,
            "comments": [EXPRESSION, EXPRESSION],
            "parameters": {
                "WORD": {"default": ANY, "description": ANY},
                "LINES": {"type": "text", "default": ANY, "description": ANY},
                "CHOICE": {"type": "choice", "choices": [ANY, ANY, ANY], "description": ANY},
                "FLAG": {"type": "boolean", "description": ANY},
            },
            "disabled": {"reason": LINE},
            "notifications": {"email": [EMAIL, EMAIL]},
        },
        "post-merge": {},
        "nightly": {"tests": ["integration", "smoke"]},
        "publish": {},
    },
    "stages": {
        "own": {
            "title": TITLE,
            "commands": [COMMAND, DOCUMENT, COMMAND],
            "after": "build",
            "pipelines": ["pre-merge", "publish"],
            "directory": PATH,
            "environment": {"O": ANY},
            "results": RESULTS,
        }
    },
    "notifications": {"email": [EMAIL]},
}

GITHUB: dict[str, Any] = {
    "title": LINE,
    "owners": [LINE],
    "repository": {"host": "github", "project": "example/gadget", "branches": {"main": {}}},
    "build": {"tool": "command", "commands": [COMMAND, DOCUMENT]},
    "images": {"gadget": {"repository": "acme/gadget", "registry": "hub"}},
    "pipelines": {
        "publish": {},
        "pre-merge": {
            "files": [{"regexp": EXPRESSION}],
            "github": {
                "skip-phrases": [EXPRESSION, EXPRESSION],
                "status-context": LINE,
                "only-labels": [LINE, LINE],
                "not-labels": [LINE],
            },
        },
        "again": {"kind": "pre-merge"},
        "post-merge": {},
    },
}

CONFIG: dict[str, dict[str, Any]] = {
    "jjbgen.yaml": SETTINGS,
    "components/widget.yaml": GERRIT,
    "components/gadget.yaml": GITHUB,
}
MODELS: dict[str, type[BaseModel]] = {"jjbgen.yaml": Project, "components/": Component}

SILENT = {
    "agents.*.description",
    "credentials.*.description",
    "controllers.*.ca-bundle",
    "controllers.*.proxy",
    "controllers.*.url",
}
"""Fields that are for people or for jjbgen itself: their text is in no output."""

REFERENCES = {"plugins", "pipelines.*.upstream.*.job", "pipelines.*.dependencies.*.job"}
"""Fields that take any text, but only that of a name that exists: of a file, of a generated job."""

BY_BRANCH = ("repository", "branches", "*", "overrides")
"""A mapping of anything, which is then read as the rest of the descriptor is."""

Place = tuple[str, ...]


# The models' fields that take free text, and the slots.


PROBES = tuple(
    form.replace("?", char)
    for form in ("a?b", "x/?b", "https://example.org/?b", "a?b@example.org", "a?b/pom.xml", "a?b <b@example.org>")
    for char in "'\"$`;&|<>(){}\\ "
)


def text_fields(model: type[BaseModel], path: Place = ()) -> Iterator[tuple[Place, Any]]:
    """Every text of a model and the models in it: its path (`*` for a key or index) and its type."""
    hints = get_type_hints(model, globalns=vars(sys.modules[model.__module__]), include_extras=True)
    for name, info in model.model_fields.items():
        yield from _texts(hints[name], (*path, info.alias or name))


def _texts(kind: Any, path: Place) -> Iterator[tuple[Place, Any]]:
    origin, arguments = get_origin(kind), get_args(kind)
    if kind in (str, Any) or (origin is Annotated and arguments[0] is str):
        yield path, kind
    elif origin is Annotated:
        yield from _texts(arguments[0], path)
    elif origin in (Union, types.UnionType):
        for each in arguments:
            yield from _texts(each, path)
    elif origin is dict:
        yield from _texts(arguments[0], (*path, "<key>"))
        yield from _texts(arguments[1], (*path, "*"))
    elif origin is tuple:
        yield from _texts(arguments[0], (*path, "*"))
    elif origin is not Literal and issubclass(kind, BaseModel):
        yield from text_fields(kind, path)


def is_free(kind: Any) -> bool:
    """Whether a type of text accepts a character that means something to some language."""
    return any(_accepts(kind, probe) for probe in PROBES)


def _accepts(kind: Any, text: str) -> bool:
    try:
        TypeAdapter(kind).validate_python(text)
    except ValidationError:
        return False
    return True


def free_fields(model: type[BaseModel]) -> set[str]:
    """The paths of a model's fields that take free text."""
    found = {path for path, kind in text_fields(model) if is_free(kind)}
    return {".".join(path) for path in found if path[: len(BY_BRANCH)] != BY_BRANCH}


def slots(config: Any, place: Place = ()) -> Iterator[tuple[Place, Slot]]:
    """The slots of a tree of settings, with their places."""
    if isinstance(config, Slot):
        yield place, config
    entries = config.items() if isinstance(config, dict) else enumerate(config) if isinstance(config, list) else ()
    for key, entry in entries:
        yield from slots(entry, (*place, str(key)))


def filled(config: Any, texts: Mapping[Place, str], place: Place = ()) -> Any:
    """A tree of settings with a text in each slot."""
    if isinstance(config, Slot):
        return config.written(texts[place])
    if isinstance(config, dict):
        return {key: filled(entry, texts, (*place, key)) for key, entry in config.items()}
    if isinstance(config, list):
        return [filled(entry, texts, (*place, str(index))) for index, entry in enumerate(config)]
    return config


SLOTS = dict(slots(CONFIG))
WORDS = {place: f"slot{number:03}z" for number, place in enumerate(SLOTS)}


def field_of(place: Place, fields: set[str]) -> str | None:
    """The field that a slot is in."""
    path = place[1:]
    if len(path) > len(BY_BRANCH) and path[1:2] == BY_BRANCH[1:2] and path[3] == BY_BRANCH[3]:
        path = path[len(BY_BRANCH) :]
    for each in fields:
        pattern = each.split(".")
        if len(pattern) == len(path) and all(a in ("*", b) for a, b in zip(pattern, path, strict=True)):
            return each
    return None


def model_of(place: Place) -> type[BaseModel]:
    """The model of the file that a slot is in."""
    return next(model for prefix, model in MODELS.items() if place[0].startswith(prefix))


def test_every_field_that_takes_free_text_has_a_slot() -> None:
    for model in MODELS.values():
        fields = free_fields(model)
        found = {field_of(place, fields) for place in SLOTS if model_of(place) is model}
        assert found - {None} == fields - REFERENCES


def test_every_slot_is_in_a_field_that_takes_free_text() -> None:
    fields = {model: free_fields(model) for model in MODELS.values()}
    assert [place for place in SLOTS if field_of(place, fields[model_of(place)]) is None] == []


def test_free_text_is_told_from_text_with_rules() -> None:
    kinds = {".".join(path): kind for path, kind in text_fields(Component)}
    for free in ("title", "build.commands.*", "pipelines.*.parameters.*.default", "charts.*.path"):
        assert is_free(kinds[free]), free
    for ruled in ("repository.project", "build.tool", "environment.<key>", "repository.branches.<key>"):
        assert not is_free(kinds[ruled]), ruled


def test_references_to_what_does_not_exist_are_refused(tmp_path: Path) -> None:
    plain = {place: WORDS[place] for place in SLOTS}
    for number, (file, key, value) in enumerate(
        [
            ("jjbgen.yaml", ("plugins",), "it's $(touch pwned)"),
            ("components/widget.yaml", ("pipelines", "nightly", "upstream"), ["it's $(touch pwned)"]),
            ("components/widget.yaml", ("pipelines", "pre-merge", "dependencies"), ["it's $(touch pwned)"]),
        ]
    ):
        config = filled(CONFIG, plain)
        entry = config[file]
        for name in key[:-1]:
            entry = entry[name]
        entry[key[-1]] = value
        with pytest.raises(ConfigError, match=r"there is no (file|job) \"it's \$\(touch pwned\)\""):
            generate.checked(write_config(tmp_path / str(number), config))


# Reading back.


@dataclass(frozen=True)
class Reading:
    """Everything that the output says, to all who read it."""

    xml: Mapping[str, tuple[str, ...]]
    """Tags, attributes and texts of each job's and view's XML, without the pipeline."""
    groovy: Mapping[str, tuple[str, ...]]
    """The literals of each job's pipeline, without the scripts."""
    code: Mapping[str, tuple[str, ...]]
    """The tokens of each job's pipeline, without what literals say."""
    calls: Mapping[str, tuple[tuple[str, ...], ...]]
    """What the scripts of each job call: a program and its words."""


def write_config(root: Path, config: Mapping[str, Any]) -> Path:
    """A config repo of these files; every text is quoted and escaped by PyYAML."""
    texts = {
        path: yaml.safe_dump(value, default_style='"', width=float("inf"), sort_keys=False)
        for path, value in config.items()
    }
    return write_tree(root, {"plugins.yaml": PLUGINS, **texts})


def generated_xml(root: Path) -> dict[str, str]:
    """The XML of every job and view, through the files that are written for JJB."""
    repo = generate.checked(root)
    outputs.apply(root / OUTPUT, generate.changes(repo))
    return dict(generate.xml(repo))


class Reader:
    """Reads the output of config repos back; `folder` is for its fakes and workspaces."""

    def __init__(self, vm: GroovyVm, folder: Path) -> None:
        self._vm = vm
        self._folder = folder
        self._shell = Shell(folder)
        self.plain = self.read(WORDS, "plain")
        """What the plain words come to."""

    def read(self, texts: Mapping[Place, str], name: str) -> Reading:
        """Generate with these texts in the slots, and read the output."""
        root = write_config(self._folder / name, filled(CONFIG, texts))
        documents = {job: ET.fromstring(document) for job, document in generated_xml(root).items()}  # noqa: S314 - ours
        pipelines = {job: _pipeline(document) for job, document in documents.items()}
        scripts = {job: text for job, text in pipelines.items() if text}
        literals = {text: self._vm.literals(text) for text in scripts.values()}
        commands = [script for text in scripts.values() for script in literals[text].scripts]
        assert None not in commands
        calls = self._shell.run([script for script in dict.fromkeys(commands) if script is not None])
        assert [*self._folder.rglob("pwned*"), *Path.cwd().glob("pwned*")] == []
        shutil.rmtree(root)
        return Reading(
            xml={job: tuple(_leaves(document)) for job, document in documents.items()},
            groovy={job: _without(literals[text].strings, literals[text].scripts) for job, text in scripts.items()},
            code={job: self._vm.tokens(text) for job, text in scripts.items()},
            calls={
                job: tuple(call for script in literals[text].scripts for call in calls[str(script)])
                for job, text in scripts.items()
            },
        )


def _pipeline(document: ET.Element) -> str | None:
    return document.findtext("definition/script")


def _leaves(document: ET.Element) -> Iterator[str]:
    for element in document.iter():
        if element.tag != "script":
            yield f"{element.tag} {sorted(element.attrib.items())} {element.text or ''}"


def _without(strings: tuple[str, ...], scripts: tuple[str | None, ...]) -> tuple[str, ...]:
    left = list(strings)
    for script in scripts:
        left.remove(str(script))
    return tuple(left)


class Shell:
    """Runs scripts as an agent does, with a PATH of fakes that note how they were called."""

    def __init__(self, folder: Path) -> None:
        self._fakes = folder / "fakes"
        self._fakes.mkdir()
        self._calls = folder / "calls"
        self._workspace = folder / "workspace"
        note = f'printf "%s\\0" "$#" "${{0##*/}}" "$@" >> {shlex.quote(str(self._calls))}\ncat > /dev/null\n'
        for name in (*PROGRAMS, "gradlew"):
            self._program(name, note)
        self._program("swallow", f'set -- "$(cat; echo .)"\n{note}')
        gate = f"cat <<'END'\n{GATE_ENVIRONMENT}END"
        other = "next) echo 1.2.4-dev ;; show) echo JJBGEN_VERSION=1.2.3 ;;"
        self._program("jjbgen", f"{note}case $2 in {other} gate)\n{gate}\nesac\n")
        # Its answer would be another one each time.
        self._program("mktemp", 'mkdir -p "$PWD/login"\necho "$PWD/login"\n')
        absent = "pull) echo not found >&2; exit 1 ;;"
        self._program("helm", f"{note}case $1 in show) echo name: widget ;; {absent} esac\n")
        self._program("curl", f"{note}echo 201\n")
        self._program("git", f'{note}case "$*" in *worktree*add*) mkdir -p login/next ;; *ls-remote*) exit 2 ;; esac\n')
        # Real programs: only what the scripts need, and `touch`, for what should not be able to call it.
        for name in (
            "env",
            "bash",
            "sh",
            "cat",
            "cut",
            "base64",
            "mkdir",
            "rm",
            "sha256sum",
            "touch",
            "find",
            "sed",
            "tr",
            "grep",
        ):
            found = shutil.which(name)
            assert found
            (self._fakes / name).symlink_to(found)

    def _program(self, name: str, body: str) -> None:
        (self._fakes / name).write_text(f"#!/bin/sh\n{body}", encoding="utf-8")
        (self._fakes / name).chmod(0o755)

    def run(self, scripts: list[str]) -> dict[str, tuple[tuple[str, ...], ...]]:
        """The calls of each script; fails for one that fails."""
        workspace = self._workspace
        shutil.rmtree(workspace, ignore_errors=True)
        (workspace / "tmp").mkdir(parents=True)
        (workspace / "gradlew").symlink_to(self._fakes / "gradlew")
        (workspace / "tmp/gate.env").write_text(GATE_ENVIRONMENT, encoding="utf-8")
        variables = [f"{name}_{part}" for name in ("CHARTS", "PACKAGES", "PUSH", "REGISTRY") for part in ("USR", "PSW")]
        environment = {
            "PATH": str(self._fakes),
            "WORKSPACE_TMP": "tmp",
            "BUILD_TAG": "jenkins-1",
            "BRANCH": "main",
            **{variable: variable.lower() for variable in variables},
        }
        return {script: self._run(script, workspace, environment) for script in scripts}

    def _run(self, script: str, workspace: Path, environment: Mapping[str, str]) -> tuple[tuple[str, ...], ...]:
        file = workspace / "tmp/script.sh"
        file.write_text(script, encoding="utf-8")
        file.chmod(0o755)
        self._calls.write_bytes(b"")
        # As Jenkins does (recorded: "a shebang replaces -xe").
        words = [str(file)] if script.startswith("#!") else ["sh", "-xe", str(file)]
        told = subprocess.run(
            words,
            cwd=workspace,
            env=environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            check=False,
            timeout=60,
        )
        assert told.returncode == 0, f"{script}\n{told.stderr.decode()}"
        return tuple(_noted(self._calls.read_bytes().decode()))


def _noted(text: str) -> Iterator[tuple[str, ...]]:
    words = iter(text.split("\0")[:-1])
    for count in words:
        yield tuple(next(words) for _ in range(int(count) + 1))


def replaced(reading: Reading, texts: Mapping[str, str]) -> Reading:
    """What was read, with each of the words `texts` replaced by its text."""
    pattern = re.compile("|".join(map(re.escape, texts)))

    def new(value: Any) -> Any:
        if isinstance(value, str):
            return pattern.sub(lambda found: texts[found[0]], value)
        if isinstance(value, tuple):
            return tuple(map(new, value))
        return {new(key): new(entry) for key, entry in value.items()}

    return Reading(new(reading.xml), new(reading.groovy), new(reading.code), new(reading.calls))


def differences(found: Reading, wanted: Reading) -> Iterator[tuple[str, Any, Any]]:
    """Where two readings differ: which part of which job, and what each says there."""
    for part in ("xml", "groovy", "code", "calls"):
        ours, theirs = getattr(found, part), getattr(wanted, part)
        for job in sorted(ours.keys() | theirs.keys()):
            pairs = zip_longest(ours.get(job, ()), theirs.get(job, ()))
            yield from ((f"{part} of {job}", one, other) for one, other in pairs if one != other)


@pytest.fixture(scope="module")
def reader(groovy_vm: GroovyVm, tmp_path_factory: pytest.TempPathFactory) -> Reader:
    """What reads the output back."""
    return Reader(groovy_vm, tmp_path_factory.mktemp("safety"))


def test_the_text_of_every_slot_is_seen_unless_it_is_for_people_only(reader: Reader) -> None:
    seen = str((reader.plain.xml, reader.plain.groovy, reader.plain.calls))
    fields = {model: free_fields(model) for model in MODELS.values()}
    unseen = {field_of(place, fields[model_of(place)]) for place, word in WORDS.items() if word not in seen}
    assert unseen == SILENT


def test_the_programs_that_scripts_call_are_all_fakes(reader: Reader) -> None:
    called = {call[0] for calls in reader.plain.calls.values() for call in calls}
    assert called == {*PROGRAMS, "gradlew"} - {"kind"}


# The proof.


FRAGMENTS = (
    *(
        "'",
        '"',
        "'''",
        '"""',
        "\\",
        "\\\\",
        "\\'",
        "\\u0027",
        "\\u000a",
        "${x}",
        "$WORKSPACE",
        "${WORKSPACE}",
        "$$",
        "$",
    ),
    *("$(touch pwned)", "`touch pwned`", "; touch pwned;", "'; touch pwned; '", '"; touch pwned; "', "&& touch pwned"),
    *(
        "\ntouch pwned\n",
        "' + 'touch pwned'.execute() + '",
        "${'touch pwned'.execute()}",
        "'''\n\"touch pwned\".execute()",
    ),
    *("{}", "{", "}}", "{{ x }}", "{obj:x}", "{name}", "{% raw %}", "{# x #}", "*/", "/*", "//", "%s", "#c", "<<E\n"),
    *("yes", "null", "1.10", "0x1F", "~", ": x", "- a", "? a", "!!python/object", "!include: x", "&a", "*a", "|", ">-"),
    *("<b>", "&amp;", "]]>", "<!--", "-->", "é", "😀", "\u2028", "\x85", "\u200b", "\ufeff", "\ud7ff", "\U0010fffd"),
    *(
        "\n",
        "\n\n",
        "\t",
        " ",
        "  ",
        "a",
        "Z",
        "-x",
        "--x=y",
        "=",
        ",",
        ":",
        "@",
        "../x",
        "!x",
        "*",
        "?",
        "[a-z]",
        "~root",
    ),
)
REFUSED = "\ue000\ue001\ufffe\uffff\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
"""Characters that no descriptor may hold, beside control characters and surrogates."""

HOSTILE = (
    st.lists(
        st.sampled_from(FRAGMENTS)
        | st.text(st.characters(exclude_categories=["Cs", "Cc"], exclude_characters=REFUSED), max_size=3),
        max_size=7,
    )
    .map("".join)
    .filter(lambda text: secretscan.looks_like_secret(text) is None)
)


# Not made smaller when it fails: the differences name the text and the place, and each try takes half a second.
@settings(max_examples=30, phases=[Phase.explicit, Phase.generate])
@given(texts=st.lists(HOSTILE, min_size=12, max_size=24, unique=True))
@example(texts=list(FRAGMENTS))
@example(texts=list(FRAGMENTS[::-1]))
def test_hostile_text_comes_out_as_it_went_in(texts: list[str], reader: Reader) -> None:
    placed = placed_texts(texts)
    expected = {slot.seen(WORDS[place]): slot.seen(placed[place]) for place, slot in SLOTS.items()}
    assert list(differences(reader.read(placed, "hostile"), replaced(reader.plain, expected))) == []


def placed_texts(texts: list[str]) -> dict[Place, str]:
    """A text for each slot, in turn."""
    placed = {}
    for number, (place, slot) in enumerate(SLOTS.items()):
        text = texts[number % len(texts)]
        # Of two expressions that are the same jjbgen drops one.
        placed[place] = f"{number} {text}" if slot == EXPRESSION else text
    return placed


# By construction: a template cannot print what has not been through the filter of its place.


STAGE = "stages/build.groovy.j2"

# Template, line of the mistake, and what is said about it.
MISTAKES = (
    ("stage('x') {\n  {{ stage.title }}\n}\n", 2, "prints str in Groovy"),
    ("{{ stage.title|shell }}", 1, "prints Shell in Groovy"),
    ("\n\n{{ stage.title|yaml }}", 3, "prints Yaml in Groovy"),
    ("{{ 'plain' }}", 1, "prints str in Groovy"),
    ("{{ 5 }}", 1, "prints int in Groovy"),
    ("{{ stage.timeout }}", 1, "prints NoneType in Groovy"),
    ("{{ stage.title|groovy ~ stage.title }}", 1, "prints str in Groovy"),
    ("{{ stage.title|groovy + stage.title }}", 1, "prints str in Groovy"),
    ("{{ stage.title|groovy|replace('x', 'y') }}", 1, "prints str in Groovy"),
    ("{{ stage.title|groovy|safe }}", 1, "prints Markup in Groovy"),
    ("{{ stage.title|safe }}", 1, "prints Markup in Groovy"),
    ("{% set x %}{{ stage.title|groovy }}{% endset %}{{ x }}", 1, "prints str in Groovy"),
    ("{% macro m() %}x{% endmacro %}\n{{ m() }}", 2, "prints str in Groovy"),
    # What arranges text must not make code of it.
    ("{{ stage.title|at(2) }}", 1, "prints str in Groovy"),
    ("{{ stage.title|shell|at(2) }}", 1, "prints Shell in Groovy"),
    ("{{ stage.title|in_dir('x') }}", 1, "prints str in Groovy"),
    ("{{ stage.title|in_dir(none) }}", 1, "prints str in Groovy"),
    ("{{ stage.title|catching }}", 1, "prints str in Groovy"),
    ("{{ stage.title|with_credentials(()) }}", 1, "prints str in Groovy"),
    # Jinja prints what these two blocks come to without asking.
    ("\n{% filter replace('X', stage.title) %}X{% endfilter %}", 2, "filter block"),
    ("\n{% call stage.title.format() %}{% endcall %}", 2, "call block"),
    ("\n{{ stage.titel|groovy }}", 2, "cannot be rendered"),
    ("{{ unknown|groovy }}", 1, "cannot be rendered"),
    ("{{ unknown }}", 1, "cannot be rendered"),
    ("{% if unknown %}{% endif %}", 1, "'unknown' is undefined"),
    ("{{ stage.__class__|groovy }}", 1, "cannot be rendered"),
    ("{{ stage['__class__']|groovy }}", 1, "cannot be rendered"),
    ("{{ (stage|attr('__class__'))|groovy }}", 1, "cannot be rendered"),
    ("{{ lipsum.__globals__|groovy }}", 1, "cannot be rendered"),
    ("{{ ''.__class__.__mro__|groovy }}", 1, "access to attribute '__class__' of 'str' object is unsafe"),
    ("{{ '{0.__class__}'.format(stage)|groovy }}", 1, "access to attribute '__class__' of 'Stage' object is unsafe"),
    ("{{ stage.__init__('x') }}", 1, "access to attribute '__init__' of 'Stage' object is unsafe"),
    ("{% set x = stage.environment.update({}) %}", 1, "access to attribute 'update' of 'dict' object is unsafe"),
    ("{{ stage.steps|groovy }}", 1, "tuple has no form in Groovy"),
    ("\n{{ 'a b'|identifier }}", 2, "'a b' is not an identifier"),
    ("\n{{ (1 / 0)|groovy }}", 2, "division by zero"),
    ("\n{% for x in range(10 ** 9) %}{% endfor %}", 2, "Range too big"),
    ("\n{% if %}", 2, "is not a Jinja template"),
    ("\n{{ stage.title|nothing }}", 2, "No filter named 'nothing'"),
)
ELSEWHERE = (
    ("stages/_head.groovy.j2", "\n\n{{ stage.title }}\n", 3, "prints str in Groovy"),
    ("pipelines/pre-merge.groovy.j2", "\n{{ component.title }}", 2, "prints str in Groovy"),
    ("pipelines/_checkout.groovy.j2", "\n{{ source.url }}", 2, "prints str in Groovy"),
    ("shell/run.sh.j2", "{{ words[0] }}\n", 1, "prints str in Shell"),
    ("shell/run.sh.j2", "echo\n{{ words[0]|groovy }}\n", 2, "prints Groovy in Shell"),
    ("jobs/jobs.yaml.j2", "- job:\n    name: {{ component.title }}\n", 2, "prints str in Yaml"),
    ("jobs/job.yaml.j2", "- job:\n    name: {{ job.name|shell }}\n", 2, "prints Shell in Yaml"),
    ("jobs/root.yaml.j2", "{{ title }}", 1, "prints str in Yaml"),
)


@pytest.mark.parametrize(
    ("name", "template", "line", "what"), [*((STAGE, *mistake) for mistake in MISTAKES), *ELSEWHERE]
)
def test_a_template_that_prints_anything_else_is_an_error_with_its_place(
    name: str, template: str, line: int, what: str, tmp_path: Path
) -> None:
    root = config_repo(tmp_path / "repo")
    assert run(root, "generate").code == ExitCode.OK
    write_tree(root, {f"templates/{name}": template, "components/widget.yaml": _other_component(root)})
    before = read_tree(root)
    for command in (["check"], ["generate"], ["xml", "-o", str(tmp_path / "xml")]):
        outcome = run(root, *command)
        assert (outcome.code, outcome.out) == (ExitCode.USAGE, ""), outcome.err
        assert outcome.err.startswith(f"templates/{name}:{line}:1: ")
        assert what in outcome.err
    assert read_tree(root) == before
    assert not (tmp_path / "xml").exists()


@pytest.mark.parametrize("template", ["{{ unknown }}", "{{ unknown|groovy }}", "{{ stage.unknown|groovy }}"])
def test_an_undefined_name_is_told(template: str, tmp_path: Path) -> None:
    outcome = run(config_repo(tmp_path, {f"templates/{STAGE}": template}), "check")
    assert outcome.code == ExitCode.USAGE
    assert re.search(r"'unknown' is undefined|has no attribute 'unknown'", outcome.err)


@pytest.mark.parametrize(
    ("template", "what"),
    [
        ("{% include 'stages/none.groovy.j2' %}", "there is no template 'stages/none.groovy.j2'"),
        (f"{{% include '{STAGE}' %}}", "cannot be rendered: it includes itself"),
    ],
)
def test_a_template_that_includes_what_it_cannot_is_an_error(template: str, what: str, tmp_path: Path) -> None:
    outcome = run(config_repo(tmp_path, {f"templates/{STAGE}": template}), "check")
    assert outcome.code == ExitCode.USAGE
    assert outcome.err.startswith(f"templates/{STAGE}")
    assert what in outcome.err


PART = "stages/_part.groovy.j2"


def of_stages(tmp_path: Path, stage: str, part: str) -> Outcome:
    """What becomes of templates of a stage and a part of it."""
    root = config_repo(tmp_path, {f"templates/{STAGE}": stage, f"templates/{PART}": part})
    return run(root, "generate")


def pre_merge(tmp_path: Path) -> str:
    return (tmp_path / OUTPUT / "widget/widget-pre-merge.groovy").read_text(encoding="utf-8")


@pytest.mark.parametrize("words", ["(word,)|map('upper')", "(word|upper,)", "[word|upper]|list"])
def test_a_part_is_another_for_other_values_however_these_look(words: str, tmp_path: Path) -> None:
    stage = f"{{% for word in 'abcd' %}}\n{{{{ part('{PART}', words={words}) }}}}\n{{% endfor %}}"
    part = "// {% for word in words %}{{ word|groovy }}{% endfor %}\n"
    assert of_stages(tmp_path, stage, part).code == ExitCode.OK
    assert re.findall(r"// ('[A-D]')", pre_merge(tmp_path)) == ["'A'", "'B'", "'C'", "'D'"]


def test_a_part_can_be_told_where_in_a_loop_it_stands(tmp_path: Path) -> None:
    stage = f"{{% for word in 'ab' %}}\n{{{{ part('{PART}', loop=loop, at=loop.index) }}}}\n{{% endfor %}}" * 2
    assert of_stages(tmp_path, stage, "// at {{ at|groovy }} of {{ loop.length|groovy }}\n").code == ExitCode.OK
    assert re.findall(r"// at (\d of \d)", pre_merge(tmp_path)) == ["1 of 2", "2 of 2"] * 2


def test_a_part_takes_no_plain_text_for_one_in_its_language(tmp_path: Path) -> None:
    stage = f"""{{{{ part('{PART}', word='a'|groovy) }}}}\n{{{{ part('{PART}', word="'a'") }}}}\n"""
    outcome = of_stages(tmp_path, stage, "// {{ word }}")
    assert outcome.err.startswith(f"templates/{PART}:1:1: cannot be rendered: prints str in Groovy")


def test_a_part_sees_nothing_of_what_is_around_it(tmp_path: Path) -> None:
    stage = f"{{% for word in 'a' %}}{{% set hidden = 'x' %}}{{{{ part('{PART}', word=word) }}}}{{% endfor %}}"
    outcome = of_stages(tmp_path, stage, "// {{ _loop_vars.hidden|groovy }}")
    assert "'_loop_vars' is undefined" in outcome.err


def _other_component(root: Path) -> str:
    # With another title there would be something to write.
    text = (root / "components/widget.yaml").read_text(encoding="utf-8")
    return text.replace("title: Widget server", "title: Widget service")
