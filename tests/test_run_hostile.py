"""What outsiders write stays text: hostile values in every place that they reach, in real runs of the generated jobs.

Each value carries code for one of the languages on its way: Groovy, the shell, make, git's options. Code that runs
leaves a mark (see `Canary`), wherever it runs. And it does not come to that: the steps of a run, with every script that
`sh` is given, have to be those of a harmless run, and the stand-ins for the outside world have to find the values as
they were sent. The first tests run pipelines that do it wrong, to see that they would be caught.
"""

from __future__ import annotations

import json
import os
import re
import socket
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from jjbgen.errors import ExitCode
from tests.git_repo import Files
from tests.helpers import COMPONENT, SETTINGS, config_repo, run
from tests.pipeline_runner.runner import POST, Build
from tests.platform import Platform, Repository

if TYPE_CHECKING:
    from tests.pipeline_runner.runner import PipelineRunner, Run

pytest_plugins = ("tests.pipeline_runner.plugin",)


@dataclass(frozen=True)
class Hostile:
    """A value; FILE in it is a file that must not come into being."""

    text: str
    runs: str | None = None
    """Which of CONTROLS runs the code in it."""


HOSTILE: dict[str, Hostile] = {
    "quote": Hostile("'; touch pwned; '", "in quotes"),
    "quote, without a program": Hostile("'; : >FILE; '", "in quotes"),
    "double quote": Hostile('"; touch pwned; "', "in double quotes"),
    "quote and comment": Hostile('"; touch pwned #', "in double quotes"),
    "substitution": Hostile("$(touch pwned)", "bare"),
    "substitution, without a program": Hostile("$(: >FILE)", "bare"),
    "backticks": Hostile("`touch pwned`", "bare"),
    "operators": Hostile("& touch pwned | touch pwned; touch pwned", "bare"),
    "lines": Hostile("one\ntouch pwned\n", "bare"),
    "end of a document": Hostile("\nEOF\ntouch pwned\n", "in a document"),
    "index": Hostile("a[$(touch pwned)]", "as a number"),
    "make": Hostile("$(shell touch pwned)", "in make"),
    "option of git": Hostile("--upload-pack=touch pwned", "as a word of git"),
    "option of git behind a blank": Hostile("main --upload-pack=touch${IFS}FILE", "as words of git"),
    "Groovy": Hostile("${new File('FILE').createNewFile()}", "in Groovy"),
    "Groovy, quoted": Hostile("' + new File('FILE').createNewFile() + '", "in Groovy's quotes"),
    "variables": Hostile("${IFS}${PATH}$HOME$$"),
    "option": Hostile("--option"),
    "parent": Hostile("../../.."),
    "reflog": Hostile("@{-1}"),
    "pattern": Hostile("* ? [a-z] ~ {a,b}"),
    "backslashes": Hostile("\\'; touch pwned; \\"),
    "returns": Hostile("one\r\ntouch pwned\r\n"),
    "markup": Hostile("]]></script>&lt;%s%n {{ 7 * 7 }} #{7} {0}"),
    "other letters": Hostile("ü 漢 \u202e\u2028\ufeff\ufffd \U0001f600 \x07\x1b[31m\x85"),
    "long": Hostile("x" * 5_000 + "$(touch pwned)", "bare"),
}
VALUES = pytest.mark.parametrize("value", HOSTILE)

CONTROLS = {
    "bare": 'sh "echo ${env.VALUE}"',
    "in quotes": "sh \"echo '${env.VALUE}'\"",
    "in double quotes": 'sh "echo \\"${env.VALUE}\\""',
    "in a document": 'sh "cat <<EOF\\n${env.VALUE}\\nEOF"',
    "as a number": "sh '''#!/bin/bash\n[[ $VALUE -eq 0 ]]'''",
    "in make": "sh '''printf 'all:\\n\\t@echo \"$(VALUE)\"\\n' > Makefile; make'''",
    "as a word of git": "sh 'git ls-remote \"$VALUE\" .'",
    "as words of git": "sh 'git init --quiet; git fetch . $VALUE'",
    "in Groovy": 'echo "VALUE"',
    "in Groovy's quotes": "echo 'VALUE'",
}
"""Steps that run the value they are given, each in its way; Groovy has the value in its source."""

# What the plugins tell a build. The revisions and refs that the checkout reads have tests of their own.

GERRIT = (
    # The change, its patch set and its people. Our jobs do not ask for subject, message, comment, name with e-mail.
    *("GERRIT_CHANGE_SUBJECT", "GERRIT_CHANGE_COMMIT_MESSAGE", "GERRIT_BRANCH", "GERRIT_TOPIC", "GERRIT_OLD_TOPIC"),
    *("GERRIT_CHANGE_ID", "GERRIT_CHANGE_NUMBER", "GERRIT_CHANGE_URL", "GERRIT_PATCHSET_NUMBER", "GERRIT_PROJECT"),
    *("GERRIT_CHANGE_PRIVATE_STATE", "GERRIT_CHANGE_WIP_STATE", "GERRIT_HASHTAGS"),
    *("GERRIT_REMOVED_HASHTAGS", "GERRIT_ADDED_HASHTAGS"),
    *(
        f"GERRIT_{who}{what}"
        for who in (
            *("TOPIC_CHANGER", "CHANGE_ABANDONER", "CHANGE_OWNER", "CHANGE_RESTORER"),
            *("PATCHSET_UPLOADER", "EVENT_ACCOUNT", "SUBMITTER"),
        )
        for what in ("", "_NAME", "_EMAIL", "_USERNAME")
    ),
    # The event.
    *("GERRIT_EVENT_COMMENT_TEXT", "GERRIT_EVENT_UPDATED_APPROVALS", "GERRIT_EVENT_HASH", "GERRIT_EVENT_TYPE"),
    *("GERRIT_REFNAME", "GERRIT_OLDREV"),
    # The server.
    *("GERRIT_NAME", "GERRIT_HOST", "GERRIT_PORT", "GERRIT_SCHEME", "GERRIT_VERSION"),
)
"""All names of the enum GerritTriggerParameters (gerrit-trigger, June 2026) but GERRIT_READ."""
GERRIT_READ = ("GERRIT_PATCHSET_REVISION", "GERRIT_REFSPEC", "GERRIT_NEWREV")

GITHUB = (
    *("ghprbPullTitle", "ghprbPullDescription", "ghprbPullLongDescription", "ghprbCommentBody", "ghprbPullLink"),
    *("ghprbSourceBranch", "ghprbTargetBranch", "GIT_BRANCH", "sha1", "ghprbAuthorRepoGitUrl", "ghprbGhRepository"),
    *("ghprbActualCommitAuthor", "ghprbActualCommitAuthorEmail", "ghprbCredentialsId"),
    *("ghprbPullAuthorEmail", "ghprbPullAuthorLogin", "ghprbPullAuthorLoginMention"),
    *("ghprbTriggerAuthor", "ghprbTriggerAuthorEmail", "ghprbTriggerAuthorLogin", "ghprbTriggerAuthorLoginMention"),
)
"""What GhprbTrigger.scheduleBuild adds (ghprb, March 2025) but GITHUB_READ; its extensions add settings of the job."""
GITHUB_READ = ("ghprbActualCommit", "ghprbPullId")

TRIGGER_VARIABLE = re.compile(r"\b(?:GERRIT_\w+|ghprb\w+|GIT_BRANCH|sha1)\b")


# What runs.

_FULL = """\
title: Widget server
owners: [widgets@example.org]
repository: {host: review, project: widgets, branches: {main: }}
build: {tool: make, targets: [build]}
checks:
  lint: {targets: [lint]}
tests:
  unit: {targets: [test], results: {junit: ['reports/*.xml'], archive: ['out/**']}}
  integration: {commands: ['record integration "$LAB"']}
images:
  server: {repository: example/widget, registry: hub}
charts:
  widget: {path: chart, repository: charts}
packages:
  widget: {repository: npm}
deployment:
  cluster: kind
  up: ['record up "$LAB"']
  collect: ['record collect "$LAB"']
  down: ['record down "$LAB"']
stages:
  own: {commands: ['record own "${WORD-}" "$BRANCH"'], after: build, pipelines: [pre-merge, post-merge, publish]}
pipelines:
  pre-merge: {parameters: {WORD: }}
  post-merge: {parameters: {WORD: }}
  nightly: {axes: {values: {lab: [one]}}}
  publish: {parameters: {WORD: }}
"""
_GADGET = """\
title: Gadget
owners: [widgets@example.org]
repository: {host: github, project: example/gadget, branches: {main: }}
build: {tool: make, targets: [build]}
checks:
  lint: {tool: tox, targets: [py]}
images:
  server: {repository: example/gadget, registry: hub}
pipelines: {pre-merge: , post-merge: , publish: }
"""
_PLAIN = """\
title: Plain
owners: [widgets@example.org]
repository: {host: HOST, project: PROJECT, branches: {BRANCHES}}
build: {tool: make, targets: [build]}
stages:
  own: {commands: ['record own "$BRANCH"'], after: build, pipelines: [pre-merge]}
pipelines: {PIPELINES}
"""
ODD_BRANCH = "release/--option+1.0_x"
"""A name that `jjbgen check` admits."""


def _plain(host: str, project: str, pipelines: str = "pre-merge: ", branch: str = "main") -> str:
    text = _PLAIN.replace("HOST", host).replace("PROJECT", project)
    return text.replace("PIPELINES", pipelines).replace("BRANCHES", f"'{branch}': ")


COMPONENTS = {
    "widget": _FULL,
    "gadget": _GADGET,
    "patch": _plain("review", "patch", "pre-merge: , post-merge: "),
    "pull": _plain("github", "example/pull"),
    "file": _plain("review", "file", "pre-merge: , publish: "),
    "odd": _plain("review", "odd", "pre-merge: , publish: ", ODD_BRANCH),
}
PUSH = "    push-credentials: hub-push\n"
WITH_PUSH = SETTINGS.replace("type: gerrit\n", f"type: gerrit\n{PUSH}").replace(
    "type: github\n", f"type: github\n{PUSH}"
)

MAKEFILE = """\
build lint:
\t@record make $@
test:
\t@record make $@
\t@mkdir -p reports out
\t@echo '<testsuite><testcase name="one"/></testsuite>' > reports/one.xml
\t@echo one > out/one
\t@if [ -d odd ]; then cp odd/* reports; cp odd/* out; fi
"""
CHART = "apiVersion: v2\nname: widget\nversion: 1.0.0\ndescription: TEXT\nappVersion: TEXT\n"
TOX = """\
[testenv]
skip_install = true
allowlist_externals = record, true
pass_env = *
list_dependencies_command = true
commands = record tox {envname}
"""
FILES: Files = {
    "VERSION": "1.0.0-dev\n",
    "Makefile": MAKEFILE,
    "chart/Chart.yaml": CHART,
    "Dockerfile": "FROM scratch\n",
    "tox.ini": TOX,
}

NOTE = """\
printf '%s\\0' "$#" "${{0##*/}}" "$@" >> "{calls}/words"
{{ cat /proc/$$/environ; printf '\\0'; }} >> "{calls}/environment"
case "$*" in *--password-stdin*) cat > /dev/null ;; esac
"""
PROGRAMS = {
    "record": "",
    "kind": "",
    "curl": "echo 201",
    "docker": 'case $1 in save) echo image > "$3" ;; esac',
    "helm": """\
case $1 in
  package) tar -czf "$4/widget-1.0.0.tgz" -C "$5" . ;;
  show) printf 'name: %s\\nversion: 1.0.0\\n' "$(cat "{answer}")" ;;
  pull) echo 'not found' >&2; exit 1 ;;
esac""",
    "npm": """\
case "$*" in
  'pkg get name') printf '"%s"\\n' "$(cat "{answer}")" ;;
  'pkg get version') echo '"1.0.0"' ;;
esac""",
}
"""Stand-ins for the outside world; each notes its words and its environment first."""


class Canary:
    """Tells of code that came to run."""

    PROGRAM = 'echo "touch $* in $PWD" >> \'{marks}/program\'; exec /usr/bin/touch "$@"'
    """A `touch` that tells of itself, also where what it makes is cleaned away."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._marks = folder / "marks"
        self._marks.mkdir(parents=True)
        self.program = self.PROGRAM.format(marks=self._marks)

    def armed(self, value: str) -> str:
        """The text of one of HOSTILE."""
        return HOSTILE[value].text.replace("FILE", str(self._marks / "file"))

    def signs(self) -> list[Path]:
        """What code left behind: by the program, in a file of its own, here or where the tests run."""
        return [*self._marks.iterdir(), *self._made(), *Path.cwd().glob("pwned*")]

    def _made(self) -> Iterator[Path]:
        for folder, inner, files in os.walk(self._folder):
            # Git's: many files, none with a name that comes from anybody.
            inner[:] = [name for name in inner if name != "objects"]
            yield from (Path(folder, name) for name in files if name == "pwned")

    def reset(self) -> None:
        for path in self.signs():
            path.unlink()


@dataclass(frozen=True)
class Call:
    """A call of a stand-in."""

    words: tuple[str, ...]
    environment: Mapping[str, str]


Deeds = list[tuple[tuple[str, ...], str, str]]
"""Steps: stage, name, arguments as JSON."""


def deeds(run: Run, build: Build) -> Deeds:
    """All steps of a run with their arguments; those of `checkout` hold its revisions, as arguments of git."""
    here = json.dumps(str(build.workspace))[1:-1]
    return [
        (
            step.stage,
            step.step,
            "" if step.step == "checkout" else json.dumps(step.arguments, sort_keys=True).replace(here, "WORKSPACE"),
        )
        for step in run.steps
    ]


@dataclass(frozen=True)
class Done:
    """A build that has ended."""

    run: Run
    build: Build
    calls: tuple[Call, ...]

    @property
    def deeds(self) -> Deeds:
        """Its steps."""
        return deeds(self.run, self.build)

    def words(self) -> list[tuple[str, ...]]:
        """The words of the stand-ins, without what is another one in each build."""
        return [tuple(self._plain(word) for word in call.words) for call in self.calls]

    def _plain(self, word: str) -> str:
        tag = f"jenkins-{self.build.name.replace('/', '-')}-{self.build.number}"
        word = word.replace(tag, "TAG").replace(str(self.build.workspace), "WORKSPACE")
        return re.sub(r"ci-[0-9a-f]{16}|/[^ ]*/tmp\.\w+|\b1\.[0-9]+\.[0-9]+\b", "OWN", word)


class World:
    """A platform whose agent has stand-ins for the outside world and a canary, and the harmless builds of its jobs."""

    def __init__(self, folder: Path, runner: PipelineRunner) -> None:
        self._runner = runner
        self.canary = Canary(folder)
        settings = f"{WITH_PUSH}  version: {{next-change: true}}\n"
        self.platform = Platform(folder / "platform", runner, COMPONENTS, {"jjbgen.yaml": settings})
        self.folder = folder
        self._calls = folder / "calls"
        self._temporary = folder / "tmp"
        self.answer = folder / "answer"
        for path in (self._calls, self._temporary):
            path.mkdir()
        self.answer.write_text("widget")
        for name, script in PROGRAMS.items():
            self.platform.program(name, (NOTE + script).format(calls=self._calls, answer=self.answer))
        self.platform.program("touch", self.canary.program)
        self.repositories = {name: self._repository(text) for name, text in COMPONENTS.items()}
        self._number = 0
        self._released: set[str] = set()
        self._events: dict[str, Mapping[str, str]] = {}
        self._in_odd_branch()
        self.harmless = {job: self.start(job) for job in self.platform.jobs}
        for done in self.harmless.values():
            assert done.run.result == "SUCCESS", "\n".join(done.run.console)

    def _repository(self, component: str) -> Repository:
        found = re.search(r"host: (\w+), project: ([\w/]+)", component)
        assert found
        return self.platform.repository(found[2], FILES, host=found[1])

    def begin(self) -> None:
        """Forget what was before a test."""
        self.canary.reset()
        self.answer.write_text("widget")

    def number(self) -> int:
        """The next number, for whatever has to be another one each time."""
        self._number += 1
        return self._number

    def event(self, job: str, files: Files | None = None) -> dict[str, str]:
        """Make what starts a build of a job: a change, a merge, a release; returns what the trigger tells of it."""
        component, _, rest = job.partition("-")
        repository = self.repositories[component]
        number = self.number()
        change = {"work.txt": f"{number}\n", **(files or {})}
        if component in self._released:
            repository.merge({"VERSION": f"1.0.{number}-dev\n"})
            self._released.remove(component)
        if rest.startswith("pre-merge"):
            return (repository.pull_request if self._is_github(component) else repository.propose)(change)
        if rest.startswith("publish"):
            self._released.add(component)
            change = {"VERSION": f"1.0.{number}\n", **change}
            # Gerrit makes changes of what is pushed there, and does not keep it.
            for reference in repository.remote.git("for-each-ref", "--format=%(refname)", "refs/for").splitlines():
                repository.remote.git("update-ref", "-d", reference)
        told = repository.merge(change)
        self._in_odd_branch()
        return {} if self._is_github(component) or rest.startswith("nightly") else told

    def _in_odd_branch(self) -> None:
        self.repositories["odd"].clone.git("push", "--quiet", "origin", f"main:refs/heads/{ODD_BRANCH}")

    @staticmethod
    def _is_github(component: str) -> bool:
        return "host: github" in COMPONENTS[component]

    def start(self, job: str, event: Mapping[str, str] | None = None, **values: Any) -> Done:
        """Build a job; `values` are fields of Build. Without an `event`, there is one."""
        if event is None:
            event = self._events.get(job) or self.event(job)
            # Nothing is compared with where these began; the same change can be built again.
            self._events |= {job: event} if job.startswith(("patch-", "pull-")) else {}
        environment = {**event, **values.pop("environment", {})}
        # Tox makes its environments without what nobody needs here.
        agent = {"TMPDIR": str(self._temporary), "VIRTUALENV_NO_SEED": "true"}
        build = self.platform.build(job, agent=agent, environment=environment)
        parameters = {**build.parameters, **values.pop("parameters", {})}
        return self.run(job, replace(build, parameters=parameters, **values))

    def run(self, job: str, build: Build) -> Done:
        """Run the pipeline of a job as this build."""
        for path in self._calls.iterdir():
            path.unlink()
        run = self._runner.run(self.platform.jobs[job].script, build)
        return Done(run, build, tuple(self._noted()))

    def _noted(self) -> Iterator[Call]:
        words = self._entries("words")
        environment = self._entries("environment")
        while words:
            count = int(words.pop(0)) + 1
            end = environment.index("")
            variables = (entry.partition("=") for entry in environment[:end])
            yield Call(tuple(words[:count]), {name: value for name, _, value in variables})
            del words[:count], environment[: end + 1]

    def _entries(self, name: str) -> list[str]:
        path = self._calls / name
        return path.read_bytes().decode("utf-8", "surrogateescape").split("\0")[:-1] if path.exists() else []


@pytest.fixture(scope="module")
def one_world(pipeline_runner: PipelineRunner, tmp_path_factory: pytest.TempPathFactory) -> World:
    """The world of all tests; see `world`."""
    return World(tmp_path_factory.mktemp("hostile"), pipeline_runner)


@pytest.fixture
def world(one_world: World) -> World:
    """The world, in which nothing has happened yet."""
    one_world.begin()
    return one_world


# The check itself.


def handwritten(style: str, text: str) -> str:
    """A pipeline with one of CONTROLS."""
    step = CONTROLS[style].replace("VALUE", text) if "Groovy" in style else CONTROLS[style]
    return f"pipeline {{\n  agent any\n  stages {{\n    stage('Control') {{\n      steps {{\n{step}\n}}\n}}\n}}\n}}\n"


@pytest.fixture(scope="module")
def harmless_controls() -> dict[str, Deeds]:
    """What CONTROLS do with a harmless value, as far as it was asked for."""
    return {}


@VALUES
def test_a_pipeline_that_makes_code_of_a_value_is_caught(
    value: str, harmless_controls: dict[str, Deeds], pipeline_runner: PipelineRunner, tmp_path: Path
) -> None:
    canary = Canary(tmp_path)
    program = tmp_path / "bin/touch"
    program.parent.mkdir()
    program.write_text(f"#!/bin/sh\n{canary.program}\n")
    program.chmod(0o755)

    def control(style: str, text: str) -> Deeds:
        environment = {"VALUE": text}
        build = Build(tmp_path / "jenkins", environment=environment, agent={"PATH": f"{program.parent}:/usr/bin:/bin"})
        return deeds(pipeline_runner.run(handwritten(style, text), build), build)

    text = canary.armed(value)
    style = HOSTILE[value].runs or "bare"
    found = control(style, text)
    if HOSTILE[value].runs:
        assert canary.signs()
    if "${env.VALUE}" in CONTROLS[style] or "Groovy" in style:
        if style not in harmless_controls:
            harmless_controls[style] = control(style, "harmless")
        assert found != harmless_controls[style]


# What a trigger says.


def assert_treated_as_data(world: World, job: str, done: Done) -> None:
    """Assert that a build did what a harmless one does, with the same scripts, and nothing besides."""
    assert done.run.result == "SUCCESS", "\n".join(done.run.console)
    assert done.deeds == world.harmless[job].deeds
    assert world.canary.signs() == []


def assert_refused_by_the_checkout(world: World, done: Done) -> None:
    """Assert that a build ended where it was to check out, without another word to a shell."""
    assert (done.run.result, done.run.ran()) == ("FAILURE", ["Checkout"]), "\n".join(done.run.console)
    assert done.calls == ()
    assert [step.step for step in done.run.steps if step.stage == (POST,)] == ["cleanWs"]
    assert not list(done.build.workspace.glob("*"))
    assert world.canary.signs() == []


def test_the_tables_have_every_variable_of_a_trigger_that_a_pipeline_reads(world: World) -> None:
    scripts = [job.script for job in world.platform.jobs.values()]
    assert {name for script in scripts for name in TRIGGER_VARIABLE.findall(script)} == {*GERRIT_READ, *GITHUB_READ}
    shells = [str(step.arguments["script"]) for done in world.harmless.values() for step in done.run.shells()]
    assert len(shells) > 40
    assert [script for script in shells if TRIGGER_VARIABLE.search(script)] == []


@pytest.mark.parametrize(
    ("job", "value"),
    [(("patch-pre-merge-main", "pull-pre-merge-main")[at % 2], value) for at, value in enumerate(HOSTILE)],
)
def test_all_that_a_trigger_says_of_a_change_is_data(job: str, value: str, world: World) -> None:
    told = dict.fromkeys((*GERRIT, *GITHUB), world.canary.armed(value))
    done = world.start(job, environment=told)
    assert_treated_as_data(world, job, done)
    assert done.words() == [("record", "make", "build"), ("record", "own", "main")]
    for call in done.calls:
        assert {name: call.environment[name] for name in told} == told


STAGES_OF_ALL_KINDS = (
    *("widget-pre-merge-main", "widget-post-merge-main", "widget-nightly-main-one", "widget-publish-main"),
    *("gadget-pre-merge-main", "gadget-post-merge-main", "gadget-publish-main"),
)


@pytest.mark.parametrize("job", STAGES_OF_ALL_KINDS)
def test_hostile_variables_reach_every_program_of_every_stage_unaltered(job: str, world: World) -> None:
    texts = [world.canary.armed(value) for value in HOSTILE]
    told = {name: texts[number % len(texts)] for number, name in enumerate((*GERRIT, *GITHUB))}
    typed = {name: "".join(texts) for name in ("WORD", "LAB") if name in world.platform.jobs[job].parameters}
    done = world.start(job, environment=told, parameters=typed)
    assert_treated_as_data(world, job, done)
    for call in done.calls:
        assert {name: call.environment[name] for name in told} == told
        assert {name: call.environment[name] for name in typed} == typed
    default = "one" if "LAB" in typed else ""
    words = [tuple(default if word == "".join(texts) else word for word in call) for call in done.words()]
    assert words == world.harmless[job].words()
    assert len(words) > 1


REFS = pytest.mark.parametrize(
    "value",
    ["quote", "substitution", "lines", "option of git", "option of git behind a blank", "reflog"],
)
"""Those of HOSTILE that could mean something to git, or to a shell below it."""


@REFS
@pytest.mark.parametrize(
    ("job", "variable"),
    [
        ("patch-pre-merge-main", "GERRIT_PATCHSET_REVISION"),
        ("patch-pre-merge-main", "GERRIT_REFSPEC"),
        ("patch-post-merge-main", "GERRIT_NEWREV"),
        ("pull-pre-merge-main", "ghprbActualCommit"),
        ("pull-pre-merge-main", "ghprbPullId"),
    ],
)
def test_a_revision_that_is_none_ends_in_the_checkout(job: str, variable: str, value: str, world: World) -> None:
    done = world.start(job, environment={variable: world.canary.armed(value)})
    assert_refused_by_the_checkout(world, done)


@pytest.mark.parametrize("text", [pytest.param("\U0001f600" * 65_536, id="long"), pytest.param("a\0b", id="NUL")])
def test_a_text_that_no_program_can_be_given_fails_the_checkout(text: str, world: World) -> None:
    # GitHub takes descriptions and comments of 65,536 characters; Linux a variable of 131,072 bytes, without NUL.
    assert_refused_by_the_checkout(world, world.start("pull-pre-merge-main", environment={"ghprbCommentBody": text}))


# What a person types.


@REFS
def test_a_typed_branch_that_is_none_ends_in_the_checkout(value: str, world: World) -> None:
    done = world.start("patch-pre-merge-main", {}, parameters={"BRANCH": world.canary.armed(value)})
    assert_refused_by_the_checkout(world, done)


@REFS
def test_a_typed_revision_that_is_none_ends_in_the_checkout(value: str, world: World) -> None:
    text = world.canary.armed(value)
    done = world.start("file-publish-main", {}, parameters={"JJBGEN_REVISION": text})
    assert (done.run.result, done.run.ran()) == ("FAILURE", ["Checkout"]), "\n".join(done.run.console)
    assert re.split("[\r\n]", f"not a commit: {text}")[0] in done.run.console
    # The script of the template stands in the job's source, word by word.
    script = str(done.run.shells()[0].arguments["script"])
    assert script in world.platform.jobs["file-publish-main"].script
    assert world.canary.signs() == []


@REFS
def test_a_typed_agent_that_there_is_not_gets_no_work(value: str, world: World) -> None:
    done = world.start("patch-pre-merge-main", {}, parameters={"AGENT": world.canary.armed(value)})
    assert (done.run.result, done.run.ran(), done.run.shells()) == ("FAILURE", [], [])
    assert not done.build.workspace.exists()
    assert world.canary.signs() == []


# What is in the repository.


BRANCHES = (
    *("a';touch${IFS}pwned;'b", 'a";touch${IFS}pwned;"b', "$(touch${IFS}pwned)", "`touch${IFS}pwned`"),
    *("{a;touch${IFS}pwned,b}&<c>|d!#%submit", "x/--upload-pack=touch${IFS}pwned", "--option"),
)
"""All of them are branches to git."""


# Jenkins' git plugin, other than the runner, replaces the name of a variable that it knows in what it is to fetch.
@pytest.mark.parametrize("name", BRANCHES)
def test_a_branch_of_any_name_is_built_like_others(name: str, world: World) -> None:
    job = "file-pre-merge-main"
    world.repositories["file"].remote.git("update-ref", f"refs/heads/{name}", "refs/heads/main")
    done = world.start(job, {}, parameters={"BRANCH": name}, environment={"GERRIT_BRANCH": name, "GIT_BRANCH": name})
    assert_treated_as_data(world, job, done)
    assert [call.words for call in done.calls] == [("record", "make", "build"), ("record", "own", name)]
    assert {call.environment["BRANCH"] for call in done.calls} == {name}
    assert [line for line in done.run.console if re.fullmatch(r"1\.0\.\d+(-dev)? \(VERSION\): no problems", line)]


def test_nothing_is_proposed_for_a_branch_with_a_name_that_means_more(world: World) -> None:
    name = "a';touch${IFS}pwned;'$(touch${IFS}pwned)%submit"
    job = "widget-publish-main"
    remote = world.repositories["widget"].remote
    world.event(job)
    remote.git("update-ref", f"refs/heads/{name}", "refs/heads/main")
    done = world.start(job, {}, parameters={"BRANCH": name})
    assert done.deeds == world.harmless[job].deeds
    assert done.run.result == "UNSTABLE"
    assert [stage.name for stage in done.run.stages if stage.status != "SUCCESS"] == ["Next version"]
    assert f"an odd branch: {name}" in done.run.console
    assert remote.git("for-each-ref", "refs/for") == ""
    assert world.canary.signs() == []


def test_a_tracked_branch_of_the_oddest_name_is_published_and_begun_anew(world: World) -> None:
    odd = [done.run for job, done in world.harmless.items() if job.startswith("odd-")]
    assert [(run.result, run.statuses().get("Next version")) for run in odd] == [("SUCCESS", None), ("SUCCESS",) * 2]
    remote = world.repositories["odd"].remote
    assert remote.git("for-each-ref", "--format=%(refname)", "refs/for") == f"refs/for/{ODD_BRANCH}"
    assert len(remote.tags()) == 1


@pytest.mark.parametrize("name", [*BRANCHES, "-option", "a..b", "@{-1}", "a\nb", "${PATH}", "../..", "a b"])
def test_a_descriptor_tracks_no_branch_with_a_name_that_means_more(name: str, tmp_path: Path) -> None:
    text = COMPONENT.replace("main:", f"{json.dumps(name)}:")
    outcome = run(config_repo(tmp_path, {"components/widget.yaml": text}), "check")
    assert outcome.code == ExitCode.USAGE
    assert "is not a branch name" in outcome.err


REPORT = '<testsuite><testcase name="&apos;; touch pwned; &apos;$(touch pwned)&#10;`touch pwned`"/></testsuite>'


VERSION_FILES: dict[str, Files] = {
    "VERSION": {"VERSION": "'; touch pwned; '$(touch pwned)`touch pwned`\n"},
    "VERSION of two lines": {"VERSION": "9.9.9\ntouch pwned\n"},
    "VERSION with code at its end": {"VERSION": "9.9.9-$(touch${IFS}pwned)\n"},
    "VERSION in no encoding": {"VERSION": b"9.9.9\xff\xfe\0touch pwned\n"},
    "long VERSION": {"VERSION": "9" * 2_000_000},
    "package.json": {"VERSION": None, "package.json": json.dumps({"version": '9.9.9"; touch pwned; "'})},
    "deep package.json": {"VERSION": None, "package.json": '{"version":' + "[" * 200_000},
    "pom.xml": {"VERSION": None, "pom.xml": "<project><version>$(touch pwned)</version></project>"},
    "pom.xml with an entity": {
        "VERSION": None,
        "pom.xml": '<!DOCTYPE p [<!ENTITY e SYSTEM "URL">]><project><version>&e;</version></project>',
    },
    "Chart.yaml": {
        "VERSION": None,
        "Chart.yaml": "name: x\nversion: !!python/object/apply:os.system ['touch pwned']\n",
    },
}


@pytest.fixture
def listener() -> Iterator[socket.socket]:
    """A server on loopback that nobody should call."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.setblocking(False)
        yield server


def url_of(server: socket.socket) -> str:
    """An address of a server."""
    return f"http://127.0.0.1:{server.getsockname()[1]}/pwned"


def assert_not_called(server: socket.socket) -> None:
    """Assert that nobody has called."""
    with pytest.raises(BlockingIOError):
        server.accept()


@pytest.mark.parametrize("name", VERSION_FILES)
def test_a_version_that_is_none_is_told_by_the_version_check(name: str, world: World, listener: socket.socket) -> None:
    files = {
        path: text.replace("URL", url_of(listener)) if isinstance(text, str) else text
        for path, text in VERSION_FILES[name].items()
    }
    done = world.start("file-pre-merge-main", world.event("file-pre-merge-main", files))
    assert (done.run.result, done.run.ran()) == ("FAILURE", ["Checkout", "Version check"]), "\n".join(done.run.console)
    assert done.run.shells()[0].status == ExitCode.FAILED
    path = next(path for path, text in files.items() if text is not None)
    assert [line for line in done.run.console if line.startswith(path)]
    assert "Traceback" not in done.run.trace
    assert done.calls == ()
    assert world.canary.signs() == []
    assert_not_called(listener)


def test_a_version_that_is_none_is_refused_by_the_gate_and_stays_text_in_the_next_one(world: World) -> None:
    job = "file-publish-main"
    done = world.start(job, world.event(job, VERSION_FILES["VERSION"]))
    assert (done.run.result, done.run.ran()) == ("FAILURE", ["Checkout", "Version gate"]), "\n".join(done.run.console)
    assert "Traceback" not in done.run.trace
    repository = world.repositories["file"]
    event = repository.merge({"VERSION": f"1.0.{world.number()}\n"})
    done = world.start(job, event)
    assert_treated_as_data(world, job, done)
    assert done.words() == world.harmless[job].words()


@pytest.mark.parametrize(
    "chart",
    [
        CHART.replace("name: widget", "name: '$(touch pwned)'"),
        CHART.replace("version: 1.0.0", 'version: "1.0.1\\"; touch pwned; \\""'),
    ],
)
def test_a_chart_with_an_odd_name_or_version_is_told_by_the_version_check(chart: str, world: World) -> None:
    job = "widget-pre-merge-main"
    done = world.start(job, world.event(job, {"chart/Chart.yaml": chart}))
    assert (done.run.result, done.run.ran()) == ("FAILURE", ["Checkout", "Version check"]), "\n".join(done.run.console)
    assert [line for line in done.run.console if line.startswith("chart/Chart.yaml:")]
    assert "Traceback" not in done.run.trace
    assert world.canary.signs() == []


def test_a_test_report_makes_nobody_call_another_host(world: World, listener: socket.socket) -> None:
    # The runner refuses a DOCTYPE; Jenkins reads the rest of the report (SuiteResult.parse of the junit plugin).
    job = "widget-pre-merge-main"
    url = url_of(listener)
    report = f'<!DOCTYPE t SYSTEM "{url}" [<!ENTITY % e SYSTEM "{url}"> %e; <!ENTITY f SYSTEM "{url}">]>{REPORT}'
    done = world.start(job, world.event(job, {"odd/report.xml": report}))
    assert done.run.calls("junit")
    scripts = [step.arguments["script"] for step in done.run.shells()]
    assert scripts == [step.arguments["script"] for step in world.harmless[job].run.shells()]
    assert world.canary.signs() == []
    assert_not_called(listener)


def test_what_a_tool_answers_is_a_word_for_the_next_one(world: World) -> None:
    text = "--option=../.. '; touch pwned; '$(touch pwned)`touch pwned`; touch pwned #"
    job = "widget-publish-main"
    world.answer.write_text(text)
    done = world.start(job)
    assert_treated_as_data(world, job, done)
    words = [call.words for call in done.calls]
    assert any(f"oci://registry.example.org/charts/{text}" in call for call in words)
    assert ("npm", "view", f"{text}@1.0.0", "version", "--registry", "https://npm.example.org") in words


# What the job is called.


@pytest.mark.parametrize("job", ["widget-nightly-main-one", "widget-publish-main"])
def test_the_name_of_a_job_and_its_folders_is_a_word(job: str, world: World) -> None:
    name = "it's \"; touch pwned #/$(touch pwned)`touch pwned`/ --option ${IFS} & touch pwned"
    done = world.start(job, name=name)
    assert_treated_as_data(world, job, done)
    assert done.words() == world.harmless[job].words()
    assert str(done.build.workspace).endswith(name)
    assert {call.environment["JOB_NAME"] for call in done.calls} == {name}


# The history of the repository. This comes last: it stays in there.


ODD_NAMES = (
    *("--option.xml", "-rf.xml", "'; touch pwned; '.xml", "$(touch pwned).xml", "`touch pwned`.xml", 'a"b #.xml'),
    *("new\nline.xml", " blank .xml", "*.xml", "a,b.xml", "\\\\.xml"),
)


def commit_of_anybody(repository: Repository, files: Files, text: str) -> str:
    """A commit on `main` of somebody with an odd name and much to say, none of it in an encoding; returns its id."""
    clone = repository.clone
    clone.write(files)
    clone.git("add", "--all")
    name = re.sub(r"[<>\r\n]", "", text).encode() + b"\xff\xfe"
    person = b"%s <%s> 1700000000 +0000" % (name, name)
    lines = [f"tree {clone.git('write-tree')}".encode(), f"parent {clone.id()}".encode()]
    lines += [b"author " + person, b"committer " + person, b"", text.encode() + b"\xff\xfe\n"]
    commit = clone.git("hash-object", "-t", "commit", "-w", "--stdin", stdin=b"\n".join(lines))
    clone.git("reset", "--quiet", "--hard", commit)
    clone.git("push", "--quiet", "origin", "main")
    return commit


@pytest.mark.parametrize("job", ["widget-pre-merge-main", "widget-publish-main"])
def test_people_messages_tags_and_files_of_any_name_are_data(job: str, world: World) -> None:
    repository = world.repositories["widget"]
    world.event(job)
    text = "".join(map(world.canary.armed, HOSTILE))
    files = {f"odd/{name}": REPORT for name in ODD_NAMES} | dict.fromkeys(ODD_NAMES, text)
    described = CHART.replace("TEXT", json.dumps(re.sub("[^ -~\n]", "", text)))
    files |= {"chart/Chart.yaml": described, "Dockerfile": f"FROM scratch\n#{text}\n"}
    files |= {"VERSION": f"1.0.{world.number()}\n"} if "publish" in job else {}
    commit = commit_of_anybody(repository, files, text)
    for name in (*BRANCHES, "HEAD"):
        for tag in (name, f"v0.{name}", f"v9.9.9{name}"):
            repository.remote.git("update-ref", f"refs/tags/{tag}", commit)
    done = world.start(job, {})
    assert_treated_as_data(world, job, done)
    assert done.words() == world.harmless[job].words()
    assert {file["path"] for file in done.run.archived} == {"out/one", *(f"out/{name}" for name in ODD_NAMES)}
    assert done.run.calls("junit")[0].total == len(ODD_NAMES) + 1
