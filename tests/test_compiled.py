"""Compiled templates are kept beside Python's own, and never believed when they are not those of this program."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import jinja2
import pytest

from jjbgen import cache, compiled, generate
from jjbgen.render import Files, Renderer
from tests.helpers import COMPONENT, config_repo


@pytest.fixture
def beside(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder in which Python would keep what it has compiled; it may."""
    folder = tmp_path / "__pycache__"
    folder.mkdir()
    monkeypatch.setattr(compiled, "cache_from_source", lambda _: str(folder / "compiled.pyc"))
    monkeypatch.setattr(sys, "dont_write_bytecode", False)
    return folder


@pytest.fixture
def compiling(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The templates that are compiled."""
    names: list[str] = []
    original = jinja2.Environment.compile

    def compile_(self: jinja2.Environment, source: str, name: str | None = None, filename: str | None = None) -> object:
        names.append(str(name))
        return original(self, source, name, filename)

    monkeypatch.setattr(jinja2.Environment, "compile", compile_)
    return names


def rendered(root: Path) -> Files:
    """The files of a config repo, made by a renderer that knows no template yet."""
    repo = generate.checked(root)
    return compiled.renderer_of(repo.inputs.templates).files(repo.plan)


def test_a_template_is_compiled_once(tmp_path: Path, beside: Path, compiling: list[str]) -> None:
    root = config_repo(tmp_path / "repo", {"components/widget.yaml": COMPONENT})
    repo = generate.checked(root)
    expected = Renderer(repo.inputs.templates).files(repo.plan)
    assert "stages/build.groovy.j2" in compiling
    assert rendered(root) == expected
    compiling.clear()
    assert rendered(root) == expected
    assert compiling == []
    assert len(list(beside.iterdir())) == 1


@pytest.mark.parametrize("damaged", [b"", b"x", b"0" * 32 + b"\n", None], ids=["empty", "short", "odd", "cut"])
def test_what_is_damaged_is_compiled_again(
    tmp_path: Path, beside: Path, compiling: list[str], damaged: bytes | None
) -> None:
    root = config_repo(tmp_path / "repo", {"components/widget.yaml": COMPONENT})
    expected = rendered(root)
    files = list(beside.rglob("*/*"))
    for path in files:
        path.write_bytes(path.read_bytes()[:-7] if damaged is None else damaged)
    compiling.clear()
    assert rendered(root) == expected
    assert len(compiling) == len(files)
    compiling.clear()
    assert rendered(root) == expected
    assert compiling == []


def test_the_code_of_one_template_is_not_that_of_another(tmp_path: Path, beside: Path) -> None:
    root = config_repo(tmp_path / "repo", {"components/widget.yaml": COMPONENT})
    expected = rendered(root)
    files = sorted(beside.rglob("*/*"))
    contents = [path.read_bytes() for path in files]
    for path, content in zip(files, [*contents[1:], contents[0]], strict=True):
        path.write_bytes(content)
    assert rendered(root) == expected


def test_templates_of_a_config_repo_are_not_kept(tmp_path: Path, beside: Path) -> None:
    own = {"templates/stages/checkout.groovy.j2": "echo 'own'\n"}
    rendered(config_repo(tmp_path / "repo", {"components/widget.yaml": COMPONENT, **own}))
    assert list(beside.iterdir()) == []


def test_another_version_believes_nothing_and_clears_up(
    tmp_path: Path, beside: Path, compiling: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    root = config_repo(tmp_path / "repo", {"components/widget.yaml": COMPONENT})
    rendered(root)
    before = list(beside.iterdir())
    monkeypatch.setattr(cache, "_file", lambda path: (path, 1, 2))
    compiling.clear()
    rendered(root)
    assert compiling
    assert len(list(beside.iterdir())) == 1
    assert list(beside.iterdir()) != before


def test_where_python_keeps_nothing_neither_is_a_template(
    tmp_path: Path, beside: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    rendered(config_repo(tmp_path / "repo", {"components/widget.yaml": COMPONENT}))
    assert list(beside.iterdir()) == []


def test_a_folder_that_went_away_meanwhile_does_no_harm(tmp_path: Path, beside: Path) -> None:
    root = config_repo(tmp_path / "repo", {"components/widget.yaml": COMPONENT})
    repo = generate.checked(root)
    renderer = compiled.renderer_of(repo.inputs.templates)
    for path in beside.iterdir():
        path.rmdir()
    beside.rmdir()
    beside.write_text("in the way")
    assert renderer.files(repo.plan) == Renderer(repo.inputs.templates).files(repo.plan)


def test_what_may_not_be_read_is_compiled(
    tmp_path: Path, beside: Path, compiling: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    root = config_repo(tmp_path / "repo", {"components/widget.yaml": COMPONENT})
    expected = rendered(root)
    original = os.lstat

    def refuse(path: str) -> os.stat_result:
        if str(path).startswith(str(beside)):
            raise PermissionError(13, "Permission denied")
        return original(path)

    monkeypatch.setattr(os, "lstat", refuse)
    compiling.clear()
    assert rendered(root) == expected
    assert compiling
