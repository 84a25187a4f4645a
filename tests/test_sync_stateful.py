"""Whatever teams write, people do in Jenkins and the network loses: an update leads to what is wanted, and no further.

A machine of hypothesis changes a config repo, works on the controller as people do, lets requests fail and runs end in
the middle. What is in which state is kept here by what was done, not by what the package thinks. The XML is written as
JJB writes it, but not by JJB, which takes a second each time.
"""

from __future__ import annotations

import contextlib
import tempfile
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass, field, replace
from fnmatch import fnmatchcase
from functools import cache
from itertools import islice
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import unquote
from xml.etree import ElementTree
from xml.sax.saxutils import escape

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule, run_state_machine_as_test

from jjbgen import generate, marks, planfile, survey, sync
from jjbgen.connection import TOKEN, URL, USER, connection
from jjbgen.controller import Client
from jjbgen.errors import RefusedError
from jjbgen.generate import Checked
from jjbgen.homes import Home
from jjbgen.marks import JJB, Mark
from jjbgen.moulds import Document
from jjbgen.pool import Pool
from jjbgen.session import ControllerError, Session
from jjbgen.survey import Target
from jjbgen.sync import Change, Outcome
from jjbgen.syncplan import Choices, Key, Kind, Wanted
from jjbgen.wanted import wanted
from jjbgen.xmlform import Element, canonical, parsed
from tests.contract_jenkins import ContractJenkins, Request
from tests.helpers import config_repo
from tests.jenkins_faults import Fault
from tests.jenkins_faults import Kind as FaultKind
from tests.jenkins_state import Group, Item

OWNER = "example"

# --- What a config repo wants


@dataclass(frozen=True)
class Component:
    """A small descriptor."""

    title: str = "Widget server"
    branches: tuple[str, ...] = ("main",)
    pipelines: tuple[str, ...] = ("pre-merge", "post-merge")
    off: frozenset[str] = frozenset()
    """The pipelines that are disabled."""
    after: str = ""
    """The component whose jobs its own jobs wait for, if its name comes later: circles are refused."""

    def jobs(self, name: str) -> list[str]:
        """The names of its jobs, without the folder."""
        return [f"{name}-{pipeline}-{branch}" for branch in self.branches for pipeline in self.pipelines]


@dataclass(frozen=True)
class Repo:
    """A config repo."""

    title: str = "Example platform"
    folder: str | None = None
    components: Mapping[str, Component] = field(default_factory=dict)


JOB = """\
<?xml version="1.0" encoding="utf-8"?>
<flow-definition plugin="workflow-job">
  <definition class="org.jenkinsci.plugins.workflow.cps.CpsFlowDefinition" plugin="workflow-cps">
    <script>pipeline {{
  agent {{
    label params.AGENT
  }}

  stages {{
    stage('Build') {{
      steps {{
        sh 'make {pipeline} &amp;&amp; true'
      }}
    }}
  }}
}}
</script>
    <sandbox>true</sandbox>
  </definition>
  <actions/>
  <description>{title}: {pipeline}
Generated from components/{name}.yaml; change it there.{jjb}</description>
  <keepDependencies>false</keepDependencies>
  <disabled>{off}</disabled>
  <properties>
    <org.jenkinsci.plugins.workflow.job.properties.DisableConcurrentBuildsJobProperty/>
    <jenkins.model.BuildDiscarderProperty>
      <strategy class="hudson.tasks.LogRotator">
        <daysToKeep>-1</daysToKeep>
        <numToKeep>30</numToKeep>
        <artifactDaysToKeep>-1</artifactDaysToKeep>
        <artifactNumToKeep>5</artifactNumToKeep>
      </strategy>
    </jenkins.model.BuildDiscarderProperty>
    <hudson.model.ParametersDefinitionProperty>
      <parameterDefinitions>
        <hudson.model.StringParameterDefinition>
          <name>BRANCH</name>
          <description>The branch to build</description>
          <defaultValue>{branch}</defaultValue>
          <trim>false</trim>
        </hudson.model.StringParameterDefinition>
        <hudson.model.StringParameterDefinition>
          <name>AGENT</name>
          <description/>
          <defaultValue>ubuntu</defaultValue>
          <trim>false</trim>
        </hudson.model.StringParameterDefinition>
      </parameterDefinitions>
    </hudson.model.ParametersDefinitionProperty>
    <org.jenkinsci.plugins.workflow.job.properties.PipelineTriggersJobProperty>
      <triggers>{trigger}</triggers>
    </org.jenkinsci.plugins.workflow.job.properties.PipelineTriggersJobProperty>
  </properties>
</flow-definition>
"""
_GERRIT = "com.sonyericsson.hudson.plugins.gerrit.trigger.hudsontrigger"
GERRIT = f"""
        <{_GERRIT}.GerritTrigger>
          <spec/>
          <gerritProjects>
            <{_GERRIT}.data.GerritProject>
              <compareType>PLAIN</compareType>
              <pattern>widgets</pattern>
              <disableStrictForbiddenFileVerification>false</disableStrictForbiddenFileVerification>
            </{_GERRIT}.data.GerritProject>
          </gerritProjects>
          <silentMode>false</silentMode>
          <silentStartMode>true</silentStartMode>
          <escapeQuotes>true</escapeQuotes>
          <dependencyJobsNames>{{jobs}}</dependencyJobsNames>
          <dynamicTriggerConfiguration>false</dynamicTriggerConfiguration>
          <serverName>review</serverName>
        </{_GERRIT}.GerritTrigger>
      """
UPSTREAM = """
        <jenkins.triggers.ReverseBuildTrigger>
          <spec/>
          <upstreamProjects>{jobs}</upstreamProjects>
        </jenkins.triggers.ReverseBuildTrigger>
      """
VIEW = """\
<?xml version="1.0" encoding="utf-8"?>
<hudson.model.ListView>
  <name>{name}</name>
  <description>{title}{jjb}</description>
  <filterExecutors>false</filterExecutors>
  <filterQueue>false</filterQueue>
  <properties class="hudson.model.View$PropertyList"/>
  <jobNames>
    <comparator class="hudson.util.CaseInsensitiveComparator"/>
    {jobs}
  </jobNames>
  <jobFilters/>
  <columns>
    <hudson.views.StatusColumn/>
    <hudson.views.JobColumn/>
  </columns>
  <recurse>false</recurse>
</hudson.model.ListView>
"""
FOLDER = """\
<?xml version="1.0" encoding="utf-8"?>
<com.cloudbees.hudson.plugins.folder.Folder plugin="cloudbees-folder">
  <icon class="com.cloudbees.hudson.plugins.folder.icons.StockFolderIcon"/>
  <views/>
  <viewsTabBar class="hudson.views.DefaultViewsTabBar"/>
  <primaryView>All</primaryView>
  <healthMetrics/>
  <actions/>
  <description>{title}{jjb}</description>
  <canRoam>true</canRoam>
  <properties/>
  <scm class="hudson.scm.NullSCM"/>
</com.cloudbees.hudson.plugins.folder.Folder>
"""
_JJB = escape(JJB)


def documents(repo: Repo, home: Home) -> Iterator[Document]:
    """What JJB makes of a config repo: folders and jobs, then views."""
    if repo.folder:
        # The folders around it are nobody's: jjbgen has to think of them itself.
        yield Document(repo.folder, FOLDER.format(title=escape(repo.title), jjb=_JJB), is_view=False)
    for name, each in repo.components.items():
        for branch in each.branches:
            for pipeline in each.pipelines:
                text = _job(repo, name, pipeline, branch)
                yield Document(home.full_name(f"{name}-{pipeline}-{branch}"), text, is_view=False)
    everything = [job for name, each in repo.components.items() for job in each.jobs(name)]
    listed = {name: (each.title, each.jobs(name)) for name, each in repo.components.items()}
    for name, (title, jobs) in {home.root_view: (repo.title, everything), **listed}.items():
        full_name = home.full_name(name)
        strings = "\n    ".join(f"<string>{job}</string>" for job in jobs)
        text = VIEW.format(name=full_name, title=escape(title), jobs=strings, jjb=_JJB)
        yield Document(full_name, text, is_view=True)


def _job(repo: Repo, name: str, pipeline: str, branch: str) -> str:
    each = repo.components[name]
    other = repo.components.get(each.after) if each.after > name else None
    first = [job for job in other.jobs(each.after) if pipeline in job] if other else []
    trigger = UPSTREAM if pipeline == "post-merge" and first else GERRIT
    return JOB.format(
        name=name,
        pipeline=pipeline,
        branch=branch,
        title=escape(each.title),
        off=str(pipeline in each.off).lower(),
        trigger=trigger.format(jobs=", ".join(first)),
        jjb=_JJB,
    )


@cache
def checked() -> Checked:
    """A real config repo, for its settings and its list of plugins."""
    with tempfile.TemporaryDirectory() as folder:
        return generate.checked(config_repo(Path(folder)))


# --- What is on a controller


def form(kind: Kind, root: ElementTree.Element) -> Element:
    """The part of an item that is the config repo's, mark and all, however Jenkins writes it."""
    if kind is Kind.FOLDER:
        return Element("description", (), root.findtext("description", ""), ())
    left_out = {Kind.JOB: "actions", Kind.VIEW: "name"}[kind]
    made = canonical(root)
    return replace(made, children=tuple(child for child in made.children if child.tag != left_out))


def edited(text: str, change: Callable[[ElementTree.Element], object]) -> str:
    """XML as a person leaves it."""
    root = parsed(text)
    change(root)
    return ElementTree.tostring(root, encoding="unicode")


def _describe(root: ElementTree.Element, text: Callable[[str], str]) -> None:
    element = root.find("description")
    assert element is not None
    element.text = text(element.text or "")


def _take_mark(root: ElementTree.Element) -> None:
    _describe(root, lambda _: "mine now")


def _say_more(root: ElementTree.Element) -> None:
    _describe(root, lambda text: f"By hand. {text}")


def _set(path: str, text: str) -> Callable[[ElementTree.Element], None]:
    def change(root: ElementTree.Element) -> None:
        for element in root.iterfind(path):
            element.text = text

    return change


def _empty(path: str) -> Callable[[ElementTree.Element], None]:
    def change(root: ElementTree.Element) -> None:
        for element in root.iterfind(path):
            element[:] = []

    return change


def _add_regex(root: ElementTree.Element) -> None:
    for element in root.findall("includeRegex"):
        root.remove(element)
    ElementTree.SubElement(root, "includeRegex").text = "own-.*"


def _furnish(root: ElementTree.Element) -> None:
    properties = root.find("properties")
    assert properties is not None
    name = "com.cloudbees.hudson.plugins.folder.properties.FolderCredentialsProvider_-FolderCredentialsProperty"
    if properties.find(name) is None:
        ElementTree.SubElement(properties, name)
        ElementTree.SubElement(root, "displayName").text = "Our folder"


EDITS: Mapping[Kind, tuple[Callable[[ElementTree.Element], None], ...]] = {
    Kind.JOB: (
        _set("definition/script", "pipeline { agent none }"),
        _set(".//defaultValue", "elsewhere"),
        _empty(".//triggers"),
        _say_more,
    ),
    Kind.VIEW: (_empty("jobNames"), _set("recurse", "true"), _add_regex, _say_more),
    Kind.FOLDER: (_say_more,),
}
"""What people change; the mark stays."""

BY_HAND = "<project><description>{}</description><disabled>false</disabled></project>"
OWN_FOLDER = "<com.cloudbees.hudson.plugins.folder.Folder/>"
OWN_VIEW = "<hudson.model.ListView><name>{}</name><includeRegex>.*</includeRegex></hudson.model.ListView>"


# --- Runs


class KilledError(BaseException):
    """The run ends here: nothing catches it."""


@dataclass(frozen=True)
class Way:
    """How an update is run."""

    drift: bool = False
    adopt: bool = False
    prune: bool = True
    only: str | None = None
    faults: tuple[Fault, ...] = ()
    dies: bool = False
    """Whether it is killed as soon as it would wait for the controller."""
    stop: int | None = None
    """After how many changes it is killed."""
    workers: int = 1


@dataclass(frozen=True)
class Run:
    """What became of an update."""

    outcomes: tuple[Outcome, ...]
    error: BaseException | None
    log: tuple[Request, ...]
    before: Mapping[Key, str]
    """The XML of all that was on the controller."""
    after: Mapping[Key, str]

    @property
    def writes(self) -> list[tuple[str, Key]]:
        """What was done to which items, in order."""
        return [_written(request) for request in self.log if request.changed]


def _written(request: Request) -> tuple[str, Key]:
    path, _, query = request.path.partition("?")
    *parts, verb = [unquote(part) for part in path.split("/") if part]
    words, names = parts[::2], parts[1::2]
    kind = Kind.VIEW if words[-1:] == ["view"] or verb == "createView" else Kind.JOB
    if verb in ("createItem", "createView"):
        names.append(unquote(query.removeprefix("name=")))
    if kind is Kind.JOB and request.body.rpartition(b"</")[2].startswith(b"com.cloudbees.hudson.plugins.folder"):
        kind = Kind.FOLDER
    return verb, (kind, "/".join(names))


class World:
    """A config repo, a controller with people on it, and what is known about both."""

    def __init__(self, repo: Repo, *, password: bool = False, writes_anew: bool = False) -> None:
        self.jenkins = ContractJenkins(writes_anew=writes_anew).__enter__()
        self.repo = repo
        self.ours: set[Key] = set()
        """What the last hand on it was an update's."""
        self.off: set[str] = set()
        """Jobs that a person has disabled."""
        self.pushed_off: set[str] = set()
        """Jobs that the last update has disabled."""
        self.is_edited = False
        """Whether a person has changed what a mark does not tell since everything was in order."""
        self._folder = tempfile.TemporaryDirectory()
        self._dies = False
        self._target: tuple[Repo, Target] | None = None
        user, secret = self.jenkins.password if password else self.jenkins.login
        environment = {URL: self.jenkins.url, USER: user, TOKEN: secret}
        self._connection = connection(checked().inputs.settings.project, checked().root, "main", environment)

    def close(self) -> None:
        """End the controller; raises what has gone wrong in it."""
        self._folder.cleanup()
        self.jenkins.__exit__(None, None, None)

    # What there is

    def target(self) -> Target:
        """What the config repo wants now."""
        if self._target is None or self._target[0] is not self.repo:
            home = Home("main", self.jenkins.url, self.repo.folder, "All components", takes_the_rest=True)
            found = wanted(documents(self.repo, home), (home,), {}, home, OWNER)
            self._target = self.repo, Target(checked().root, checked().inputs, 1, self._connection, home, found)
        return self._target[1]

    def wanted(self) -> dict[Key, Wanted]:
        """The same by kind and name."""
        return {each.key: each for each in self.target().wanted}

    def there(self) -> dict[Key, str]:
        """The XML of all that is on the controller."""
        with self.jenkins.lock:
            found: dict[Key, str] = {}
            groups: list[Group] = [self.jenkins.state.root]
            for item in self.jenkins.state.root.descendants():
                found[Kind.FOLDER if item.kind.folder else Kind.JOB, item.full_name] = self.jenkins.state.config(item)
                groups += [item] if item.kind.folder else []
            for group in groups:
                for view in group.views.values():
                    name = f"{group.full_name}/{view.name}".lstrip("/")
                    found[Kind.VIEW, name] = self.jenkins.state.view_config(view)
            return found

    def ours_there(self, *kinds: Kind) -> list[Key]:
        """Ours, of some kinds, in an order that is always the same."""
        return sorted((key for key in self.ours if key[0] in kinds), key=str)

    def item(self, full_name: str) -> Item:
        """A job or folder of the controller."""
        return self.jenkins.state.find(full_name)

    def expected(self, each: Wanted) -> Element:
        """What an item has to be: as wanted, with our mark, and disabled where the descriptor or a person says so."""
        root = deepcopy(marks.marked(each.root, each.mark))
        if each.full_name in self.off and each.kind is Kind.JOB:
            _set("disabled", "true")(root)
        return form(each.kind, root)

    def is_fine(self, each: Wanted, there: Mapping[Key, str]) -> bool:
        """Whether an item is as it has to be; a folder that a person has made is."""
        key = each.key
        if key not in there or (key not in self.ours and each.kind is not Kind.FOLDER):
            return False
        return key not in self.ours or form(each.kind, parsed(there[key])) == self.expected(each)

    # What people do

    def edit(self, key: Key, change: Callable[[ElementTree.Element], object]) -> None:
        """Change the XML of an item in the browser."""
        kind, name = key
        self.is_edited = True
        with self.jenkins.lock:
            if kind is not Kind.VIEW:
                self.jenkins.resave(name)
                self.jenkins.edit(name, edited(self.jenkins.config(name), change))
                return
            folder, _, short = name.rpartition("/")
            view = (self.item(folder) if folder else self.jenkins.state.root).views[short]
            self.jenkins.state.update_view(view, edited(self.jenkins.state.view_config(view), change))

    def take(self, key: Key) -> None:
        """Make an item one's own: our mark is gone."""
        self.edit(key, _take_mark)
        self._now_theirs(key)

    def _now_theirs(self, key: Key) -> None:
        kind, name = key
        self.ours.discard(key)
        self.pushed_off.discard(name)
        if kind is Kind.JOB and self.item(name).disabled:
            self.off.add(name)
        else:
            self.off.discard(name)

    def disable(self, name: str) -> None:
        """Disable a job; one that its descriptor disables already stays the descriptor's."""
        self.jenkins.disable(name)
        if name not in self.pushed_off:
            self.off.add(name)

    def enable(self, name: str) -> None:
        """Enable a job."""
        self.jenkins.disable(name, disabled=False)
        self.off.discard(name)

    def remove(self, key: Key) -> None:
        """Delete an item, with what is in it."""
        kind, name = key
        if kind is Kind.VIEW:
            folder, _, short = name.rpartition("/")
            group = self.item(folder) if folder else self.jenkins.state.root
            with self.jenkins.lock:
                self.jenkins.state.delete_view(group.views[short])
        else:
            self.jenkins.remove_item(name)
        self._forget(key)

    def _forget(self, key: Key) -> None:
        kind, name = key
        inside = f"{name}/" if kind is Kind.FOLDER else "\0"
        self.ours = {each for each in self.ours if each != key and not each[1].startswith(inside)}
        if kind is not Kind.VIEW:
            self.off = {each for each in self.off if each != name and not each.startswith(inside)}
            self.pushed_off = {each for each in self.pushed_off if each != name and not each.startswith(inside)}

    def copy(self, name: str, other: str) -> None:
        """Make a copy of a job, in its folder unless another is said, in the place of what is there."""
        other = other if "/" in other else f"{name.rpartition('/')[0]}/{other}".lstrip("/")
        if other == name:
            return
        text = self.jenkins.config(name)
        if other in self.jenkins.items():
            self.remove((Kind.JOB, other))
        self.jenkins.add_item(other, text)
        self._now_theirs((Kind.JOB, other))

    def add(self, name: str, xml: str) -> None:
        """Make a job or a folder of one's own, if there is nothing of this name."""
        folders = [name[:end] for end, letter in enumerate(name) if letter == "/"]
        items = self.jenkins.items()
        if name not in items and all(self.item(folder).kind.folder for folder in folders if folder in items):
            self.jenkins.add_item(name, xml)

    def add_job(self, name: str, number: int) -> None:
        """Make a job that is no business of ours: by hand, by JJB, or by another config repo."""
        mark = Mark("other", marks.name_fingerprint(name), "0f" * 16)
        self.add(name, BY_HAND.format(escape(("by hand", f"By JJB{JJB}", f"By JJB{mark}{JJB}")[number % 3])))

    def add_view(self, name: str) -> None:
        """Make a view of one's own, if its folder is there and has none of this name."""
        folder, _, short = name.rpartition("/")
        if (Kind.VIEW, name) not in self.there() and (not folder or folder in self.jenkins.items()):
            self.jenkins.add_view(short, OWN_VIEW.format(short), folder)

    # What updates do

    def run(self, way: Way) -> Run:
        """Run an update, and look that it does nothing that it must not do."""
        return self._watched(way, self._update)

    def _update(self, way: Way, pool: Pool, outcomes: list[Outcome]) -> None:
        target = self.target()
        only = way.only
        choices = Choices(
            adopt=way.adopt,
            prune=way.prune,
            prune_limit=1000,
            only=(lambda name: fnmatchcase(name, only)) if only else None,
        )
        changes = survey.survey(target, pool, choices, lambda *_: lambda: None, edited=way.drift).changes()
        survey.refuse_what_lacks_plugins(changes, pool)
        outcomes += islice(sync.apply(pool, changes), way.stop)

    def _watched(self, way: Way, work: Callable[[Way, Pool, list[Outcome]], None]) -> Run:
        before, wanted_ = self.there(), self.wanted()
        self.jenkins.reset_log()
        self.jenkins.faults[:] = [replace(fault) for fault in way.faults]
        self._dies = way.dies
        outcomes: list[Outcome] = []
        error: BaseException | None = None
        try:
            with Pool(self._client, way.workers) as pool:
                work(way, pool, outcomes)
        except (ControllerError, RefusedError, KilledError) as found:
            error = found
        self.jenkins.faults.clear()
        run = Run(tuple(outcomes), error, tuple(self.jenkins.requests), before, self.there())
        self._check_writes(run, wanted_, is_filtered=way.only is not None, prunes=way.prune)
        self._note(run, wanted_)
        self._check_others(run)
        self._check_disabled(wanted_)
        self._check_told(run)
        return run

    def _client(self) -> Client:
        return Client(Session(self.jenkins.url, self._connection.login, sleep=self._sleep))

    def _sleep(self, _: float) -> None:
        if self._dies:
            raise KilledError

    def _check_writes(self, run: Run, wanted_: Collection[Key], *, is_filtered: bool, prunes: bool) -> None:
        """Only what is wanted is written; only what is ours and no longer wanted is deleted."""
        for verb, key in run.writes:
            if verb == "doDelete":
                assert key not in wanted_
                assert key in self.ours
                assert prunes
                assert not is_filtered
            else:
                assert key in wanted_
        if isinstance(run.error, RefusedError):
            assert run.writes == []

    def _note(self, run: Run, wanted_: Mapping[Key, Wanted]) -> None:
        for verb, key in run.writes:
            kind, name = key
            if verb == "doDelete":
                self._forget(key)
                continue
            self.ours.add(key)
            if kind is Kind.JOB:
                if wanted_[key].root.findtext("disabled") == "true":
                    self.pushed_off.add(name)
                    self.off.discard(name)
                else:
                    self.pushed_off.discard(name)

    def _check_others(self, run: Run) -> None:
        """What is not ours is what it was to the byte, but for folders that ours are in: Jenkins saves those."""
        before, after = run.before, run.after
        written = [key for _, key in run.writes]
        for key in before.keys() - self.ours - set(written):
            kind, name = key
            if kind is Kind.FOLDER and any(each.startswith(f"{name}/") for _, each in written):
                assert _of_people(after[key]) == _of_people(before[key])
                assert form(kind, parsed(after[key])) == form(kind, parsed(before[key]))
            elif kind is Kind.VIEW and (lost := [name for verb, (_, name) in run.writes if verb == "doDelete"]):
                # Jenkins takes what is deleted off all views that name it.
                assert form(kind, parsed(after[key])) == form(kind, _without(parsed(before[key]), name, lost)), key
            else:
                assert after[key] == before[key], key
        for key in before.keys() & after.keys():
            if key[0] is Kind.FOLDER:
                assert _of_people(after[key]) == _of_people(before[key])

    def _check_disabled(self, wanted_: Collection[Key]) -> None:
        for name in self.off:
            if (Kind.JOB, name) in wanted_:
                assert self.item(name).disabled, name

    @staticmethod
    def _check_told(run: Run) -> None:
        """What is told to be done is done."""
        for outcome in run.outcomes:
            if outcome.error is None:
                assert _is_in_effect(outcome.change, run.after), outcome.change

    # What they lead to

    def settle(self, way: Way) -> None:
        """Run one update, which has to bring everything in order, and look that there is nothing more to do."""
        before, ours, wanted_ = self.there(), set(self.ours), self.wanted()
        taken = [key for key in wanted_ if key in before and key not in self.ours and key[0] is not Kind.FOLDER]
        if taken and not way.adopt:
            refused = self.run(Way())
            assert isinstance(refused.error, RefusedError)
            assert all(name in str(refused.error) for _, name in taken)
        fine = {key for key, each in wanted_.items() if self.is_fine(each, before)}
        run = self.run(replace(way, adopt=bool(taken) or way.adopt, drift=self.is_edited or way.drift))
        assert run.error is None, run.error
        assert [outcome for outcome in run.outcomes if outcome.error] == []
        self._check_order(run, wanted_)
        self._check_needless(run, fine, ours, wanted_)
        self.check_in_order()

    def _check_order(self, run: Run, wanted_: Mapping[Key, Wanted]) -> None:
        """Jobs are made after those they wait for."""
        made = [name for verb, (kind, name) in run.writes if verb == "createItem" and kind is Kind.JOB]
        first = {name: self._first(wanted_[Kind.JOB, name]) for name in made}
        for number, name in enumerate(made):
            for later in made[number + 1 :]:
                assert later not in first[name], (name, later)

    def _first(self, job: Wanted) -> set[str]:
        folder = f"{self.repo.folder}/" if self.repo.folder else ""
        texts = [each.text or "" for tag in ("upstreamProjects", "dependencyJobsNames") for each in job.root.iter(tag)]
        return {folder + name for text in texts for name in text.split(", ") if name}

    @staticmethod
    def _check_needless(run: Run, fine: Collection[Key], ours: Collection[Key], wanted_: Mapping[Key, Wanted]) -> None:
        """What was fine is left alone, but for views of jobs that were not there or not ours: they may lack names."""
        for _, key in run.writes:
            if key in fine:
                folder = key[1].rpartition("/")[0]
                names = [each.text or "" for each in wanted_[key].root.iterfind("jobNames/string")]
                assert any((Kind.JOB, f"{folder}/{name}".lstrip("/")) not in ours for name in names), key

    def check_in_order(self) -> None:
        """Everything is as wanted; nothing of ours is there that is not; and a further update has nothing to do."""
        self.is_edited = False
        wanted_ = self.wanted()
        assert [key for key in self.ours - wanted_.keys() if key[0] is not Kind.FOLDER] == []
        run = self.run(Way())
        assert [key for key, each in wanted_.items() if not self.is_fine(each, run.before)] == []
        assert (run.error, run.outcomes, run.writes) == (None, (), [])
        assert len(run.log) == self._listings(wanted_, run.before)
        run = self.run(Way(drift=True))
        assert (run.error, run.outcomes, run.writes) == (None, (), [])

    @staticmethod
    def _listings(wanted_: Collection[Key], there: Collection[Key]) -> int:
        """One, and one more where people have put folders deeper than ours."""
        depth = max(name.count("/") for _, name in wanted_)
        return 1 + any(kind is Kind.FOLDER and name.count("/") >= depth for kind, name in there)

    def keep_and_carry_out(self, way: Way) -> None:
        """Keep a plan, carry it out twice, the first time not to its end: then everything is in order."""
        path = Path(self._folder.name) / "kept.plan"

        def keep(way: Way, pool: Pool, _: list[Outcome]) -> None:
            choices = Choices(adopt=True, prune=True, prune_limit=1000)
            seen = survey.survey(self.target(), pool, choices, lambda *_: lambda: None, edited=way.drift, exact=True)
            path.write_text(planfile.text(self._connection, seen.changes()), encoding="utf-8")

        def carry_out(way: Way, pool: Pool, outcomes: list[Outcome]) -> None:
            left = sync.still_to_do(planfile.read(path, self._connection), pool, OWNER)
            outcomes += islice(sync.apply(pool, left), way.stop)

        assert self._watched(Way(drift=way.drift), keep).writes == []
        first = self._watched(way, carry_out)
        run = self._watched(Way(), carry_out)
        if isinstance(run.error, RefusedError) and any(outcome.error for outcome in first.outcomes):
            # What was done after a failure may have changed what that was planned for: views lose what is deleted.
            self.settle(Way(drift=way.drift))
            return
        assert run.error is None, run.error
        assert [outcome for outcome in run.outcomes if outcome.error] == []
        self.check_in_order()


def _of_people(xml: str) -> list[Element]:
    """What people keep in a folder, beside its views."""
    found = [canonical(each) for tag in ("displayName", "properties") for each in parsed(xml).iterfind(tag)]
    return [each for each in found if each.children or each.text.strip()]


def _without(view: ElementTree.Element, full_name: str, gone: Collection[str]) -> ElementTree.Element:
    """A view without the names of some jobs."""
    folder = full_name.rpartition("/")[0]
    for names in view.iterfind("jobNames"):
        for each in names.findall("string"):
            if f"{folder}/{each.text}".lstrip("/") in gone:
                names.remove(each)
    return view


def _is_in_effect(change: Change, there: Mapping[Key, str]) -> bool:
    if change.xml is None:
        return change.key not in there
    return change.key in there and form(change.kind, parsed(there[change.key])) == form(change.kind, parsed(change.xml))


# --- What happens

NAMES = ("amf", "smf", "upf")
TITLES = (
    "Core",
    "",
    "Gr\u00f6\u00dfe \U0001f600 & <b>more</b> 'q' \"qq\"",
    f"two\nlines{JJB}",
    f"<!-- jjbgen {OWNER} {'0f' * 8} {'0f' * 16} off -->",
)
FOLDERS = (None, "ci", "team/ci")
OWN = ("own-1", "lab/own-1", "ci/own-1", "team/own-1", "team/ci/own-1")
BRANCHES = ("main", "release-1")
PIPELINES = ("pre-merge", "post-merge")
EVERY_JOB = tuple(job for name in NAMES for job in Component(branches=BRANCHES).jobs(name))


def _some(of: tuple[str, ...]) -> st.SearchStrategy[tuple[str, ...]]:
    return st.sampled_from([of, *((each,) for each in of)])


COMPONENTS = st.builds(
    Component,
    title=st.sampled_from(TITLES),
    branches=_some(BRANCHES),
    pipelines=_some(PIPELINES),
    off=st.frozensets(st.sampled_from(PIPELINES)),
    after=st.sampled_from(("", *NAMES)),
)
REPOS = st.builds(
    Repo,
    folder=st.sampled_from(FOLDERS),
    components=st.dictionaries(st.sampled_from(NAMES), COMPONENTS),
)
PICKS = st.integers(0, 59)
"""Which of some things: there may be fewer."""

PASSING: tuple[FaultKind, ...] = (
    "latency",
    "429",
    "500",
    "502",
    "503",
    "restart",
    "sessions-expire",
    "reset-before-reading",
    "reset-in-request",
    "reset-before-answer",
    "reset-in-answer",
    "close-after",
)
"""What a run survives, unless it comes too often."""
FATAL: tuple[FaultKind, ...] = ("no-json", "truncated-json", "login-page", "login-redirect")


def _meeting(part: str) -> Callable[[str, str], bool]:
    return lambda method, path: part in f"{method} {path}"


WHERE = {part: _meeting(part) for part in ("GET", "crumbIssuer", "createItem", "createView", "POST", "doDelete")}


def _fault(kind: FaultKind, where: int | str, times: int, *, after: bool, retry_after: str | None) -> Fault:
    on, when = (where, None) if isinstance(where, int) else (1, WHERE[where])
    return Fault(kind, on, when, times, after, seconds=0.002, retry_after=retry_after)


def _faults(kinds: tuple[FaultKind, ...], times: int) -> st.SearchStrategy[tuple[Fault, ...]]:
    fault = st.builds(
        _fault,
        st.sampled_from(kinds),
        st.sampled_from((*range(1, 16), *WHERE)),
        st.integers(1, times),
        after=st.booleans(),
        retry_after=st.sampled_from((None, "0")),
    )
    return st.just(()) | st.lists(fault, min_size=1, max_size=2).map(tuple)


WAYS = st.builds(
    Way,
    drift=st.booleans(),
    adopt=st.booleans(),
    prune=st.booleans(),
    only=st.sampled_from((None, None, "*amf*")),
    faults=_faults(PASSING + FATAL, 7),
    dies=st.booleans(),
    stop=st.none() | st.integers(0, 8),
)
SAFE_WAYS = st.builds(Way, drift=st.booleans(), faults=_faults(PASSING, 2), workers=st.sampled_from((1, 3)))
"""A request is tried five times, and two faults of two hits each leave one of them."""


def _changed(key: str) -> Callable[[Component | None, Component], Component | None]:
    return lambda old, new: old and replace(old, **{key: getattr(new, key)})


TEAMS: Mapping[str, Callable[[Component | None, Component], Component | None]] = {
    "write": lambda _, new: new,
    "remove": lambda *_: None,
    **{key: _changed(key) for key in ("title", "branches", "off", "after")},
}
"""What teams make of a descriptor that may be there, and another one."""

PEOPLE: Mapping[str, tuple[tuple[Kind, ...], Callable[[World, Key, int], object]]] = {
    "edit": (tuple(Kind), lambda world, key, number: world.edit(key, _one(EDITS[key[0]], number))),
    "furnish": ((Kind.FOLDER,), lambda world, key, _: world.edit(key, _furnish)),
    "take": (tuple(Kind), lambda world, key, _: world.take(key)),
    "disable": ((Kind.JOB,), lambda world, key, _: world.disable(key[1])),
    "enable": ((Kind.JOB,), lambda world, key, _: world.enable(key[1])),
    "remove": (tuple(Kind), lambda world, key, _: world.remove(key)),
    "copy": ((Kind.JOB,), lambda world, key, number: world.copy(key[1], _one(EVERY_JOB + OWN, number))),
    "resave": ((Kind.JOB, Kind.FOLDER), lambda world, key, _: world.jenkins.resave(key[1])),
    "resave all": (tuple(Kind), lambda world, *_: world.jenkins.resave_all()),
    "add a job": (tuple(Kind), lambda world, _, number: world.add_job(_one(OWN, number), number)),
    "add a view": (tuple(Kind), lambda world, _, number: world.add_view(_one(OWN, number))),
    "add a folder": (tuple(Kind), lambda world, _, number: world.add(_one(("ci", "lab/deep"), number), OWN_FOLDER)),
}
"""What people do with one of ours, or beside it, and a number for what else there is to choose."""

Thing = TypeVar("Thing")


def _one(of: Sequence[Thing], number: int) -> Thing:
    return of[number % len(of)]


def _acts(*parts: st.SearchStrategy[Any]) -> st.SearchStrategy[list[Any]]:
    return st.lists(st.tuples(*parts), min_size=1, max_size=4)


class Controller(RuleBasedStateMachine):
    """What teams, people, the network and updates do, in any order.

    There are few rules, with much to choose in each: of many, hypothesis switches most off for the length of a story.
    """

    world: World

    @initialize(repo=REPOS, password=st.booleans(), writes_anew=st.booleans())
    def begin(self, repo: Repo, *, password: bool, writes_anew: bool) -> None:
        self.world = World(repo, password=password, writes_anew=writes_anew)
        self.world.settle(Way())

    def teardown(self) -> None:
        if hasattr(self, "world"):
            try:
                self.world.settle(Way())
            finally:
                self.world.close()

    @rule(acts=_acts(st.sampled_from(sorted(TEAMS)), st.sampled_from(NAMES), COMPONENTS))
    def teams(self, acts: list[tuple[str, str, Component]]) -> None:
        for what, name, component in acts:
            made = {**self.world.repo.components, name: TEAMS[what](self.world.repo.components.get(name), component)}
            kept = {each: one for each, one in sorted(made.items()) if one}
            self.world.repo = replace(self.world.repo, components=kept)

    @rule(title=st.sampled_from(TITLES), folder=st.sampled_from(FOLDERS), moves=st.sampled_from((False, False, True)))
    def platform_team(self, title: str, folder: str | None, *, moves: bool) -> None:
        self.world.repo = replace(self.world.repo, title=title, folder=folder if moves else self.world.repo.folder)

    @rule(acts=_acts(st.sampled_from(sorted(PEOPLE)), PICKS, PICKS))
    def people(self, acts: list[tuple[str, int, int]]) -> None:
        for what, number, other in acts:
            kinds, work = PEOPLE[what]
            if ours := self.world.ours_there(*kinds):
                work(self.world, _one(ours, number), other)

    @rule(way=WAYS)
    def run_that_may_fail(self, way: Way) -> None:
        self.world.run(way)

    @rule(way=SAFE_WAYS)
    def run_that_must_not_fail(self, way: Way) -> None:
        self.world.settle(way)

    @rule(way=WAYS)
    def keep_and_carry_out(self, way: Way) -> None:
        self.world.keep_and_carry_out(replace(way, prune=True, only=None, drift=way.drift or self.world.is_edited))


def test_updates_lead_to_what_is_wanted_and_leave_the_rest_whatever_happens() -> None:
    few = settings(max_examples=30, stateful_step_count=12)
    run_state_machine_as_test(Controller, settings=few)


# --- What the machine has found once


@pytest.fixture
def world() -> Iterator[World]:
    """A controller with two components in a folder, in order."""
    with contextlib.closing(World(Repo(folder="ci", components={"amf": Component(), "smf": Component()}))) as made:
        made.settle(Way())
        yield made


def test_a_view_that_gets_a_name_back_keeps_it_when_its_folder_is_updated_too(world: World) -> None:
    world.remove((Kind.JOB, "ci/amf-pre-merge-main"))
    world.repo = replace(world.repo, title="Another platform")
    world.settle(Way())


def test_a_view_gets_the_name_of_a_job_back_that_a_person_has_made_anew(world: World) -> None:
    world.copy("ci/amf-pre-merge-main", "ci/amf-post-merge-main")
    world.settle(Way(adopt=True))


@pytest.mark.parametrize("writes_anew", [False, True])
def test_what_was_made_by_a_request_whose_answer_got_lost_is_told_to_be_made(writes_anew: bool) -> None:
    asked: list[str] = []

    def first_time(method: str, path: str) -> bool:
        asked.append(path)
        return method == "POST" and asked.count(path) == 1

    lost = Fault("502", when=first_time, times=None, after=True)
    repo = Repo(folder="team/ci", components={"amf": Component()})
    with contextlib.closing(World(repo, writes_anew=writes_anew)) as world:
        world.settle(Way(faults=(lost,)))


@pytest.mark.parametrize(
    ("kind", "name", "edit"),
    [
        (Kind.JOB, "ci/amf-pre-merge-main", EDITS[Kind.JOB][0]),
        (Kind.VIEW, "ci/amf", EDITS[Kind.VIEW][0]),
        (Kind.FOLDER, "ci", EDITS[Kind.FOLDER][0]),
    ],
)
def test_a_kept_plan_that_undoes_an_edit_can_be_carried_out_again(
    kind: Kind, name: str, edit: Callable[[ElementTree.Element], None], world: World
) -> None:
    both = world.repo
    more = replace(both, components={**both.components, "upf": Component()})
    for stop in range(7):
        world.repo = both if world.repo is more else more
        world.edit((kind, name), edit)
        world.keep_and_carry_out(Way(drift=True, stop=stop))


def test_a_kept_plan_that_gives_a_view_a_name_back_can_be_carried_out_again(world: World) -> None:
    for stop in range(4):
        world.remove((Kind.JOB, "ci/amf-pre-merge-main"))
        world.keep_and_carry_out(Way(stop=stop))


@pytest.mark.parametrize("verb", ["createItem", "createView", "config.xml", "doDelete"])
def test_a_page_to_log_in_is_no_success(verb: str, world: World) -> None:
    world.repo = replace(world.repo, title="Another platform", components={"amf": Component(), "upf": Component()})
    fault = Fault("login-page", when=lambda method, path: method == "POST" and verb in path, times=None)
    assert any(outcome.error for outcome in world.run(Way(faults=(fault,))).outcomes)
    world.settle(Way())
