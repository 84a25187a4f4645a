"""A new config repo: the files it begins with, and how they get onto the disk without harm to what is there."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Mapping
from importlib import resources
from pathlib import Path, PurePosixPath
from string import Template

from jjbgen import __version__, generate, outputs, reference
from jjbgen.errors import RefusedError, plain
from jjbgen.outputs import Change
from jjbgen.places import OUTPUT, SETTINGS

SCAFFOLD = (
    ".editorconfig",
    ".github/workflows/config.yaml",
    ".gitignore",
    ".pre-commit-config.yaml",
    ".vscode/settings.json",
    "README.md",
    "ci/gerrit-deploy.sh",
    "ci/gerrit-verify.sh",
    "components/hello.yaml",
    "jjbgen.yaml",
    "plugins.yaml",
    "requirements.txt",
)
"""The files that are copied, by their paths in `scaffold/`; a list, so that what else lies there is not taken along."""

_WITH_VERSION = (".pre-commit-config.yaml", "requirements.txt")
"""Those in which `$version` stands for the version of jjbgen. Nothing else varies."""


def files() -> dict[str, str]:
    """The text of every file of a new config repo, by path; `jobs-output/` is generated from them."""
    scaffold = resources.files("jjbgen") / "scaffold"
    texts = {path: (scaffold / path).read_text(encoding="utf-8") for path in SCAFFOLD}
    for path in _WITH_VERSION:
        texts[path] = Template(texts[path]).substitute(version=__version__)
    schemas = {f"schema/{model}.schema.json": reference.json_schema(model) for model in reference.MODELS}
    return dict(sorted({**texts, **schemas}.items()))


def is_config_repo(root: Path) -> bool:
    """Whether somebody has begun one here."""
    return (root / SETTINGS).is_file()


def missing(root: Path, texts: Mapping[str, str]) -> tuple[str, ...]:
    """Which of the files are not in `root` yet; those that are there as they have to be are no obstacle.

    Raises RefusedError, naming all of them, for what is something else.
    """
    if root.exists() and not root.is_dir():
        raise RefusedError(f"{plain(str(root))} is not a folder")
    taken = {place for path in texts if (place := _in_the_way(root, path, texts[path])) is not None}
    if taken:
        listed = "\n".join(f"  {plain(str(root / place))}" for place in sorted(taken))
        raise RefusedError(
            f"there already, and something else than jjbgen would write:\n{listed}\nNothing was written."
        )
    if _is_there(root / OUTPUT):
        _check_output(root / OUTPUT, texts)
    return tuple(path for path in texts if not _is_there(root / path))


def _in_the_way(root: Path, path: str, text: str) -> str | None:
    """What keeps a file from being written: a file or link above it, or something else in its place."""
    for parent in reversed(PurePosixPath(path).parents[:-1]):
        above = root / parent
        if above.is_symlink() or (above.exists() and not above.is_dir()):
            return str(parent)
    target = root / path
    if not _is_there(target):
        return None
    is_equal = target.is_file() and not target.is_symlink() and target.read_bytes() == text.encode("utf-8")
    return None if is_equal else path


def _is_there(path: Path) -> bool:
    """Whether there is something of this name, be it a link that leads nowhere."""
    return path.is_symlink() or path.exists()


def _check_output(output: Path, texts: Mapping[str, str]) -> None:
    """Refuse now what the first generation would refuse, when the files would have been written already."""
    if not output.is_dir():
        raise RefusedError(f"{plain(str(output))} is not a folder")
    with tempfile.TemporaryDirectory(prefix="jjbgen-") as name:
        write(Path(name), texts, texts)
        outputs.compare(output, generate.files(generate.checked(Path(name))))


def write(root: Path, texts: Mapping[str, str], paths: Iterable[str]) -> None:
    """Write these files, each at once; scripts can be run."""
    for path in paths:
        outputs.write(root / path, texts[path])
        if texts[path].startswith("#!"):
            (root / path).chmod(0o755)


def generated(root: Path) -> tuple[Change, ...]:
    """Bring `jobs-output/` up to date; returns what has changed.

    Raises ConfigError when a descriptor that was there before is wrong.
    """
    changes = generate.changes(generate.checked(root))
    outputs.apply(root / OUTPUT, changes)
    return changes
