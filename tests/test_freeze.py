"""When nothing is deployed."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import pytest

from jjbgen import freeze
from jjbgen.errors import ExitCode
from tests.helpers import COMPONENT, config_repo, run

WEEKEND = "Fri 16:00-Mon 08:00"
NOON = "Wed 12:00-Wed 13:00"


def at(day: int, hour: int, minute: int = 0) -> datetime:
    """A day of the week, 1 being a Monday."""
    return datetime(2024, 1, day, hour, minute)


@pytest.mark.parametrize(
    ("moment", "window"),
    [
        (at(5, 15, 59), None),
        (at(5, 16), WEEKEND),
        (at(7, 12), WEEKEND),
        (at(1, 0), WEEKEND),
        (at(1, 7, 59), WEEKEND),
        (at(1, 8), None),
        (at(3, 11, 59), None),
        (at(3, 12, 30), NOON),
        (at(3, 13), None),
    ],
)
def test_a_window_holds_from_its_beginning_to_its_end(moment: datetime, window: str | None) -> None:
    assert freeze.holds((WEEKEND, NOON), moment) == window


WRONG = ("", "Fri", "Fri 16:00", "Fri 16:00 - Mon 08:00", "Fry 16:00-Mon 08:00", "Fri 24:00-Mon 08:00")


@pytest.mark.parametrize("text", WRONG)
def test_what_is_no_part_of_the_week_is_told(text: str) -> None:
    with pytest.raises(ValueError, match="is not a part of the week; write it like 'Fri 16:00-Mon 08:00'"):
        freeze.check(text)


def test_a_window_of_no_length_is_told() -> None:
    with pytest.raises(ValueError, match="ends where it begins"):
        freeze.check("Fri 16:00-Fri 16:00")


def test_in_a_window_nothing_is_asked_and_nothing_is_changed(tmp_path: Path) -> None:
    root = config_repo(tmp_path)
    week = ("--freeze", "Mon 00:00-Fri 00:00", "--freeze", "Fri 00:00-Mon 00:00")
    outcome = run(root, "update", *week, "--timezone", "Europe/Berlin")
    assert (outcome.code, outcome.err) == (0, "")
    assert outcome.out.startswith("frozen, ")
    assert outcome.out.endswith(" 00:00 (Europe/Berlin): nothing is changed\n")


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("--freeze", "weekends"), "'weekends' is not a part of the week; write it like 'Fri 16:00-Mon 08:00'"),
        (("--timezone", "Berlin"), "unknown time zone 'Berlin'"),
    ],
)
def test_a_wrong_window_or_zone_is_told(words: tuple[str, ...], told: str, tmp_path: Path) -> None:
    outcome = run(config_repo(tmp_path), "update", *words)
    assert outcome.code == ExitCode.USAGE
    assert told in outcome.err


def test_a_descriptor_says_it_at_its_place(tmp_path: Path) -> None:
    deploy = "  config-deploy: {freeze: {windows: [Fri 16:00-Mon 08:00, Sat-Sun]}}\n"
    descriptor = COMPONENT.partition("build:")[0] + "pipelines:\n" + deploy
    outcome = run(config_repo(tmp_path, {"components/widget.yaml": descriptor}), "check")
    assert outcome.code == ExitCode.USAGE
    assert "widget.yaml:9:59: pipelines.config-deploy.freeze.windows[1]: 'Sat-Sun' is not a part of" in outcome.err
