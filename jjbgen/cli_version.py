"""The commands below `jjbgen version`. They run on build agents and in checkouts, and need no config repo."""

from __future__ import annotations

import click

from jjbgen import version as versions
from jjbgen.cli_rules import ruled
from jjbgen.console import Context, checked, format_option, quiet_option
from jjbgen.errors import VersionError
from jjbgen.history import Repository
from jjbgen.rules import Rules


def _not_empty(value: str) -> str:
    # An empty variable of a script is a mistake, and not the wish for the default.
    if not value:
        raise ValueError("is empty")
    return value


_base = click.option("--base", metavar="REV", callback=checked(_not_empty), help="What to compare with.")
_fetch = click.option("--fetch", is_flag=True, help="Fetch tags, and what a shallow clone lacks.")


@click.group()
def commands() -> None:
    """Hold the commands of `jjbgen version`."""


_format_env = click.option(
    "--format",
    "format_",
    type=click.Choice(["text", "json", "env"]),
    default="text",
    help="For people, for programs, or for a shell to source.",
)


@commands.command()
@_format_env
@click.pass_obj
def show(context: Context, format_: str) -> None:
    """Print the version of a checkout.

    It is that of VERSION, else package.json, else pom.xml, else Chart.yaml.

    \b
    Example:
      jjbgen version show --format json
    """
    from jjbgen import report, version_report
    from jjbgen.release import known
    from jjbgen.versionfiles import reading

    context.format = format_
    found = known(reading(Repository(context.root).working_tree().read))
    if format_ == "json":
        click.echo(report.as_json(version_report.reading(found)))
    else:
        click.echo(f"JJBGEN_VERSION={found.shown}" if format_ == "env" else f"{found.shown} ({found.source})")


@commands.command()
@_base
@_fetch
@ruled("check")
@format_option
@quiet_option
@click.pass_obj
def check(context: Context, base: str | None, format_: str, *, rules: Rules, fetch: bool) -> None:
    """Check the version of a change before it is merged.

    Without --base: against what the branch is to be merged into, as far as
    the clone knows, else against the commit before.

    \b
    Examples:
      jjbgen version check --base origin/main
      jjbgen version check --linked package.json
      jjbgen version check --rules ../ci/components/amf.yaml
    """
    from jjbgen import report, version_report
    from jjbgen.change import change
    from jjbgen.change import check as judge

    context.format = format_
    passed = judge(change(Repository(context.root), base, fetch=fetch), rules)
    if format_ == "json":
        found = {**version_report.reading(passed.reading), "base": passed.base.shown}
        click.echo(report.as_json({**report.problems(()), **found}))
    context.say(f"{passed.reading.shown} ({passed.reading.source}): no problems")


@commands.command()
@_base
@_fetch
@ruled("gate")
@_format_env
@click.pass_obj
def gate(context: Context, base: str | None, format_: str, *, rules: Rules, fetch: bool) -> None:
    """Decide whether the checked-out commit publishes, and under which names.

    Ends with 10 to publish, with 0 when there is nothing to publish, and
    with anything else when the commit is refused. Compares with the first
    parent, unless --base says otherwise.

    \b
    Examples:
      jjbgen version gate
      jjbgen version gate --format env --image-tag '{major}.{minor}'
    """
    from jjbgen import version_report
    from jjbgen.release import gated

    context.format = format_
    found = gated(Repository(context.root), rules, base, fetch=fetch)
    problem = found.problem()
    if format_ == "json":
        from jjbgen import report

        click.echo(report.as_json(version_report.gate(found)))
    elif problem:
        raise VersionError([problem])
    else:
        lines = version_report.gate_environment if format_ == "env" else version_report.gate_lines
        click.echo("\n".join(lines(found)))
        for line in version_report.unpublished_lines(found):
            click.echo(line, err=True)
    raise click.exceptions.Exit(found.verdict.decision.exit_code)


@commands.command()
@ruled("tag")
@click.option("--commit", metavar="REV", default="HEAD", help="The commit to tag.  [default: the checked-out one]")
@click.option("--push", is_flag=True, help="Push the tag too, and see that it arrived.")
@format_option
@quiet_option
@click.pass_obj
def tag(context: Context, commit: str, format_: str, *, rules: Rules, push: bool) -> None:
    """Tag a commit with its version.

    The same tag on the same commit is fine; on another commit it is an error.

    \b
    Examples:
      jjbgen version tag
      jjbgen version tag --push
    """
    from jjbgen import report
    from jjbgen.tagging import tag as make

    context.format = format_
    done = make(Repository(context.root), rules, commit, push=push)
    if format_ == "json":
        found = {"tag": done.tag, "commit": done.commit, "created": done.created, "pushed": done.pushed}
        click.echo(report.as_json(found))
    verb = "created" if done.created else "is there already"
    context.say(f"{done.tag} on {done.commit[:12]}: {verb}{', pushed' if done.pushed else ''}")


@commands.command(name="next")
@click.option("--dev", is_flag=True, help="Begin the development of the next version.")
@click.option("--major", "part", flag_value="major", help="A new major version.")
@click.option("--minor", "part", flag_value="minor", help="A new minor version.")
@click.option("--patch", "part", flag_value="patch", help="A new patch version.  [default]")
@click.option("--write", is_flag=True, help="Write it into the file, and into the linked ones.")
@ruled("next")
@format_option
@click.pass_obj
def next_(context: Context, part: str | None, format_: str, *, rules: Rules, dev: bool, write: bool) -> None:
    """Print the version that comes next.

    \b
    Examples (1.2.3-dev, then 1.2.3):
      jjbgen version next                  1.2.3      1.2.4
      jjbgen version next --dev            1.2.4-dev  1.2.4-dev
      jjbgen version next --dev --minor    1.3.0-dev  1.3.0-dev
      jjbgen version next --write
    """
    from jjbgen import nextversion, report

    context.format = format_
    tree = Repository(context.root).working_tree()
    found = nextversion.current(tree)
    following = versions.following(found.known(), part, dev=dev)
    written = nextversion.write(tree, found, following, rules) if write else ()
    if format_ == "json":
        values = {"version": str(following), "previous": found.shown, "written": list(written)}
        click.echo(report.as_json(values))
    else:
        click.echo(str(following))


@commands.command()
@click.option("--branch", metavar="REV", default="HEAD", help="The branch.  [default: the checked-out commit]")
@_fetch
@ruled("history")
@format_option
@click.pass_obj
def history(context: Context, branch: str, format_: str, *, rules: Rules, fetch: bool) -> None:
    """Replay a branch: what would have been published, next to its tags.

    \b
    Examples:
      jjbgen version history
      jjbgen version history --branch origin/main --format json
    """
    from jjbgen import report, version_report
    from jjbgen.release import steps as replay
    from jjbgen.releases import GO_FILES, names_of
    from jjbgen.remote import Remote

    context.format = format_
    repository = Repository(context.root)
    if fetch:
        Remote(repository).complete()
    names = names_of(repository.commit(branch, GO_FILES), rules)
    steps = list(replay(repository, branch))
    if format_ == "json":
        click.echo(report.as_json(version_report.history(steps, names)))
    else:
        click.echo("\n".join(version_report.history_lines(steps, names)))


@commands.command()
@_base
@_fetch
@ruled("charts")
@format_option
@quiet_option
@click.pass_obj
def charts(context: Context, base: str | None, format_: str, *, rules: Rules, fetch: bool) -> None:
    """Check that the versions of changed Helm charts went up.

    Looks at the charts that are named, by default at all of the checkout.

    \b
    Examples:
      jjbgen version charts --base origin/main
      jjbgen version charts --repository deploy/chart ghcr.io/example/charts
    """
    from jjbgen import report
    from jjbgen.change import change, check_charts

    context.format = format_
    checked = check_charts(change(Repository(context.root), base, fetch=fetch), rules)
    for place, url in checked.unseen:
        click.echo(f"{place}: {url} does not show its charts without credentials: not compared", err=True)
    found = {chart.folder: str(chart.version) for chart in checked.new}
    if format_ == "json":
        unseen = [place for place, _ in checked.unseen]
        click.echo(report.as_json({**report.problems(()), "new": found, "unseen": unseen}))
    listed = ", ".join(f"{folder} {version}" for folder, version in found.items())
    context.say(f"new chart versions: {listed or 'none'}: no problems")
