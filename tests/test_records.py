"""Dataclasses that are quickly made: what they have of frozen ones."""

from __future__ import annotations

import pickle
from dataclasses import replace

import pytest

from jjbgen.jobs import FileFilter, JobId, PushTrigger, Stage, Step


def test_a_record_shows_all_that_it_is() -> None:
    assert repr(FileFilter("ANT", "docs/**")) == "FileFilter('ANT', 'docs/**')"
    assert (
        repr(Step("Build", "run", {"words": ("make", "build")})) == "Step('Build', 'run', {'words': ('make', 'build')})"
    )
    assert repr(PushTrigger()).endswith("PushTrigger()")


def test_records_that_differ_anywhere_are_shown_differently() -> None:
    stage = Stage("build", "Build", "build", (Step("make", "run"),))
    assert repr(stage) != repr(replace(stage, steps=(Step("make", "run", {"words": ()}),)))


def test_equal_records_are_one_key() -> None:
    assert {JobId("amf", "nightly", "main"): 1}[JobId("amf", "nightly", "main")] == 1


def test_a_record_has_no_other_attributes() -> None:
    with pytest.raises(AttributeError):
        setattr(JobId("amf", "nightly", "main"), "brnch", "main")  # noqa: B010 - the type checker refuses the other way


def test_a_record_is_the_same_in_another_process() -> None:
    job = JobId("amf", "nightly", "main", (("os", "alma"),))
    assert pickle.loads(pickle.dumps(job)) == job  # noqa: S301 - written here
