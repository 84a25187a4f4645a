"""The commands that compare two states of a config repo: `impact`, `diff`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from jjbgen.console import Context, format_option
from jjbgen.errors import JjbgenError

if TYPE_CHECKING:
    from jjbgen.generate import Checked

_staged = click.option("--staged", is_flag=True, help="What is staged, instead of the files as they are.")


@click.command()
@click.argument("revisions", required=False, metavar="[BASE[..HEAD]]")
@_staged
@format_option
@click.pass_obj
def impact(context: Context, /, *, revisions: str | None, staged: bool, format_: str) -> None:
    """Say which jobs a change reaches, and why.

    Compares what is generated from BASE (HEAD unless it is said) with what is
    generated from HEAD, or from the files as they are. BASE...HEAD begins
    where the two parted.

    \b
    Examples:
      jjbgen impact
      jjbgen impact origin/main
      jjbgen impact v1..v2 --format json
    """
    from jjbgen import difference_report, report
    from jjbgen.difference import difference
    from jjbgen.impact import impact as reached

    context.format = format_
    before, after = _sides(context, revisions, staged=staged)
    found = difference(before, after)
    jobs = reached(before, after, found)
    if format_ == "json":
        click.echo(report.as_json(difference_report.impact_json(jobs, found)))
    for line in difference_report.impact_lines(jobs, found):
        context.say(line)


@click.command()
@click.argument("revisions", required=False, metavar="[BASE[..HEAD]]")
@_staged
@click.option(
    "--format",
    "format_",
    type=click.Choice(["text", "json", "markdown"]),
    default="text",
    help="For people, for programs, or for a comment on a change.",
)
@click.option(
    "--longest",
    metavar="N",
    type=click.IntRange(500),
    default=14_000,
    show_default=True,
    help="Characters of a comment.",
)
@click.pass_obj
def diff(context: Context, /, *, revisions: str | None, staged: bool, format_: str, longest: int) -> None:
    """Show what a change does to the jobs.

    Added, removed and renamed jobs, what is different about each, and the
    pipelines as diffs. Revisions are those of `jjbgen impact`.

    \b
    Examples:
      jjbgen diff origin/main
      jjbgen diff origin/main...HEAD --format markdown
      jjbgen diff --staged
    """
    from jjbgen import difference_report, report
    from jjbgen.difference import difference

    context.format = format_
    found = difference(*_sides(context, revisions, staged=staged))
    if format_ == "json":
        click.echo(report.as_json(difference_report.as_json(found)))
    elif format_ == "markdown":
        click.echo(difference_report.markdown(found, longest), nl=False)
    for line in difference_report.text(found):
        context.say(line)


def _sides(context: Context, revisions: str | None, *, staged: bool) -> tuple[Checked, Checked]:
    """The two states to be compared."""
    from jjbgen import generate, snapshot

    base, parted, head = _parsed(revisions)
    if head and staged:
        raise click.UsageError("--staged compares with what is staged: leave it out, or name one revision")
    if parted:
        base = _fork(context, base, head or "HEAD")
    before = snapshot.at(context.root, base)
    if staged:
        return before, snapshot.at(context.root, snapshot.INDEX)
    return before, snapshot.at(context.root, head) if head else generate.checked(context.root)


def _parsed(revisions: str | None) -> tuple[str, bool, str | None]:
    """Base, whether to begin where the two parted, and head; None stands for the files as they are."""
    if not revisions:
        return "HEAD", False, None
    for dots in ("...", ".."):
        base, found, head = revisions.partition(dots)
        if found:
            return base or "HEAD", dots == "...", head or "HEAD"
    return revisions, False, None


def _fork(context: Context, base: str, head: str) -> str:
    from jjbgen.history import Repository

    repository = Repository(context.root.resolve())
    found = repository.fork(repository.commit(base).id, repository.commit(head).id)
    if found is None:
        raise JjbgenError(f"{base} and {head} have no commit in common here")
    return found
