"""A config repo as it was at a revision: read from git, without a checkout.

It goes through a temporary folder, because that is what loading reads; links and files that are too large stay what
they are, so that what is refused on disk is refused here.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

from jjbgen import generate
from jjbgen.errors import ConfigError, Pos, Problem
from jjbgen.generate import Checked
from jjbgen.gitrun import GitRunner
from jjbgen.history import Repository
from jjbgen.places import OUTPUT

INDEX = ":"
"""Stands for what is staged."""


def at(root: Path, revision: str) -> Checked:
    """The config repo at `root` as it was at a revision, or as it is staged (INDEX).

    Raises NoCommitError, and ConfigError with the revision before each file when it had problems then.
    """
    repository = Repository(root.resolve())
    tree = repository.run("write-tree").strip() if revision == INDEX else repository.commit(revision).id
    with tempfile.TemporaryDirectory(prefix="jjbgen-") as name:
        folder = Path(name)
        for path, mode, data in _files(repository, tree):
            _write(folder / path, mode, data)
        try:
            return generate.checked(folder)
        except ConfigError as error:
            raise ConfigError(
                _at(problem, "staged" if revision == INDEX else revision) for problem in error.problems
            ) from None


def _at(problem: Problem, revision: str) -> Problem:
    pos = Pos(f"{revision}:{problem.pos.path}", problem.pos.line, problem.pos.column)
    return Problem(pos, problem.field, problem.what, problem.hint)


def _files(repository: GitRunner, tree: str) -> Iterator[tuple[str, str, bytes]]:
    """Path below the config repo, mode, and content of every file and link; what is generated is left out."""
    prefix = repository.run("rev-parse", "--show-prefix").removesuffix("\n")
    words = ("ls-tree", "-r", "-z", "--full-tree", tree, "--", f":(top,literal){prefix}" if prefix else ":/")
    listed = (line.partition("\t") for line in repository.run(*words).split("\0") if line)
    wanted: list[tuple[str, str, str]] = []
    for head, _, path in listed:
        mode, kind, id_ = head.split()
        below = path.removeprefix(prefix)
        if kind == "blob" and not below.startswith(f"{OUTPUT}/"):
            wanted.append((below, mode, id_))
    for (below, mode, _), found in zip(wanted, repository.objects(id_ for _, _, id_ in wanted), strict=True):
        if found is not None:
            yield below, mode, found.data


def _write(target: Path, mode: str, data: bytes) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    if mode == "120000":
        target.symlink_to(os.fsdecode(data))
    else:
        target.write_bytes(data)
