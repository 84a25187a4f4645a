"""Time `jjbgen update` and `plan` against `jenkins-jobs update`, on a controller that answers like a recorded Jenkins.

Seconds of wall time, each a whole process, the requests that the controller got, and how many of them changed
something. The controller is on this machine, in a process of its own, and answers at once, or takes the time that the
recorded one took. Both programs have their own default number of workers.
"""

from __future__ import annotations

import multiprocessing
import os
import statistics
import subprocess
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import quote

import requests

from benchmarks.generate import BIN, config_repo
from tests.contract_jenkins import ADMIN, ContractJenkins, Request
from tests.jenkins_access import Answer
from tests.jenkins_state import Group, Plugin

ROUNDS = 3
"""How often everything is run; the median counts."""

ENOUGH = 90
"""Seconds after which nothing is run once more."""

WORKERS = 4
"""How many clients the bare requests come from: as many as `jjbgen update` has unless it is told otherwise."""

PULL_REQUESTS = Plugin("ghprb", "1.42.2", "GitHub Pull Request Builder")
"""The only plugin that the jobs need and the recorded Jenkins lacks."""


class Counts(NamedTuple):
    """What a controller was asked since it was last told something else than to count."""

    requests: int
    changed: int


class Row(NamedTuple):
    """A measurement."""

    what: str
    seconds: float
    runs: int
    counts: Counts


class Item(NamedTuple):
    """A job or a view that is to be posted."""

    path: str
    xml: bytes


class Controller:
    """A controller in another process, as this one sees it."""

    def __init__(self, pipe: Connection, url: str) -> None:
        self._pipe = pipe
        self.url = url

    def ask(self, word: str) -> Counts:
        """Have it count; or `reset` the counts, also after having made it `empty`, or `saved` all its items."""
        self._pipe.send(word)
        counts: Counts = self._pipe.recv()
        return counts


class Paced(ContractJenkins):
    """A controller that takes the time that the recorded one took, as the contract's README tells.

    A GET took 6 ms, a create or update 12 to 15; four connections doubled the rate of creates and did nothing for
    updates; the list of 198 jobs took 0.12 s.
    """

    READING, WRITING, LISTED = 0.006, 0.0135, (0.12 - 0.006) / 198
    """Seconds for a request, or for each job of a list."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self._creating = threading.Semaphore(2)
        self._updating = threading.Semaphore(1)

    def answer(self, request: Request) -> Answer:
        """What Jenkins answers, when it does."""
        if request.method != "POST":
            listed = len(self.items()) if "tree=jobs" in request.path else 0
            return self._slowly(request, self.READING + listed * self.LISTED)
        with self._creating if "/create" in request.path else self._updating:
            return self._slowly(request, self.WRITING)

    def _slowly(self, request: Request, seconds: float) -> Answer:
        end = time.monotonic() + seconds
        answer = super().answer(request)
        time.sleep(max(0, end - time.monotonic()))
        return answer


def serve(pipe: Connection, paced: bool) -> None:
    """Be a controller until the other end is closed."""
    with (Paced if paced else ContractJenkins)(plugins=[PULL_REQUESTS]) as jenkins:
        pipe.send(jenkins.url)
        while True:
            try:
                word = pipe.recv()
            except EOFError:
                return
            if word == "empty":
                with jenkins.lock:
                    jenkins.state.root = Group("all")
            elif word == "saved":
                jenkins.resave_all()
            if word != "count":
                jenkins.reset_log()
            pipe.send(Counts(len(jenkins.requests), len(jenkins.writes())))


@contextmanager
def controller(*, paced: bool = False) -> Iterator[Controller]:
    """A controller in a process of its own, so that it does not wait for the interpreter of a client."""
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    process = context.Process(target=serve, args=(theirs, paced), daemon=True)
    process.start()
    theirs.close()
    try:
        yield Controller(ours, ours.recv())
    finally:
        ours.close()
        process.join()


class Bench:
    """A generated config repo and a controller, and how programs are run on them."""

    def __init__(self, folder: Path, controller: Controller) -> None:
        self.controller = controller
        self.repo = folder / "repo"
        self._folder = folder
        self._conf = folder / "jenkins_jobs.ini"
        self._conf.write_text(f"[jenkins]\nurl={controller.url}\nuser={ADMIN.name}\npassword={ADMIN.token}\n")

    def jjbgen(self, *words: str) -> None:
        """Run jjbgen on a fresh agent; it has its login from the environment."""
        login = {
            "JENKINS_URL": self.controller.url,
            "JENKINS_USER": ADMIN.name,
            "JENKINS_API_TOKEN": ADMIN.token,
        }
        self._run(["jjbgen", *words], {**login, **self._home()})

    def jenkins_jobs(self) -> None:
        """Push with JJB on a fresh agent."""
        words = ["jenkins-jobs", "--conf", str(self._conf), "update", "-r", "jobs-output", "-p", "plugins.yaml"]
        self._run(words, self._home())

    def _home(self) -> dict[str, str]:
        home = Path(tempfile.mkdtemp(prefix="agent-", dir=self._folder))
        return {"HOME": str(home), "XDG_CACHE_HOME": str(home / "cache")}

    def _run(self, words: Sequence[str], environment: dict[str, str]) -> None:
        program, *rest = words
        done = subprocess.run(
            [str(BIN / program), *rest],
            cwd=self.repo,
            env={"PATH": os.environ["PATH"], **environment},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        if done.returncode:
            raise SystemExit(f"{' '.join(words)} ended with {done.returncode}:\n{done.stdout[-2000:]}")

    def measured(self, what: str, before: str, work: Callable[[], None]) -> Row:
        """Do some work several times, each on a controller that was told a word before."""
        times: list[float] = []
        while len(times) < ROUNDS and sum(times) < ENOUGH:
            self.controller.ask(before)
            start = time.perf_counter()
            work()
            times.append(time.perf_counter() - start)
        return Row(what, statistics.median(times), len(times), self.controller.ask("count"))


def posts(folder: Path) -> list[Item]:
    """What `jjbgen xml` has made, each with the path that makes it on a controller."""
    found = []
    for file in sorted(folder.glob("*/config.xml")):
        xml = file.read_bytes()
        verb = "createView" if b"<hudson.model.ListView>" in xml else "createItem"
        found.append(Item(f"/{verb}?name={quote(file.parent.name, safe='')}", xml))
    return found


def post(url: str, items: Sequence[Item]) -> None:
    """Post items one after the other."""
    with requests.Session() as session:
        session.trust_env = False
        session.auth = ADMIN.name, ADMIN.token
        for item in items:
            headers = {"Content-Type": "text/xml; charset=utf-8"}
            session.post(f"{url}{item.path}", data=item.xml, headers=headers, timeout=60).raise_for_status()


def post_all(url: str, items: Sequence[Item]) -> None:
    """Post items by several workers at a time."""
    with ThreadPoolExecutor(WORKERS) as executor:
        list(executor.map(lambda number: post(url, items[number::WORKERS]), range(WORKERS)))


def compare(bench: Bench, items: Sequence[Item]) -> str:
    """Measure everything; a table in Markdown, and what it amounts to."""
    new, bare = _everything_new(bench, items)
    theirs_new = bench.measured("`jenkins-jobs update`, everything new", "empty", bench.jenkins_jobs)
    ours = _nothing_changed(bench)
    drift = bench.measured("`jjbgen plan --drift`, nothing changed", "reset", lambda: bench.jjbgen("plan", "--drift"))
    theirs = bench.measured(THEIRS, "reset", bench.jenkins_jobs)
    return _table((new, theirs_new, bare, ours, theirs, drift))


def compare_at_pace(bench: Bench, items: Sequence[Item]) -> str:
    """The same but for what is not compared with anything."""
    new, bare = _everything_new(bench, items)
    ours = _nothing_changed(bench)
    return _table((new, bare, ours, bench.measured(THEIRS, "reset", bench.jenkins_jobs)))


def _everything_new(bench: Bench, items: Sequence[Item]) -> tuple[Row, Row]:
    url = bench.controller.url
    bare = bench.measured(BARE, "empty", lambda: post_all(url, items))
    return bench.measured(NEW, "empty", lambda: bench.jjbgen("update")), bare


def _nothing_changed(bench: Bench) -> Row:
    # As some builds and many plugins do; then its XML is no longer what was posted.
    bench.controller.ask("empty")
    bench.jjbgen("update")
    bench.controller.ask("saved")
    return bench.measured(SAME, "reset", lambda: bench.jjbgen("update"))


NEW, SAME = "`jjbgen update`, everything new", "`jjbgen update`, nothing changed"
BARE, THEIRS = "the bare requests, everything new", "`jenkins-jobs update`, nothing changed, fresh agent"


def _table(rows: Sequence[Row]) -> str:
    lines = ["| what | runs | time | requests | changes |", "| --- | ---: | ---: | ---: | ---: |"]
    lines += [
        f"| {row.what} | {row.runs} | {row.seconds:.2f} s | {row.counts.requests:,} | {row.counts.changed:,} |"
        for row in rows
    ]
    by_name = {row.what: row for row in rows}
    ours, theirs = by_name[SAME], by_name[THEIRS]
    fewer, faster = theirs.counts.requests / ours.counts.requests, theirs.seconds / ours.seconds
    longer = by_name[NEW].seconds / by_name[BARE].seconds
    return "\n".join(
        (
            *lines,
            "",
            f"With nothing changed: {fewer:,.0f} times fewer requests, {faster:.1f} times as fast. With everything new:"
            f" {longer:.1f} times as long as the bare requests.",
        )
    )


def tables(components: int) -> tuple[int, str, str]:
    """How many jobs and views a config repo has, and what pushing them takes: at once, and at the recorded pace."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        with controller() as running:
            bench = Bench(folder, running)
            bench.repo.mkdir()
            config_repo(bench.repo, components)
            bench.jjbgen("generate", "--xml", "xml")
            items = posts(bench.repo / "xml")
            at_once = compare(bench, items)
        with controller(paced=True) as running:
            return len(items), at_once, compare_at_pace(Bench(folder, running), items)
