"""`jjbgen version next`: the version that comes next, and writing it without touching anything else."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from tests.git_repo import GitRepo
from tests.helpers import Outcome, run

pytestmark = pytest.mark.usefixtures("plain_git")


def following(repo: GitRepo, *words: str) -> Outcome:
    return run(repo.path, "version", "next", *words)


@pytest.fixture
def repo(tmp_path: Path) -> GitRepo:
    return GitRepo.init(tmp_path / "repo")


def contents(repo: GitRepo) -> dict[str, bytes]:
    """All files of the checkout."""
    found = repo.path.rglob("*")
    paths = [path for path in found if path.is_file() and ".git" not in path.parts]
    return {path.relative_to(repo.path).as_posix(): path.read_bytes() for path in paths}


VALUES = {
    "1.2.3-dev": ("1.2.3", "1.2.3", "1.3.0", "2.0.0", "1.2.4-dev", "1.2.4-dev", "1.3.0-dev", "2.0.0-dev"),
    "1.2.3": ("1.2.4", "1.2.4", "1.3.0", "2.0.0", "1.2.4-dev", "1.2.4-dev", "1.3.0-dev", "2.0.0-dev"),
    "1.3.0-dev": ("1.3.0", "1.3.0", "1.3.0", "2.0.0", "1.3.1-dev", "1.3.1-dev", "1.4.0-dev", "2.0.0-dev"),
    "2.0.0-rc.1": ("2.0.0", "2.0.0", "2.0.0", "2.0.0", "2.0.1-dev", "2.0.1-dev", "2.1.0-dev", "3.0.0-dev"),
    "0.9.9": ("0.9.10", "0.9.10", "0.10.0", "1.0.0", "0.9.10-dev", "0.9.10-dev", "0.10.0-dev", "1.0.0-dev"),
}
PARTS = ((), ("--patch",), ("--minor",), ("--major",))


@pytest.mark.parametrize("version", VALUES)
def test_what_comes_next(repo: GitRepo, version: str) -> None:
    repo.write({"VERSION": version})
    found = [following(repo, *dev, *part).out for dev in ((), ("--dev",)) for part in PARTS]
    assert found == [f"{value}\n" for value in VALUES[version]]
    assert contents(repo) == {"VERSION": version.encode()}


@pytest.mark.parametrize("text", ["1.2.3\n", "1.2.3", "1.2.3\r\n", "1.2.3\n\n", "1.2.3\r\n\r\n"])
def test_the_end_of_a_version_file_stays(repo: GitRepo, text: str) -> None:
    repo.write({"VERSION": text})
    outcome = following(repo, "--dev", "--write")
    assert (outcome.code, outcome.out, outcome.err) == (0, "1.2.4-dev\n", "")
    assert contents(repo) == {"VERSION": text.replace("1.2.3", "1.2.4-dev").encode()}


SOURCES = {
    "package.json": ('{\n\t"name" : "1.2.3",\n\t"dependencies": {"x": "1.2.3"},\n\t"version":"NOW"}', "1.2.4-dev"),
    "pom.xml": (
        "<project><!-- 1.2.3 <version>1.2.3</version> --><parent><version>1.2.3</version></parent>\n"
        "<version>\n  NOW </version><dependency><version>1.2.3</version></dependency></project>\n",
        "1.2.4-SNAPSHOT",
    ),
    "Chart.yaml": ('# 1.2.3\nappVersion: "1.2.3"\nname: x\nversion: NOW # version: 1.2.3\n', "1.2.4-dev"),
}
LINKED = {
    "package.json": SOURCES["package.json"],
    "pom.xml": SOURCES["pom.xml"],
    "chart/Chart.yaml": ('# 1.2.3\nversion: CHART\nname: x\nappVersion: "NOW"\n', "1.2.4-dev"),
    "pyproject.toml": ('[tool.x]\nversion = "1.2.3"\n[project]\nname = "x"\nversion="NOW" # 1.2.3\n', "1.2.4.dev0"),
    "python/pyproject.toml": ("[tool.poetry]\nversion = 'NOW'\n", "1.2.4.dev0"),
    "setup.cfg": ("[bumpversion]\nversion = 1.2.3\n[metadata]\nversion: NOW\n", "1.2.4.dev0"),
    "src/x/__init__.py": ('"""1.2.3."""\n__author__ = "1.2.3"\n__version__: str = \'NOW\'\n', "1.2.4.dev0"),
    "image/VERSION": ("NOW", "1.2.4-dev"),
}


@pytest.mark.parametrize("newline", ["\n", "\r\n"])
@pytest.mark.parametrize("source", SOURCES)
def test_the_source_changes_in_one_place(repo: GitRepo, source: str, newline: str) -> None:
    text, written = SOURCES[source][0].replace("\n", newline), SOURCES[source][1]
    repo.write({source: text.replace("NOW", "1.2.3")})
    outcome = following(repo, "--dev", "--write", "--format=json")
    assert outcome.json() == {"version": "1.2.4-dev", "previous": "1.2.3", "written": [source]}
    assert contents(repo) == {source: text.replace("NOW", written).encode()}


@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_linked_files_are_written_together_with_the_source(repo: GitRepo, newline: str) -> None:
    texts = {path: text.replace("\n", newline) for path, (text, _) in LINKED.items()}
    before = {path: text.replace("NOW", "1.2.3").replace("CHART", "0.3.0") for path, text in texts.items()}
    repo.write({"VERSION": "1.2.3\n", **before})
    words = [f"--linked={path}" for path in LINKED]
    outcome = following(repo, "--dev", "--write", "--format=json", *words)
    assert outcome.json()["written"] == ["VERSION", *LINKED]
    # A chart's own version moves with its appVersion, because it is pushed anew.
    after = {path: text.replace("NOW", LINKED[path][1]).replace("CHART", "0.3.1-dev") for path, text in texts.items()}
    assert contents(repo) == {path: text.encode() for path, text in {"VERSION": "1.2.4-dev\n", **after}.items()}
    # And from there to the release: each file is read in its own words.
    assert following(repo, "--write", *words).out == "1.2.4\n"
    last = {path: text.replace("NOW", "1.2.4").replace("CHART", "0.3.1") for path, text in texts.items()}
    assert contents(repo) == {path: text.encode() for path, text in {"VERSION": "1.2.4\n", **last}.items()}
    checked = run(repo.path, "version", "check", *words)
    assert (checked.code, checked.err) == (0, "")


@pytest.mark.parametrize(
    ("path", "text", "told"),
    [
        ("package.json", '{"version": "1.0.0"}', "does not have the version 1.2.3; mend that first"),
        ("package.json", "{}", "does not have the version 1.2.3; mend that first"),
        ("package.json", "{", "is not JSON: "),
        ("package.json", '{"version": "1.2\\u002e3"}', "does not show where it holds the version 1.2.3; change it by"),
        ("setup.cfg", "[metadata]\nversion = attr: x.y\n", "takes its version from another file; name that file"),
        ("pom.xml", None, "no such file; the version rules name it"),
        ("chart/Chart.yaml", "appVersion: 1.2.3\n", "has no version; write one"),
        ("chart/Chart.yaml", "appVersion: 1.2.3\nversion: 1.0\n", "has two numbers instead of three; write 1.0.0"),
        ("chart/Chart.yaml", b"appVersion: \xff\n", "is not UTF-8; save it in UTF-8"),
    ],
)
def test_nothing_is_written_when_one_linked_file_cannot_be(
    repo: GitRepo, path: str, text: str | bytes | None, told: str
) -> None:
    repo.write({"VERSION": "1.2.3\n", "a.py": "__version__ = '1.2.3'\n", **({path: text} if text else {})})
    before = contents(repo)
    outcome = following(repo, "--write", "--linked=a.py", f"--linked={path}")
    assert (outcome.code, outcome.out) == (1, "")
    assert outcome.err.startswith(f"{path}: {told}")
    assert outcome.err.endswith("\n1 problem\n")
    assert contents(repo) == before


def test_a_linked_link_is_not_followed_out_of_the_checkout(repo: GitRepo, tmp_path: Path) -> None:
    (tmp_path / "out.py").write_text("__version__ = '1.2.3'\n")
    repo.write({"VERSION": "1.2.3\n"})
    (repo.path / "link.py").symlink_to(tmp_path / "out.py")
    for path, what in (
        ("link.py", "is a link out of the checkout; put the file itself here"),
        ("../out.py", "is outside of the checkout"),
    ):
        outcome = following(repo, "--write", f"--linked={path}")
        assert (outcome.code, outcome.err) == (1, f"{path}: {what}\n1 problem\n")
    assert (tmp_path / "out.py").read_text() == "__version__ = '1.2.3'\n"
    assert (repo.path / "VERSION").read_text() == "1.2.3\n"


def test_a_file_keeps_its_mode(repo: GitRepo) -> None:
    repo.write({"VERSION": "1.2.3\n", "setup.py": "#!/usr/bin/python3\n__version__ = '1.2.3'\n"})
    (repo.path / "setup.py").chmod(0o755)
    assert following(repo, "--write", "--linked=setup.py").code == 0
    assert stat.S_IMODE((repo.path / "setup.py").stat().st_mode) == 0o755


def test_it_works_below_the_top_of_the_checkout(repo: GitRepo) -> None:
    repo.write({"VERSION": "1.2.3\n", "deep/x.txt": "x"})
    assert run(repo.path / "deep", "version", "next", "--write").out == "1.2.4\n"
    assert contents(repo)["VERSION"] == b"1.2.4\n"


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("1.2", "VERSION:1:1: version: has two numbers instead of three; write 1.2.0"),
        ("1.2.3\n1.2.4\n", "VERSION:1:1: version: has more than one line; a version is one line"),
        (None, "VERSION: version: there is no version; write one like 0.1.0-dev into VERSION"),
    ],
)
def test_after_what_is_no_version_nothing_comes(repo: GitRepo, text: str | None, told: str) -> None:
    repo.write({"VERSION": text} if text else {})
    outcome = following(repo, "--write")
    assert (outcome.code, outcome.out, outcome.err) == (1, "", f"{told}\n1 problem\n")


def test_what_is_written_passes_the_check_of_the_next_change(repo: GitRepo) -> None:
    repo.versions("1.2.3")
    repo.tag("1.2.3")
    repo.branch("topic")
    repo.commit({"work.txt": "x"})
    assert run(repo.path, "version", "check", "--base=main").code == 1
    assert following(repo, "--dev", "--write").code == 0
    assert run(repo.path, "version", "check", "--base=main").out == "1.2.4-dev (VERSION): no problems\n"
