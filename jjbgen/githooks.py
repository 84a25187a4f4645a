"""Git hooks that keep a config repo right: what they say, and how they get into a repository without harm to others."""

from __future__ import annotations

import os
import shlex
from collections.abc import Mapping
from pathlib import Path

from jjbgen import outputs
from jjbgen.errors import ExitCode, JjbgenError, RefusedError, plain
from jjbgen.gitrun import GitError, GitRunner

_MARK = "# Written by `jjbgen init --git-hooks`, which may write it anew."

_START = f"""\
#!/bin/sh
{_MARK}
"""

_WORK = """\
set -eu
export GIT_LITERAL_PATHSPECS=1

# A .venv that git knows came with a commit: it is somebody else's program.
jjbgen=jjbgen
if [ -x "${folder}.venv/bin/jjbgen" ] && [ -z "$(git ls-files -- "${folder}.venv")" ]; then
  jjbgen=${folder}.venv/bin/jjbgen
fi
if ! command -v "$jjbgen" > /dev/null; then
  echo 'jjbgen is not installed: see README.md, or skip this hook with --no-verify' >&2
  exit 1
fi

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'exit 1' HUP INT TERM

# Checks the config repo as it is in a tree of git, whatever else lies in the checkout.
verify() {
  git cat-file -e "$1:${folder}jjbgen.yaml" 2> /dev/null || return 0
  rm -rf "$work/tree"
  (
    export GIT_INDEX_FILE="$work/index"
    git read-tree "$1"
    git ls-files -z -- "./$folder" | git checkout-index -z --stdin --prefix="$work/tree/"
  )
  "$jjbgen" -C "$work/tree/$folder" check -q
  if ! "$jjbgen" -C "$work/tree/$folder" generate --check; then
    echo 'jobs-output/ belongs into the commit too, as "jjbgen generate" writes it.' >&2
    exit 1
  fi
}
"""

_PRE_COMMIT = """
# What is staged, not what lies in the checkout.
tree=$(git write-tree)
verify "$tree"
"""

_PRE_PUSH = """
while read -r _ commit target _; do
  # A tag says what was right when it was made; zeros mean that a branch is deleted.
  case $target in refs/tags/*) continue ;; esac
  case $commit in *[!0]*) verify "$commit" < /dev/null ;; esac
done
"""

_ENDS = {"pre-commit": _PRE_COMMIT, "pre-push": _PRE_PUSH}


class NoCheckoutError(JjbgenError):
    """Hooks are wanted where no checkout of a git repository is."""

    exit_code = ExitCode.USAGE


def texts(folder: str) -> dict[str, str]:
    """The hooks, by name, for a config repo in `folder` of a repository: empty, or a path that ends in a slash."""
    return {name: f"{_START}{_folder_line(folder)}{_WORK}{end}" for name, end in _ENDS.items()}


def missing(root: Path) -> dict[Path, str]:
    """The hooks for the config repo at `root`, which need not be there yet, by file; those in place are left out.

    Raises RefusedError for hooks of others, or where they would not be this repository's alone.
    """
    git, folder = _checkout(root)
    _check_setting(git)
    hooks = git.folder / git.run("rev-parse", "--git-path", "hooks").removesuffix("\n")
    if hooks.exists() and not hooks.is_dir():
        raise RefusedError(f"{plain(str(hooks))} is not a folder, so git runs no hooks")
    wanted = {hooks / name: text for name, text in texts(folder).items()}
    found = {path: _text(path) for path in wanted if path.is_symlink() or path.exists()}
    taken = [path for path, text in found.items() if not _is_ours(text, folder)]
    if taken:
        listed = "\n".join(f"  {plain(str(path))}" for path in taken)
        raise RefusedError(f"not written by jjbgen for this config repo:\n{listed}\nNothing was written.")
    return {path: text for path, text in wanted.items() if found.get(path) != text}


def write(hooks: Mapping[Path, str]) -> None:
    """Put hooks in their places, so that git runs them."""
    for path, text in hooks.items():
        outputs.write(path, text)
        path.chmod(0o755)


def _checkout(root: Path) -> tuple[GitRunner, str]:
    """Git at the top of the checkout that `root` is in, and where in it `root` is, as in `texts`."""
    root = root.resolve()
    nearest = next(parent for parent in (root, *root.parents) if parent.is_dir())
    try:
        top = Path(GitRunner(nearest).run("rev-parse", "--show-toplevel").removesuffix("\n"))
    except GitError as error:
        raise NoCheckoutError(f"{error}; --git-hooks needs a checkout, see `git init`") from None
    below = os.path.relpath(root, top.resolve())
    folder = "" if below == "." else f"{below}/"
    if not folder.isprintable():
        raise RefusedError(f"a hook cannot name the folder {plain(folder)}")
    return GitRunner(top), folder


def _check_setting(git: GitRunner) -> None:
    """Hooks of a person or a machine run in all their repositories, and are not for one of these to write."""
    said = git.run("config", "--show-scope", "--get", "core.hooksPath", allowed=(0, 1))
    scope, _, folder = said.removesuffix("\n").partition("\t")
    if scope not in ("", "local", "worktree"):
        raise RefusedError(
            f"core.hooksPath is {plain(folder)} for all repositories ({scope}); set it for this one first"
        )


def _folder_line(folder: str) -> str:
    return f"folder={shlex.quote(folder)}\n"


def _is_ours(text: str | None, folder: str) -> bool:
    return text is not None and text.startswith(f"{_START}{_folder_line(folder)}")


def _text(path: Path) -> str | None:
    """The text of a hook; None for what is no file of text, a link for example."""
    if path.is_symlink() or not path.is_file():
        return None
    return path.read_bytes().decode("utf-8", "replace")
