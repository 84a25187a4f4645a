"""What differs between the jobs of two states of a config repo: exactly, by what is generated from them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields
from difflib import unified_diff
from enum import Enum

from jjbgen.compiled import renderer_of
from jjbgen.generate import Checked
from jjbgen.jobs import ComponentPlan, FileFilter, Job, TimedTrigger, Trigger
from jjbgen.render import Files


class Change(Enum):
    """What became of a job or file."""

    ADDED = "added"
    REMOVED = "removed"
    RENAMED = "renamed"
    CHANGED = "changed"


@dataclass(frozen=True, slots=True)
class Made:
    """A job with all that is generated for it."""

    component: ComponentPlan
    job: Job
    yaml: str
    script: str
    """Path of its pipeline below the output folder."""
    groovy: str
    templates: frozenset[str]
    """Those that it was rendered with."""

    @property
    def full_name(self) -> str:
        """With the folder."""
        return self.component.home.full_name(self.job.name)

    @property
    def controller(self) -> str:
        """Where it is."""
        return self.component.home.controller

    @property
    def key(self) -> str:
        """Controller and full name."""
        return f"{self.controller}:{self.full_name}"


@dataclass(frozen=True, slots=True)
class JobChange:
    """How a job differs; `before` and `after` are None for one that was not, or is no longer, there."""

    change: Change
    before: Made | None
    after: Made | None

    @property
    def made(self) -> Made:
        """The job as it is now, or as it was."""
        made = self.after or self.before
        if made is None:
            raise AssertionError("there is a job on one side")
        return made

    @property
    def name(self) -> str:
        """The full name that it has, or had."""
        return self.made.full_name

    @property
    def script_changed(self) -> bool:
        """Whether its pipeline is another one."""
        return bool(self.before and self.after and self.before.groovy != self.after.groovy)

    def aspects(self) -> Iterator[tuple[str, str, str]]:
        """What differs beside its pipeline: in a word, before, and after."""
        if self.before and self.after:
            before, after = _aspects(self.before), _aspects(self.after)
            for what in dict.fromkeys((*before, *after)):
                if before.get(what) != after.get(what):
                    yield what, before.get(what, "none"), after.get(what, "none")


@dataclass(frozen=True, slots=True)
class FileChange:
    """A hand-written file, or a pipeline, that differs."""

    path: str
    before: str
    after: str

    def lines(self) -> Iterator[str]:
        """Its unified diff."""
        before, after = self.before.splitlines(), self.after.splitlines()
        yield from unified_diff(before, after, f"a/{self.path}", f"b/{self.path}", lineterm="")


@dataclass(frozen=True, slots=True)
class Difference:
    """All that differs."""

    jobs: tuple[JobChange, ...]
    """By name."""
    scripts: tuple[FileChange, ...]
    """Pipelines of jobs that are on both sides."""
    handwritten: tuple[FileChange, ...]
    files: tuple[str, ...]
    """Every generated file that differs, by path below the output folder."""

    def of(self, change: Change) -> tuple[JobChange, ...]:
        """The changes of one kind."""
        return tuple(each for each in self.jobs if each.change is change)


def difference(before: Checked, after: Checked) -> Difference:
    """What `after` generates differently than `before`."""
    old, new = _made(before), _made(after)
    old_files, new_files = _files(before), _files(after)
    jobs = sorted(_changes(old, new), key=lambda each: (each.name, each.change.value))
    scripts = {each.after.script: _script(each) for each in jobs if each.after and each.script_changed}
    both = {**before.handwritten, **after.handwritten}
    handwritten = [FileChange(path, before.handwritten.get(path, ""), after.handwritten.get(path, "")) for path in both]
    return Difference(
        tuple(jobs),
        tuple(scripts[path] for path in sorted(scripts)),
        tuple(each for each in sorted(handwritten, key=lambda each: each.path) if each.before != each.after),
        tuple(sorted(path for path in {*old_files, *new_files} if old_files.get(path) != new_files.get(path))),
    )


def _files(repo: Checked) -> Files:
    return {
        **renderer_of(repo.inputs.templates).files(repo.plan),
        **repo.handwritten,
    }


def _made(repo: Checked) -> dict[str, Made]:
    """Every job by its controller and full name."""
    renderer = renderer_of(repo.inputs.templates)
    found: dict[str, Made] = {}
    for component in repo.plan.components:
        renderer.taken()
        groovy = {
            name: (renderer.script(component, each), renderer.taken()) for name, each in component.scripts.items()
        }
        for job in component.jobs:
            text, used = groovy[job.script]
            yaml = renderer.job(component, job)
            made = Made(component, job, yaml, f"{component.name}/{job.script}", text, used | renderer.taken())
            found[made.key] = made
    return found


def _changes(old: Mapping[str, Made], new: Mapping[str, Made]) -> Iterator[JobChange]:
    gone = {key: made for key, made in old.items() if key not in new}
    for key, made in new.items():
        if key in old:
            if (old[key].yaml, old[key].groovy) != (made.yaml, made.groovy):
                yield JobChange(Change.CHANGED, old[key], made)
            continue
        former = next((at for at, each in gone.items() if _is_renamed(each, made)), None)
        if former is None:
            yield JobChange(Change.ADDED, None, made)
        else:
            yield JobChange(Change.RENAMED, gone.pop(former), made)
    yield from (JobChange(Change.REMOVED, made, None) for made in gone.values())


def _is_renamed(before: Made, after: Made) -> bool:
    """Whether two jobs are one: the same pipeline of a component, whose name or branch has another name now."""
    one, other = before.job.id, after.job.id
    if (one.component, one.pipeline, one.point) != (other.component, other.pipeline, other.point):
        return False
    return one.branch == other.branch or before.groovy == after.groovy


def _script(change: JobChange) -> FileChange:
    before, after = change.before, change.after
    if before is None or after is None:
        raise AssertionError("it is on both sides")
    return FileChange(after.script, before.groovy, after.groovy)


def _aspects(made: Made) -> dict[str, str]:
    """What people want to know of a job, in words."""
    job = made.job
    return {
        "name": made.full_name,
        "branch": job.id.branch,
        "controller": made.controller,
        **{what: text for trigger in job.triggers for what, text in _of_trigger(trigger)},
        **{f"parameter {name}": str(each.default) for name, each in job.parameters.items()},
        "description": job.description,
        "disabled": job.disabled.reason if job.disabled else "no",
        "concurrent builds": "yes" if job.concurrent else "no",
        **{key: str(value) for key, value in job.kept.items()},
        "pipeline file": made.script,
    }


def _of_trigger(trigger: Trigger) -> Iterator[tuple[str, str]]:
    if isinstance(trigger, TimedTrigger):
        yield "schedule", " ".join(part for part in (trigger.cron, trigger.timezone) if part)
        return
    for field in fields(trigger):
        value = getattr(trigger, field.name)
        yield f"{trigger.type} trigger, {field.name.replace('_', ' ')}", _text(value)


def _text(value: object) -> str:
    if isinstance(value, tuple):
        return ", ".join(map(_text, value)) or "none"
    if isinstance(value, FileFilter):
        return f"{value.compare} {value.pattern}"
    return "none" if value is None else str(value)
