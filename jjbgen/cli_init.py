"""The command that makes a new config repo: `init`."""

from __future__ import annotations

from pathlib import Path

import click

from jjbgen.console import Context, format_option, quiet_option
from jjbgen.errors import plain


@click.command()
@click.argument("directory", metavar="DIR", type=click.Path(path_type=Path))
@click.option("--git-hooks", is_flag=True, help="Let git check each commit and push.")
@format_option
@quiet_option
@click.pass_obj
def init(context: Context, /, *, directory: Path, git_hooks: bool, format_: str) -> None:
    """Make a new config repo in the folder DIR.

    It gets settings and a descriptor as examples, what is generated from
    them, and what people, editors and CI need. What is in DIR already stays:
    where it is in the way, init names it, writes nothing and ends with 4.

    With --git-hooks, DIR is in a checkout of git. Where DIR is a config repo
    already, the hooks alone are written.

    \b
    Examples:
      jjbgen init my-config
      jjbgen init . --git-hooks
    """
    from jjbgen import githooks, newrepo, report

    context.format = format_
    root = context.root / directory
    is_new = not (git_hooks and newrepo.is_config_repo(root))
    texts = newrepo.files() if is_new else {}
    # What is refused is refused before anything is written.
    missing = newrepo.missing(root, texts) if is_new else ()
    hooks = githooks.missing(root) if git_hooks else {}
    told = _Told(context, directory)
    newrepo.write(root, texts, missing)
    for path in missing:
        told.file("create", path)
    for change in newrepo.generated(root) if is_new else ():
        told.file(change.action.value, change.place)
    replaced = {hook for hook in hooks if hook.exists()}
    githooks.write(hooks)
    for hook in hooks:
        told.file("update" if hook in replaced else "create", str(hook))
    if format_ == "json":
        click.echo(report.as_json({"changes": told.changes}))
    if missing:
        there = "here" if directory == Path() else f"in {plain(str(directory))}"
        context.say(f"Next: run `jjbgen check` {there}, and change what is marked in jjbgen.yaml; README.md says more.")
    elif not told.changes:
        context.say("everything is there already")


class _Told:
    """Tells each file that has been written, below the folder as the user has named it."""

    def __init__(self, context: Context, directory: Path) -> None:
        self.context = context
        self.directory = directory
        self.changes: list[dict[str, str]] = []

    def file(self, action: str, path: str) -> None:
        """Tell one; an absolute path is told as it is."""
        shown = str(self.directory / path)
        self.changes.append({"path": shown, "action": action})
        self.context.say(f"{action} {plain(shown)}")
