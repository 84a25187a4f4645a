"""The commands that look at a controller or change it: `plan`, `update`, `doctor`."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from jjbgen.cli_target import Allowed, Reach, allowed_options, reach_options, workers_option
from jjbgen.console import Context, checked, format_option, quiet_option, verbose_option
from jjbgen.errors import ConfigError, ExitCode, RefusedError, plain
from jjbgen.freeze import check as check_window
from jjbgen.freeze import holds

if TYPE_CHECKING:
    from jjbgen.connection import Connection
    from jjbgen.glance import Glance
    from jjbgen.marks import Seal
    from jjbgen.pool import Pool
    from jjbgen.survey import Progress, Survey, Target
    from jjbgen.sync import Change, Outcome


def _check_timezone(name: str) -> str:
    from jjbgen.cron import check_timezone

    return check_timezone(name)


@click.command()
@allowed_options
@click.option("--diff", is_flag=True, help="Show what changes in each job.")
@click.option(
    "-o", "--output", metavar="FILE", type=click.Path(path_type=Path, dir_okay=False), help="Keep the plan for update."
)
@reach_options
@workers_option
@format_option
@quiet_option
@verbose_option
@click.pass_obj
def plan(
    context: Context, /, *, allowed: Allowed, reach: Reach, workers: int, output: Path | None, format_: str, diff: bool
) -> None:
    """Show what update would do to a Jenkins controller; changes nothing.

    Ends with 0 when nothing differs, 3 when something does, and 4 when
    something that is not ours is in the way.

    \b
    Examples:
      jjbgen plan --diff
      jjbgen plan --drift --format json
      jjbgen plan --prune -o today.plan
    """
    from jjbgen import glance, planfile, report, survey, sync_report
    from jjbgen.outputs import write
    from jjbgen.progress import bars

    context.format = format_
    allowed.check()
    target = _target(context, reach)
    with glance.pool(target.connection, workers) as pool, bars(wanted=not context.quiet) as progress:
        seen = _seen(target, pool, allowed, progress, exact=diff or output is not None)
        findings = survey.examine(target, pool, seen.plugins)
    if format_ == "json":
        click.echo(report.as_json(sync_report.plan_json(target.connection, seen, findings, diff=diff)))
    for line in sync_report.plan_lines(target.connection, seen, diff=diff, everything=context.verbose):
        context.say(line)
    for line in sync_report.finding_lines(findings, fine=context.verbose):
        context.say(line)
    context.say(sync_report.counted(seen.plan))
    if seen.plan.conflicts:
        if output:
            # Yesterday's plan is not today's.
            output.unlink(missing_ok=True)
        context.say("--adopt takes over what a person or JJB has made")
        raise click.exceptions.Exit(ExitCode.REFUSED)
    if output:
        write(output, planfile.text(target.connection, seen.changes()))
    if seen.plan.differs:
        raise click.exceptions.Exit(ExitCode.DIFFERENCES)


@click.command()
@click.argument("file", required=False, type=click.Path(path_type=Path, dir_okay=False))
@allowed_options
@click.option("--allow-missing", is_flag=True, help="Push also what needs plugins that are missing.")
@click.option(
    "--freeze",
    metavar="WINDOW",
    multiple=True,
    callback=checked(check_window),
    help="Change nothing in this part of the week, like 'Fri 16:00-Mon 08:00'.",
)
@click.option(
    "--timezone",
    metavar="ZONE",
    default="UTC",
    show_default=True,
    callback=checked(_check_timezone),
    help="Of --freeze.",
)
@click.option("--via-jjb", is_flag=True, help="Hand jobs-output/ to `jenkins-jobs update` instead.")
@reach_options
@workers_option
@format_option
@quiet_option
@verbose_option
@click.pass_obj
def update(
    context: Context,
    /,
    *,
    file: Path | None,
    allowed: Allowed,
    reach: Reach,
    workers: int,
    format_: str,
    allow_missing: bool,
    freeze: tuple[str, ...],
    timezone: str,
    via_jjb: bool,
) -> None:
    """Bring a Jenkins controller in step with jobs-output/.

    It does exactly what plan with the same options shows; with FILE, what
    a plan kept with plan -o FILE says, unless the controller has moved on.
    Ends with 1 when something failed; the rest is done all the same.

    \b
    Examples:
      jjbgen update
      jjbgen update --jobs 'amf-*'
      jjbgen update today.plan
    """
    context.format = format_
    allowed.check()
    if (file or via_jjb) and (given := allowed.given()):
        what = "A kept plan" if file else "--via-jjb"
        raise click.UsageError(f"{what} leaves nothing to choose: {', '.join(given)}")
    if via_jjb and allow_missing:
        raise click.UsageError("JJB asks for no plugins: leave out --via-jjb, or --allow-missing")
    if file and via_jjb:
        raise click.UsageError("JJB knows no plans: leave out --via-jjb, or the file")
    if window := _frozen(freeze, timezone):
        context.say(f"frozen, {window} ({timezone}): nothing is changed")
    elif via_jjb:
        _hand_to_jjb(context, reach)
    elif file:
        _update_by(file, context, reach, workers, allow_missing=allow_missing)
    else:
        _update(context, allowed, reach, workers, allow_missing=allow_missing)


@click.command()
@reach_options
@format_option
@quiet_option
@click.pass_obj
def doctor(context: Context, /, *, reach: Reach, format_: str) -> None:
    """Look whether a controller has what the jobs need; changes nothing.

    Plugins, agents, credentials, Gerrit servers, permissions: each is fine,
    missing, or unseen where the controller does not tell. Ends with 1 when
    something is missing.

    \b
    Example:
      jjbgen doctor --controller main
    """
    from jjbgen import glance, preflight, report, survey, sync_report

    context.format = format_
    target = _target(context, reach)
    with glance.pool(target.connection, 1) as pool:
        findings = list(survey.examine(target, pool))
        with pool.client() as client:
            findings += preflight.permissions(client, target.home.folder or "")
    if format_ == "json":
        described = {**sync_report.reached_json(target.connection), "findings": sync_report.findings_json(findings)}
        click.echo(report.as_json(described))
    context.say(plain(target.connection.shown))
    for line in sync_report.finding_lines(findings, fine=True):
        context.say(line)
    if any(each.state is preflight.State.MISSING for each in findings):
        raise click.exceptions.Exit(ExitCode.FAILED)


def _frozen(windows: tuple[str, ...], timezone: str) -> str | None:
    from datetime import datetime
    from zoneinfo import ZoneInfo

    return holds(windows, datetime.now(ZoneInfo(timezone))) if windows else None


def _target(context: Context, reach: Reach) -> Target:
    from jjbgen import survey

    return survey.target(context.root, reach.controller, os.environ, reach.conf)


def _seen(target: Target, pool: Pool, allowed: Allowed, progress: Progress, *, exact: bool) -> Survey:
    from jjbgen import survey
    from jjbgen.syncplan import Choices

    only = survey.only(target, allowed.jobs)
    choices = Choices(adopt=allowed.adopt, prune=allowed.prune, prune_limit=allowed.prune_limit, only=only)
    return survey.survey(target, pool, choices, progress, edited=allowed.drift, exact=exact)


def _update(context: Context, allowed: Allowed, reach: Reach, workers: int, *, allow_missing: bool) -> None:
    from jjbgen import glance

    try:
        reached = glance.reach(context.root, reach.controller, os.environ, reach.conf)
    except ConfigError:
        # What else is wrong is told with it, or before it.
        _target(context, reach)
        raise
    with glance.pool(reached.connection, workers) as pool:
        # With these options more is to be looked at, or told, than whether there is anything to be done.
        more = bool(allowed.jobs or allowed.drift or context.verbose)
        first = None if more else glance.look(reached)
        in_step = first.in_step(pool) if first else None
        if in_step is None:
            _bring_in_step(context, allowed, reach, pool, first, allow_missing=allow_missing)
        else:
            context.say(plain(reached.connection.shown))
            _finish(context, reached.connection, (), in_step)


def _bring_in_step(
    context: Context, allowed: Allowed, reach: Reach, pool: Pool, first: Glance | None, *, allow_missing: bool
) -> None:
    from jjbgen import survey, sync_report
    from jjbgen.progress import bars
    from jjbgen.syncplan import Action

    target = _target(context, reach)
    with bars(wanted=not context.quiet) as progress:
        seen = _seen(target, pool, allowed, progress, exact=False)
        seal = first.seal_for(seen.plan, seen.listed) if first else None
        if first and seal:
            seen = seen.sealed(first.reached.sealed, seal)
        changes = seen.changes()
        if not allow_missing:
            survey.refuse_what_lacks_plugins(changes, pool)
        context.say("\n".join(sync_report.plan_lines(target.connection, seen, diff=False, everything=context.verbose)))
        outcomes = _applied(context, pool, changes, progress("Updating", len(changes)))
    if first and seal and not any(outcome.error for outcome in outcomes):
        _put_seal(first, pool, seal, changes)
    _finish(context, target.connection, outcomes, len(seen.plan.of(Action.UNCHANGED)))


def _put_seal(first: Glance, pool: Pool, seal: Seal, changes: Sequence[Change]) -> None:
    """Say on the controller that all of it is in step; without that, the next update has more to do."""
    from jjbgen.session import ControllerError

    if any(change.key == first.reached.sealed for change in changes):
        return
    try:
        first.put(pool, seal)
    except ControllerError as error:
        click.echo(plain(f"no seal, without which the next update takes longer: {error}"), err=True)


def _update_by(file: Path, context: Context, reach: Reach, workers: int, *, allow_missing: bool) -> None:
    """Do what is left to be done of a kept plan."""
    from jjbgen import glance, planfile, survey, sync
    from jjbgen.progress import bars

    name = reach.controller or planfile.controller_of(file)
    reached = glance.reach(context.root, name, os.environ, reach.conf).connection
    planned = planfile.read(file, reached)
    with glance.pool(reached, workers) as pool, bars(wanted=not context.quiet) as progress:
        left = sync.still_to_do(planned, pool, reached.owner)
        if not allow_missing:
            survey.refuse_what_lacks_plugins(left, pool)
        context.say(plain(reached.shown))
        outcomes = _applied(context, pool, left, progress("Updating", len(left)))
    _finish(context, reached, outcomes, None)


def _applied(context: Context, pool: Pool, changes: Sequence[Change], progress: Callable[[], object]) -> list[Outcome]:
    from jjbgen import sync, sync_report

    outcomes = []
    with context.saying() as say:
        for outcome in sync.apply(pool, changes):
            outcomes.append(outcome)
            progress()
            if outcome.error is None:
                say(sync_report.outcome_line(outcome))
            elif context.format == "text":
                click.echo(sync_report.outcome_line(outcome), err=True)
    return outcomes


def _finish(context: Context, reached: Connection, outcomes: Sequence[Outcome], unchanged: int | None) -> None:
    from jjbgen import report, sync_report

    if context.format == "json":
        click.echo(report.as_json(sync_report.outcomes_json(reached, outcomes)))
    context.say(sync_report.done(outcomes, unchanged))
    if any(outcome.error is not None for outcome in outcomes):
        raise click.exceptions.Exit(ExitCode.FAILED)


def _hand_to_jjb(context: Context, reach: Reach) -> None:
    from jjbgen import jjb, report, sync_report

    target = _target(context, reach)
    if target.places > 1:
        raise RefusedError("JJB would push the jobs of all controllers to one: --via-jjb is for one controller")
    click.echo(sync_report.warning_of_jjb(target), err=True)
    reached = target.connection
    login = reached.login
    access = jjb.Access(reached.url, login.user if login else None, login.secret if login else None)
    number = jjb.update(target.root, target.inputs.plugins, access, reached.ca_bundle, reached.proxy)
    if context.format == "json":
        click.echo(report.as_json({**sync_report.reached_json(reached), "updated": number}))
    context.say(f"{number} jobs and views updated by JJB")
