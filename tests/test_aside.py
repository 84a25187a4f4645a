"""Work in another process: its answer comes, whatever becomes of the process, and nothing of it stays."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from jjbgen.aside import aside

HERE = os.getpid()


@pytest.fixture(autouse=True)
def children(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[int]]:
    """The processes that are started; none of them is left at the end."""
    started: list[int] = []
    original = os.fork

    def fork() -> int:
        pid = original()
        if pid:
            started.append(pid)
        return pid

    monkeypatch.setattr(os, "fork", fork)
    yield started
    assert len(started) == 1
    for pid in started:
        with pytest.raises(ProcessLookupError):
            os.kill(pid, 0)


def test_another_process_does_the_work(children: list[int]) -> None:
    with aside(os.getpid) as answer:
        assert [answer()] == children


def test_an_answer_may_be_large_and_hold_any_name() -> None:
    names = {f"{number}-\udcff-ü": (number, None, [True]) for number in range(50_000)}
    with aside(lambda: names) as answer:
        assert answer() == names


def killed() -> str:
    if os.getpid() != HERE:
        os.kill(os.getpid(), 9)
    return "here"


def refused() -> str:
    if os.getpid() != HERE:
        raise RuntimeError
    return "here"


def not_plain() -> object:
    return object() if os.getpid() != HERE else "here"


def ended() -> str:
    if os.getpid() != HERE:
        os._exit(0)
    return "here"


@pytest.mark.parametrize("work", [killed, refused, not_plain, ended])
def test_what_the_other_process_does_not_bring_is_done_here(work: Callable[[], Any]) -> None:
    with aside(work) as answer:
        assert answer() == "here"


def test_what_goes_wrong_here_too_is_raised() -> None:
    def missing() -> None:
        raise FileNotFoundError("x")

    with pytest.raises(FileNotFoundError, match="x"), aside(missing) as answer:
        answer()


def test_nobody_waits_for_an_answer_that_is_not_wanted() -> None:
    start = time.monotonic()
    with aside(lambda: time.sleep(60)):
        pass
    assert time.monotonic() - start < 30


def test_a_process_is_ended_whatever_happens_here() -> None:
    with pytest.raises(KeyboardInterrupt), aside(lambda: time.sleep(60)):
        raise KeyboardInterrupt


def test_one_whose_end_nobody_is_told_of_does_no_harm() -> None:
    before = signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    try:
        with aside(lambda: "there") as answer:
            assert answer() == "there"
            time.sleep(0.1)
    finally:
        signal.signal(signal.SIGCHLD, before)
