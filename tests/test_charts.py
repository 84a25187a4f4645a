"""`jjbgen version charts`: when a chart's version has to go up, and what its repository has already."""

from __future__ import annotations

import gzip
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from tests.git_repo import Files, GitRepo
from tests.helpers import COMPONENT, Outcome, config_repo, run

pytestmark = pytest.mark.usefixtures("plain_git")

CHART = "name: voltha\nversion: 1.2.3\nappVersion: '2.0'\n"
HINT = "choose a higher one, like 1.2.4"


def charts(repo: GitRepo, *words: str) -> Outcome:
    return run(repo.path, "version", "charts", *words)


def refusals(repo: GitRepo, *words: str) -> list[str]:
    """What refused charts say, without the count at the end."""
    outcome = charts(repo, *words)
    *lines, count = outcome.err.splitlines()
    assert (outcome.code, outcome.out) == (1, "")
    assert count == f"{len(lines)} problem{'s' if len(lines) > 1 else ''}"
    return lines


def new(repo: GitRepo, *words: str) -> str:
    """The new chart versions of a change that passes."""
    outcome = charts(repo, *words)
    assert (outcome.code, outcome.err) == (0, "")
    return outcome.out.removeprefix("new chart versions: ").removesuffix(": no problems\n")


def moved(chart: str, version: str) -> str:
    return chart.replace("version: 1.2.3", f"version: {version}")


@pytest.fixture
def repo(tmp_path: Path) -> GitRepo:
    """A checkout on the branch `topic`, with the charts voltha and voltha-tracing."""
    repo = GitRepo.init(tmp_path / "repo")
    values = "image:\n  repository: x/y\n  tag: 1.0.0\nimages:\n  tags: {core: x/core:1.0.0}\nreplicas: 1\n"
    repo.commit(
        {
            "voltha/Chart.yaml": CHART,
            "voltha/values.yaml": values,
            "voltha/templates/a b.yaml": "x",
            "voltha-tracing/Chart.yaml": CHART.replace("voltha", "voltha-tracing"),
            "README.md": "x",
        }
    )
    repo.branch("topic")
    return repo


REASONS: dict[str, tuple[dict[str, str | None], str]] = {
    "a file": ({"voltha/templates/a b.yaml": "y"}, "voltha/templates/a b.yaml changed"),
    "a file that goes": ({"voltha/templates/a b.yaml": None}, "voltha/templates/a b.yaml changed"),
    "a file that comes": ({"voltha/templates/new.yaml": "y"}, "voltha/templates/new.yaml changed"),
    "several files": (
        {"voltha/templates/a b.yaml": "y", "voltha/z": "y", "voltha/y": "y"},
        "voltha/templates/a b.yaml and 2 more changed",
    ),
    "appVersion": ({"voltha/Chart.yaml": CHART.replace("'2.0'", "2.1")}, "appVersion went from 2.0 to 2.1"),
    "an image tag": (
        {"voltha/values.yaml": "image: {tag: 1.1.0}\n"},
        "image.tag in values.yaml went from 1.0.0 to 1.1.0",
    ),
    "an image of several": (
        {"voltha/values.yaml": "images: {tags: {core: 'x/core:2'}}\n"},
        "images.tags.core in values.yaml went from x/core:1.0.0 to x/core:2",
    ),
    "another value": ({"voltha/values.yaml": "replicas: 2\n"}, "voltha/values.yaml changed"),
    "broken values": ({"voltha/values.yaml": "{\n"}, "voltha/values.yaml changed"),
}


@pytest.mark.parametrize("name", REASONS)
def test_whatever_changes_in_a_chart_needs_a_higher_version(repo: GitRepo, name: str) -> None:
    files, reason = REASONS[name]
    repo.commit(files)
    told = f"voltha/Chart.yaml:2:10: version: has to go up from 1.2.3: {reason}; {HINT}"
    assert refusals(repo, "--base=main") == [told]
    assert new(repo, "--base=main", "--chart=voltha-tracing") == "none"
    repo.commit({"voltha/Chart.yaml": moved(files.get("voltha/Chart.yaml") or CHART, "1.2.4")})
    assert new(repo, "--base=main") == "voltha 1.2.4"


def test_a_change_that_is_not_committed_counts_too(repo: GitRepo) -> None:
    assert new(repo, "--base=main") == "none"
    repo.write({"voltha/untracked.yaml": "x"})
    assert len(refusals(repo, "--base=main")) == 1
    repo.write({".gitignore": "untracked.yaml\n"})
    assert new(repo, "--base=main") == "none"


def test_folders_are_compared_as_paths_and_not_as_prefixes(repo: GitRepo) -> None:
    repo.commit({"voltha-tracing/x.yaml": "x", "volthax": "x", "README.md": "y", "other/voltha/x.yaml": "x"})
    told = f"version: has to go up from 1.2.3: voltha-tracing/x.yaml changed; {HINT}"
    assert refusals(repo, "--base=main") == [f"voltha-tracing/Chart.yaml:2:10: {told}"]


def test_a_chart_at_the_top_holds_every_file(repo: GitRepo) -> None:
    repo.commit({"Chart.yaml": "name: top\nversion: 0.1.0\n"})
    repo.branch("change")
    repo.commit({"README.md": "y"})
    told = "version: has to go up from 0.1.0: README.md changed; choose a higher one, like 0.1.1"
    assert refusals(repo, "--base=topic") == [f"Chart.yaml:2:10: {told}"]


@pytest.mark.parametrize("version", ["1.2.2", "1.2.3-dev", "0.9.9"])
def test_a_lower_version_is_refused(repo: GitRepo, version: str) -> None:
    repo.commit({"voltha/Chart.yaml": moved(CHART, version)})
    told = f"voltha/Chart.yaml:2:10: version: {version} is lower than 1.2.3, the version before; {HINT}"
    assert refusals(repo, "--base=main") == [told]


def test_a_version_that_another_change_took_in_the_meantime_is_refused(repo: GitRepo) -> None:
    repo.commit({"voltha/Chart.yaml": moved(CHART, "1.2.4"), "voltha/x": "mine"})
    repo.checkout("main")
    repo.commit({"voltha/Chart.yaml": moved(CHART, "1.2.4"), "voltha/y": "theirs"})
    repo.checkout("topic")
    hint = "choose a higher one, like 1.2.5"
    told = "voltha/Chart.yaml:2:10: version: 1.2.4 was taken by another change in the meantime"
    assert refusals(repo, "--base=main") == [f"{told}; {hint}"]
    repo.checkout("main")
    repo.commit({"voltha/Chart.yaml": moved(CHART, "1.3.0")})
    repo.checkout("topic")
    told = "voltha/Chart.yaml:2:10: version: 1.2.4 is lower than 1.3.0, the version before"
    assert refusals(repo, "--base=main") == [f"{told}; choose a higher one, like 1.3.1"]
    repo.commit({"voltha/Chart.yaml": CHART})
    told = "voltha/Chart.yaml:2:10: version: has to go up from 1.2.3: voltha/x changed"
    assert refusals(repo, "--base=main") == [f"{told}; choose a higher one, like 1.3.1"]
    repo.commit({"voltha/Chart.yaml": moved(CHART, "1.3.1")})
    assert new(repo, "--base=main") == "voltha 1.3.1"


def test_what_changed_on_the_branch_only_is_not_the_fault_of_the_change(repo: GitRepo) -> None:
    repo.commit({"README.md": "mine"})
    repo.checkout("main")
    repo.commit({"voltha/Chart.yaml": moved(CHART, "1.2.4"), "voltha/y": "theirs"})
    repo.checkout("topic")
    assert new(repo, "--base=main") == "none"


def test_a_new_chart_and_one_that_goes_need_nothing(repo: GitRepo) -> None:
    repo.commit({"new/Chart.yaml": "name: new\nversion: 0.1.0\n", "voltha-tracing/Chart.yaml": None})
    assert new(repo, "--base=main") == "new 0.1.0"
    assert charts(repo, "--base=main", "--format=json").json() == {
        "problems": [],
        "new": {"new": "0.1.0"},
        "unseen": [],
    }
    assert charts(repo, "--base=main", "-q").out == ""


def test_build_metadata_is_no_higher_version(repo: GitRepo) -> None:
    repo.commit({"voltha/Chart.yaml": moved(CHART, "1.2.3+7"), "voltha/x": "x"})
    told = "has to go up from 1.2.3: voltha/Chart.yaml and 1 more changed"
    assert refusals(repo, "--base=main") == [f"voltha/Chart.yaml:2:10: version: {told}; {HINT}"]
    repo.commit({"voltha/Chart.yaml": moved(CHART, "1.2.4+7")})
    assert new(repo, "--base=main") == "voltha 1.2.4"


UMBRELLA = """\
name: stack
version: 3.0.0
dependencies:
- {name: voltha, version: 1.2.3, repository: "file://../voltha"}
- {name: postgresql, version: 12.0.0, repository: https://charts.example.org}
- {name: voltha-tracing, version: ^1.0.0, repository: "file://../voltha-tracing"}
"""
STACK = "choose a higher one, like 3.0.1"


@pytest.fixture
def stack(repo: GitRepo) -> GitRepo:
    """With an umbrella chart over both charts; to be compared with `topic`."""
    repo.commit({"stack/Chart.yaml": UMBRELLA})
    repo.branch("change")
    return repo


def test_the_version_of_a_dependency_changes_that_of_its_umbrella(stack: GitRepo) -> None:
    stack.commit({"stack/Chart.yaml": UMBRELLA.replace("12.0.0", "13.0.0")})
    told = "version: has to go up from 3.0.0: its dependency postgresql went from 12.0.0 to 13.0.0"
    assert refusals(stack, "--base=topic") == [f"stack/Chart.yaml:2:10: {told}; {STACK}"]
    stack.commit({"stack/Chart.yaml": UMBRELLA.replace("12.0.0", "13.0.0").replace("3.0.0\nd", "3.1.0\nd")})
    assert new(stack, "--base=topic") == "stack 3.1.0"


def test_an_inner_chart_of_the_same_checkout_changes_its_umbrella(stack: GitRepo) -> None:
    stack.commit({"voltha/Chart.yaml": moved(CHART, "1.2.4")})
    told = "version: has to go up from 3.0.0: its dependency voltha went from 1.2.3 to 1.2.4"
    assert refusals(stack, "--base=topic") == [
        f"stack/Chart.yaml:2:10: {told}; {STACK}",
        "stack/Chart.yaml:4:27: dependencies.0.version: 1.2.3 is asked for, and voltha here is 1.2.4; write 1.2.4",
    ]
    text = UMBRELLA.replace("version: 1.2.3", "version: 1.2.4")
    stack.commit({"stack/Chart.yaml": text})
    assert refusals(stack, "--base=topic") == [f"stack/Chart.yaml:2:10: {told}; {STACK}"]
    stack.commit({"stack/Chart.yaml": text.replace("3.0.0", "3.0.1")})
    assert new(stack, "--base=topic") == "stack 3.0.1, voltha 1.2.4"


def test_a_range_of_versions_is_no_disagreement_but_the_umbrella_still_changes(stack: GitRepo) -> None:
    stack.commit({"voltha-tracing/Chart.yaml": "name: voltha-tracing\nversion: 1.3.0\n"})
    told = "version: has to go up from 3.0.0: its dependency voltha-tracing went from 1.2.3 to 1.3.0"
    assert refusals(stack, "--base=topic") == [f"stack/Chart.yaml:2:10: {told}; {STACK}"]


def test_a_chart_inside_of_another_is_part_of_it(repo: GitRepo) -> None:
    outer = "name: outer\nversion: 3.0.0\ndependencies: [{name: inner, version: 0.1.0}]\n"
    repo.commit({"outer/Chart.yaml": outer, "outer/charts/inner/Chart.yaml": "name: inner\nversion: 0.1.0\n"})
    repo.branch("change")
    repo.commit({"outer/charts/inner/Chart.yaml": "name: inner\nversion: 0.2.0\n"})
    told = "version: has to go up from 3.0.0: outer/charts/inner/Chart.yaml changed"
    assert refusals(repo, "--base=topic") == [
        f"outer/Chart.yaml:2:10: {told}; {STACK}",
        "outer/Chart.yaml:3:39: dependencies.0.version: 0.1.0 is asked for, and inner here is 0.2.0; write 0.2.0",
    ]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("name: [\n", "voltha/Chart.yaml:"),
        ("- x\n", "voltha/Chart.yaml:1:1: version: is missing"),
        ("version: 1.2.4\n", "voltha/Chart.yaml:1:1: name: is missing"),
        ("name: x\n", "voltha/Chart.yaml:1:1: version: is missing"),
        ("name: x\nversion: 1.2\n", "voltha/Chart.yaml:2:10: version: has two numbers instead of three; write 1.2.0"),
        ("name: x\nversion: v1.2.4\n", "voltha/Chart.yaml:2:10: version: begins with a 'v'; write 1.2.4"),
        ("name: x\nversion: {a: b}\n", "voltha/Chart.yaml:1:1: version: is missing"),
        (b"name: \xff\n", "voltha/Chart.yaml: is not UTF-8; save it in UTF-8"),
    ],
)
def test_a_broken_chart_is_told_at_its_place(repo: GitRepo, text: str | bytes, told: str) -> None:
    repo.commit({"voltha/Chart.yaml": text, "voltha-tracing/x": "x"})
    lines = refusals(repo, "--base=main")
    assert len(lines) == 2
    assert lines[0].startswith("voltha-tracing/Chart.yaml:2:10: version: has to go up from 1.2.3")
    assert lines[1].startswith(told)


def test_a_chart_that_was_broken_before_can_be_mended(repo: GitRepo) -> None:
    repo.commit({"voltha/Chart.yaml": "version: {\n"})
    repo.branch("change")
    repo.commit({"voltha/Chart.yaml": CHART})
    assert new(repo, "--base=topic") == "voltha 1.2.3"


def test_a_named_folder_without_a_chart_is_told_and_a_checkout_without_charts_is_fine(tmp_path: Path) -> None:
    repo = GitRepo.init(tmp_path)
    repo.commit({"README.md": "x"})
    assert new(repo) == "none"
    assert refusals(repo, "--chart=gone/", "--chart=./there") == [
        "gone/Chart.yaml: no such file",
        "there/Chart.yaml: no such file",
    ]


@pytest.mark.parametrize("folder", ["voltha/", "./voltha", "voltha/../voltha"])
def test_a_folder_may_be_written_in_several_ways(repo: GitRepo, folder: str) -> None:
    repo.commit({"voltha/x": "x"})
    assert len(refusals(repo, "--base=main", f"--chart={folder}")) == 1


def test_charts_of_the_first_commit_and_of_a_merge_are_judged(repo: GitRepo) -> None:
    repo.checkout("main")
    assert new(repo) == "voltha 1.2.3, voltha-tracing 1.2.3"
    repo.checkout("topic")
    repo.commit({"voltha/x": "x"})
    repo.checkout("main")
    repo.commit({"README.md": "y"})
    repo.merge("topic")
    told = f"version: has to go up from 1.2.3: voltha/x changed; {HINT}"
    assert refusals(repo) == [f"voltha/Chart.yaml:2:10: {told}"]


# Repositories


@dataclass
class Server:
    """A chart repository on this machine: OCI registry and classic index at once."""

    url: str
    answers: dict[str, tuple[int, dict[str, str], bytes]] = field(default_factory=dict)
    """Status, headers and body by path; 404 for what is not in it."""
    asked: list[str] = field(default_factory=list)
    wanted: str = ""
    """The token that a request needs, if any."""

    @property
    def host(self) -> str:
        return self.url.removeprefix("http://")

    def publish(self, chart: str, version: str) -> None:
        self.answers[f"/v2/team/{chart}/manifests/{version}"] = (200, {}, b"{}")


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.delenv(name, raising=False)

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            given = self.headers.get("Authorization", "")
            found.asked.append(f"{self.command} {self.path}{' ' if given else ''}{given}")
            status, headers, body = found.answers.get(self.path, (404, {}, b""))
            if found.wanted and given != f"Bearer {found.wanted}" and self.path.startswith("/v2/"):
                challenge = f'Bearer realm="{found.url}/token",service="charts",scope="pull"'
                status, headers, body = 401, {"WWW-Authenticate": challenge}, b""
            self.send_response(status)
            for name, value in {"Content-Length": str(len(body)), **headers}.items():
                self.send_header(name, value)
            self.end_headers()
            if self.command == "GET":
                self.wfile.write(body)

        do_HEAD = do_GET  # noqa: N815 # the name that http.server wants

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as httpd:
        found = Server(f"http://127.0.0.1:{httpd.server_address[1]}")
        thread = threading.Thread(target=httpd.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield found
        httpd.shutdown()
        thread.join()


def bump(repo: GitRepo, files: Files | None = None) -> None:
    repo.commit({"voltha/Chart.yaml": moved(CHART, "1.2.4"), **(files or {})})


@pytest.mark.parametrize("scheme", ["", "oci://"])
def test_a_version_that_a_registry_has_is_refused(repo: GitRepo, server: Server, scheme: str) -> None:
    bump(repo)
    place = f"{scheme}{server.host}/team"
    assert new(repo, "--base=main", "--repository", "voltha", place) == "voltha 1.2.4"
    server.publish("voltha", "1.2.4")
    told = f"voltha/Chart.yaml:2:10: version: voltha 1.2.4 is in {place} already; choose a higher one, like 1.2.5"
    assert refusals(repo, "--base=main", "--repository", "voltha", place) == [told]
    assert server.asked == ["HEAD /v2/team/voltha/manifests/1.2.4"] * 2


INDEX = "entries:\n  voltha:\n  - {version: 1.2.3, created: 2024-01-01T00:00:00Z}\n  - {version: 1.2.4}\n"


@pytest.mark.parametrize(
    ("index", "published"),
    [
        (INDEX, True),
        (INDEX.replace("1.2.4", "1.2.40"), False),
        (INDEX.replace("voltha", "other"), False),
        ("entries: {}\n", False),
        ("entries:\n", False),
        ("apiVersion: v1\n", False),
    ],
)
def test_a_version_in_a_classic_index_is_refused(repo: GitRepo, server: Server, index: str, *, published: bool) -> None:
    bump(repo)
    packed = gzip.compress(index.encode())
    server.answers["/charts/index.yaml"] = (200, {"Content-Encoding": "gzip"}, packed)
    place = f"{server.url}/charts/"
    if published:
        told = f"voltha 1.2.4 is in {place} already; choose a higher one, like 1.2.5"
        assert refusals(repo, "--base=main", "--repository", "voltha", place) == [
            f"voltha/Chart.yaml:2:10: version: {told}"
        ]
    else:
        assert new(repo, "--base=main", "--repository", "voltha", place) == "voltha 1.2.4"


def test_only_new_versions_are_looked_up(repo: GitRepo, server: Server) -> None:
    repo.commit({"README.md": "y"})
    server.publish("voltha", "1.2.3")
    assert new(repo, "--base=main", "--repository", "voltha", f"{server.host}/team") == "none"
    assert server.asked == []


def test_a_chart_with_a_repository_and_one_without_are_judged_together(repo: GitRepo, server: Server) -> None:
    bump(repo, {"voltha-tracing/x": "x"})
    server.publish("voltha", "1.2.4")
    words = ("--base=main", "--chart=voltha-tracing", "--repository", "./voltha", f"{server.host}/team")
    assert [line.partition(": ")[0] for line in refusals(repo, *words)] == [
        "voltha-tracing/Chart.yaml:2:10",
        "voltha/Chart.yaml:2:10",
    ]


def test_a_registry_that_gives_tokens_to_anybody_is_asked_with_one(repo: GitRepo, server: Server) -> None:
    bump(repo)
    server.wanted = "t0ken"
    server.answers["/token?service=charts&scope=pull"] = (200, {}, b'{"token": "t0ken"}')
    words = ("--base=main", "--repository", "voltha", f"{server.host}/team")
    assert new(repo, *words) == "voltha 1.2.4"
    server.publish("voltha", "1.2.4")
    assert len(refusals(repo, *words)) == 1
    manifest = "HEAD /v2/team/voltha/manifests/1.2.4"
    asked = [manifest, "GET /token?service=charts&scope=pull", f"{manifest} Bearer t0ken"]
    assert server.asked == asked * 2


TOKENS = {
    "no token": (403, b""),
    "no JSON": (200, b"<html>"),
    "another token": (200, b'{"access_token": "wrong"}'),
    "a list": (200, b"[]"),
    "no number": (200, b'{"token": 1}'),
}


@pytest.mark.parametrize("name", TOKENS)
def test_what_cannot_be_seen_without_credentials_is_told_and_is_no_error(
    repo: GitRepo, server: Server, name: str
) -> None:
    bump(repo)
    server.wanted = "t0ken"
    status, body = TOKENS[name]
    server.answers["/token?service=charts&scope=pull"] = (status, {}, body)
    words = ("--base=main", "--repository", "voltha", f"{server.host}/team")
    outcome = charts(repo, *words)
    told = f"voltha: {server.host}/team does not show its charts without credentials: not compared\n"
    assert (outcome.code, outcome.err) == (0, told)
    assert outcome.out == "new chart versions: voltha 1.2.4: no problems\n"
    found = charts(repo, *words, "--format=json")
    assert found.json() == {"problems": [], "new": {"voltha": "1.2.4"}, "unseen": ["voltha"]}


@pytest.mark.parametrize("status", [401, 403])
@pytest.mark.parametrize(
    "challenge", ['Basic realm="x"', "", 'Bearer realm="ftp://x/y"', 'Bearer realm="http://10.0.0.1/"']
)
def test_a_registry_that_wants_a_password_is_not_seen(
    repo: GitRepo, server: Server, status: int, challenge: str
) -> None:
    bump(repo)
    refused = (status, {"WWW-Authenticate": challenge} if challenge else {}, b"")
    server.answers |= {"/v2/team/voltha/manifests/1.2.4": refused, "/charts/index.yaml": refused}
    for place in (f"{server.host}/team", f"{server.url}/charts"):
        outcome = charts(repo, "--base=main", "--repository", "voltha", place)
        told = f"voltha: {place} does not show its charts without credentials: not compared\n"
        assert (outcome.code, outcome.err) == (0, told)


@pytest.mark.parametrize(
    ("answer", "told"),
    [
        ((500, {}, b""), "answers with 500"),
        ((404, {}, b""), "answers with 404"),
        ((200, {}, b"entries: [\n"), "cannot be read: "),
        ((200, {"Content-Length": "9000"}, b"entries:\n"), "cannot be read: "),
        ((200, {"Content-Encoding": "gzip"}, b"entries: {}\n"), "cannot be read: "),
    ],
    ids=["500", "404", "no YAML", "cut off", "no gzip"],
)
def test_a_repository_that_does_not_answer_as_one_is_an_error(
    repo: GitRepo, server: Server, answer: tuple[int, dict[str, str], bytes], told: str
) -> None:
    bump(repo)
    server.answers["/charts/index.yaml"] = answer
    outcome = charts(repo, "--base=main", "--repository", "voltha", f"{server.url}/charts")
    assert (outcome.code, outcome.out) == (1, "")
    assert outcome.err.startswith(f"{server.url}/charts: {told}")


def test_a_registry_in_trouble_is_an_error(repo: GitRepo, server: Server) -> None:
    bump(repo)
    server.answers["/v2/team/voltha/manifests/1.2.4"] = (503, {}, b"")
    outcome = charts(repo, "--base=main", "--repository", "voltha", f"{server.host}/team")
    assert (outcome.code, outcome.out, outcome.err) == (1, "", f"{server.host}/team: answers with 503\n")
    assert charts(repo, "--base=main", "--repository", "voltha", "127.0.0.1:1/team").err == (
        "127.0.0.1:1/team: cannot be read: ConnectionError\n"
    )


@pytest.mark.parametrize(
    ("code", "status", "index"), [(1, 500, ""), (0, 401, ""), (1, 200, INDEX), (1, 200, "entries: [\n")]
)
def test_the_password_in_the_address_of_a_repository_is_never_shown(
    repo: GitRepo, server: Server, code: int, status: int, index: str
) -> None:
    bump(repo)
    server.answers["/charts/index.yaml"] = (status, {}, index.encode())
    place = f"{server.url}/charts".replace("://", "://me:s3cret@")
    outcome = charts(repo, "--base=main", "--repository", "voltha", place)
    assert outcome.code == code
    assert "s3cret" not in outcome.out + outcome.err


def test_the_rules_of_a_descriptor_name_charts_and_repositories(repo: GitRepo, server: Server, tmp_path: Path) -> None:
    bump(repo, {"voltha-tracing/x": "x"})
    server.publish("voltha", "1.2.4")
    text = f"{COMPONENT}charts:\n  core: {{path: voltha, repository: charts}}\n"
    root = config_repo(tmp_path / "config", {"components/widget.yaml": text})
    settings = root / "jjbgen.yaml"
    settings.write_text(settings.read_text().replace("registry.example.org/charts", f"{server.host}/team"))
    told = f"voltha 1.2.4 is in {server.host}/team already; choose a higher one, like 1.2.5"
    assert refusals(repo, "--base=main", f"--rules={root / 'components/widget.yaml'}") == [
        f"voltha/Chart.yaml:2:10: version: {told}"
    ]


def test_a_moved_chart_is_still_the_chart(repo: GitRepo) -> None:
    repo.git("mv", "voltha", "core")
    repo.commit({"core/values.yaml": "other: 1\n"})
    (told,) = refusals(repo, "--base=main")
    assert told.startswith("core/Chart.yaml:2:10: version: has to go up from 1.2.3: ")
    repo.commit({"core/Chart.yaml": moved(CHART, "1.2.4")})
    assert new(repo, "--base=main") == "core 1.2.4"


def test_a_chart_that_was_broken_before_is_not_told_of_another_change(repo: GitRepo) -> None:
    repo.checkout("main")
    repo.commit({"tests/fixtures/Chart.yaml": "name: {{ name }}\n"})
    repo.branch("next")
    repo.commit({"README.md": "y"})
    assert new(repo, "--base=main") == "none"
    repo.commit({"tests/fixtures/values.yaml": "x: 1\n"})
    assert len(refusals(repo, "--base=main")) == 1


def test_a_repository_that_is_no_url_is_told(repo: GitRepo) -> None:
    repo.commit({"voltha/Chart.yaml": moved(CHART, "1.2.4")})
    outcome = charts(repo, "--base=main", "--repository", "voltha", "[/x")
    assert (outcome.code, outcome.err) == (1, "[/x: cannot be read: ValueError\n")


def test_the_name_of_a_chart_leads_to_no_other_place_of_a_registry(repo: GitRepo) -> None:
    repo.commit({"voltha/Chart.yaml": moved(CHART, "1.2.4").replace("name: voltha", "name: a/../../b")})
    (told,) = refusals(repo, "--base=main")
    assert told.startswith("voltha/Chart.yaml:1:7: name: 'a/../../b' is not the name of a chart; ")
