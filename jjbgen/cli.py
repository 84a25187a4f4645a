"""The command line: options in, stages called, results printed. What a command does lives elsewhere."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from contextlib import suppress
from itertools import pairwise
from pathlib import Path

import click

from jjbgen import __version__, cli_difference, cli_explain, cli_init, cli_new, cli_sync
from jjbgen.console import Context, cache_option, colours, format_option, quiet_option
from jjbgen.errors import ExitCode, JjbgenError, ProblemsError


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, message="%(prog)s %(version)s")
@click.option(
    "-C",
    "root",
    type=click.Path(path_type=Path),
    default=".",
    help="The config repo; for version, a checkout.  [default: here]",
)
@click.option("--traceback", is_flag=True, expose_value=False, help="On a bug in jjbgen, show where it happened.")
@click.pass_context
def cli(context: click.Context, root: Path) -> None:
    """Generate Jenkins jobs and pipelines from one descriptor per component.

    \b
    A config repo holds:
      jjbgen.yaml         settings of the platform team
      components/*.yaml   one descriptor per component
      jjb/*.yaml          hand-written JJB jobs, if any
      templates/          overridden templates, if any
      jobs-output/        what is generated from these

    \b
    Exit codes: 0 fine, 1 failed, 2 usage or configuration, 3 differences
    found, 4 refused, 10 publish (version gate), 70 a bug in jjbgen,
    130 interrupted.
    """
    context.obj = Context(root)


@cli.command()
@format_option
@cache_option
@quiet_option
@click.pass_obj
def check(context: Context, format_: str, *, cached: bool) -> None:
    """Check settings and descriptors; writes nothing.

    \b
    Examples:
      jjbgen check
      jjbgen check --format json
    """
    from jjbgen import report, shortcut

    context.format = format_
    counts = shortcut.check(context.root, remember=cached)
    if format_ == "json":
        click.echo(report.as_json({**report.problems(()), **counts.as_dict()}))
    context.say(f"{report.counted(counts)}: no problems")


@cli.command()
@click.argument("components", nargs=-1, metavar="[COMPONENT]...")
@click.option("--check", "only_check", is_flag=True, help="Write nothing; name what differs and end with 3.")
@click.option(
    "--xml", "xml_folder", type=click.Path(path_type=Path), help="Also write <job>/config.xml of all jobs and views."
)
@format_option
@cache_option
@quiet_option
@click.pass_obj
def generate(
    context: Context,
    components: tuple[str, ...],
    *,
    only_check: bool,
    xml_folder: Path | None,
    format_: str,
    cached: bool,
) -> None:
    """Write jobs-output/: JJB YAML and Groovy pipelines.

    With names of components, only their folders are touched.

    \b
    Examples:
      jjbgen generate
      jjbgen generate amf smf
      jjbgen generate --check
      jjbgen generate --xml xml
    """
    if xml_folder and (components or only_check):
        raise click.UsageError("--xml is for all components, and writes: without names and without --check")
    from jjbgen import report, shortcut

    context.format = format_
    done = shortcut.generate(context.root, components, xml_folder, write=not only_check, remember=cached)
    found = done.changes
    if format_ == "json":
        xml_count = {"xml": done.written} if xml_folder else {}
        click.echo(report.as_json({**done.counts.as_dict(), **xml_count, "changes": report.changes(found)}))
    for change in found:
        context.say(report.change_line(change))
    verb = ("differs" if len(found) == 1 else "differ") if only_check else "changed"
    context.say(f"{report.counted(done.counts)}: {len(found) or 'no'} file{'' if len(found) == 1 else 's'} {verb}")
    if xml_folder:
        context.say(f"{done.written} jobs and views in {xml_folder}")
    if only_check and found:
        raise click.exceptions.Exit(ExitCode.DIFFERENCES)


@cli.command()
@click.option("-o", "--output", type=click.Path(path_type=Path), required=True, help="Where to write <job>/config.xml.")
@format_option
@cache_option
@quiet_option
@click.pass_obj
def xml(context: Context, output: Path, format_: str, *, cached: bool) -> None:
    """Write the XML that Jenkins gets, for every job and view.

    It is what `jenkins-jobs test -r jobs-output --config-xml` writes, byte for byte.

    \b
    Example:
      jjbgen xml -o xml
    """
    from jjbgen import report, shortcut

    context.format = format_
    number = shortcut.xml(context.root, output, remember=cached)
    if format_ == "json":
        click.echo(report.as_json({"written": number}))
    context.say(f"{number} jobs and views in {output}")


@cli.command()
@click.argument("model", type=click.Choice(["component", "settings"]))
@click.option(
    "--format", "format_", type=click.Choice(["json", "markdown"]), default="json", help="JSON Schema, or a reference."
)
def schema(model: str, format_: str) -> None:
    """Print what a descriptor or jjbgen.yaml may hold.

    \b
    Example, for an editor with a YAML language server:
      jjbgen schema component > component.schema.json
    """
    from jjbgen import reference

    click.echo(reference.json_schema(model) if format_ == "json" else reference.markdown(model), nl=False)


for _command in (
    cli_init.init,
    cli_new.new,
    cli_explain.explain,
    cli_difference.impact,
    cli_difference.diff,
    cli_sync.plan,
    cli_sync.update,
    cli_sync.doctor,
):
    cli.add_command(_command)


class _Later(click.Group):
    """A group whose commands are imported when one of them is wanted."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        from jjbgen import cli_version

        return cli_version.commands.list_commands(ctx)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        from jjbgen import cli_version

        return cli_version.commands.get_command(ctx, cmd_name)


@cli.group(cls=_Later)
def version() -> None:
    """Decide about versions, in the checkout of a component.

    \b
    Examples:
      jjbgen version show
      jjbgen version check --base origin/main
      jjbgen version gate
    """


def run(arguments: Sequence[str] | None = None) -> int:
    """Run a command line and return its exit code; never raises, never shows a traceback unasked."""
    words = list(sys.argv[1:] if arguments is None else arguments)
    try:
        result = cli.main(args=words, prog_name="jjbgen", standalone_mode=False)
        sys.stdout.flush()
    except Exception as error:
        try:
            code = _failed(error, words)
            sys.stdout.flush()
        except OSError as unwritable:
            code = _failed(unwritable, words)
        return code
    except KeyboardInterrupt:
        return _end("interrupted", ExitCode.INTERRUPTED)
    return int(result) if isinstance(result, int) else ExitCode.OK


def _failed(error: Exception, words: list[str]) -> int:
    if isinstance(error, click.exceptions.Abort):
        code = _end("interrupted", ExitCode.INTERRUPTED)
    elif isinstance(error, click.ClickException):
        error.show()
        code = ExitCode.USAGE
    elif isinstance(error, JjbgenError):
        code = _told(error, as_json=_wants_json(words))
    elif isinstance(error, OSError):
        code = _unwritable(error)
    else:
        if "--traceback" in words:
            import traceback

            traceback.print_exception(error)
        hint = "run with --traceback to see where, and please report it"
        code = _end(f"this is a bug in jjbgen: {type(error).__name__}: {error}; {hint}", ExitCode.BUG)
    return code


def _unwritable(error: OSError) -> ExitCode:
    """A file, or standard output, that cannot be written; `head`, for example, has gone without reading all."""
    if error.filename is None:
        # What is left in the buffer would fail once more at the end of the process, and Python would say so.
        with suppress(OSError):
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    if isinstance(error, BrokenPipeError):
        return ExitCode.FAILED
    return _end(f"{error.filename or 'standard output'}: {error.strerror or error}", ExitCode.FAILED)


def _wants_json(words: list[str]) -> bool:
    return "--format=json" in words or ("--format", "json") in pairwise(words)


def _told(error: JjbgenError, *, as_json: bool) -> ExitCode:
    from jjbgen import report

    found = error.problems if isinstance(error, ProblemsError) else ()
    if as_json:
        click.echo(report.as_json(report.problems(found, error)))
    elif found:
        for problem in found:
            place = click.style(str(problem.pos), bold=True)
            click.echo(f"{place}{str(problem)[len(str(problem.pos)) :]}", err=True, color=colours())
        click.secho(f"{len(found)} problem{'' if len(found) == 1 else 's'}", fg="red", err=True, color=colours())
    else:
        click.echo(str(error), err=True)
    return error.exit_code


def _end(text: str, code: ExitCode) -> ExitCode:
    click.echo(f"jjbgen: {text}", err=True)
    return code
