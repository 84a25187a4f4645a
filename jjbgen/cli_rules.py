"""The options of `jjbgen version` that choose rules, and what makes one value of them."""

from __future__ import annotations

import functools
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click
from click.core import ParameterSource

from jjbgen import version as versions
from jjbgen.console import Command, checked
from jjbgen.history import Repository
from jjbgen.rules import POLICIES, USED_BY, ChartPlace, Rules, check_tagger
from jjbgen.versionfiles import check_linked

_OPTIONS: dict[str, tuple[Callable[[Command], Command], ...]] = {
    "prefix": (
        click.option(
            "--tag-prefix",
            metavar="TEXT",
            callback=checked(versions.check_prefix),
            help="What git tags begin with.  [default: v for Go modules, else nothing]",
        ),
    ),
    "flags": (
        click.option("--release-to-release", is_flag=True, help="A finalized version may stay until the next release."),
        click.option("--predecessor", is_flag=True, help="The version before has to be released."),
    ),
    "linked": (
        click.option(
            "--linked",
            multiple=True,
            metavar="FILE",
            callback=checked(check_linked),
            help="A file that has to say the same version.",
        ),
    ),
    "files": (
        click.option("--no-snapshots", multiple=True, metavar="FILE", help="A file without -SNAPSHOT or -dev in it."),
    ),
    "parents": (
        click.option(
            "--parents", type=click.Choice(POLICIES), default="version", help="How parent images have to be pinned."
        ),
        click.option("--allowed-parent", multiple=True, metavar="IMAGE", help="A parent image that is fine as it is."),
        click.option("--dockerfile", multiple=True, metavar="FILE", help="Look at this Dockerfile.  [default: all]"),
    ),
    "image_tags": (
        click.option(
            "--image-tag",
            multiple=True,
            metavar="TAG",
            callback=checked(versions.check_image_tag),
            help="One more tag for images, like '{major}.{minor}'.",
        ),
    ),
    "charts": (click.option("--chart", multiple=True, metavar="FOLDER", help="The folder of a chart."),),
    "repositories": (
        click.option(
            "--repository",
            nargs=2,
            multiple=True,
            metavar="FOLDER URL",
            help="The repository of a chart, which must not have its new version yet.",
        ),
    ),
    "tagger": (
        click.option("--tagger", metavar="NAME <ADDRESS>", callback=checked(check_tagger), help="Who makes the tag."),
    ),
}


def ruled(command: str) -> Callable[[Command], Command]:
    """Add the options of a command's rules, and hand them over as one `rules`."""

    def decorate(function: Command) -> Command:
        @functools.wraps(function)
        def with_rules(*arguments: Any, descriptor: Path | None, **options: Any) -> Any:
            others = {name: options.pop(name) for name in tuple(options) if name not in _RULE_NAMES}
            context = click.get_current_context()
            given = [name for name in options if context.get_parameter_source(name) is not ParameterSource.DEFAULT]
            if descriptor is None:
                rules = _rules(options)
            elif given:
                raise click.UsageError("--rules takes all rules from the descriptor; leave out the others")
            else:
                from jjbgen.described import described

                rules = described(descriptor, _branches(context.obj.root, others.get("base")))
            return function(*arguments, rules=rules, **others)

        wrapped: Any = with_rules
        for option in reversed([each for group in USED_BY[command] for each in _OPTIONS[group]]):
            wrapped = option(wrapped)
        descriptor_option = click.option(
            "--rules",
            "descriptor",
            type=click.Path(path_type=Path),
            metavar="FILE",
            help="Take the rules from a component's descriptor.",
        )
        decorated: Command = descriptor_option(wrapped)
        return decorated

    return decorate


_RULE_NAMES = frozenset(
    (
        *("tag_prefix", "release_to_release", "predecessor", "linked", "no_snapshots", "parents"),
        *("allowed_parent", "dockerfile", "image_tag", "chart", "repository", "tagger"),
    )
)


def _rules(options: dict[str, Any]) -> Rules:
    repositories = dict(options.get("repository", ()))
    folders = dict.fromkeys((*options.get("chart", ()), *repositories))
    return Rules(
        tag_prefix=options.get("tag_prefix"),
        release_to_release=options.get("release_to_release", False),
        predecessor=options.get("predecessor", False),
        linked=options.get("linked", ()),
        no_snapshots=options.get("no_snapshots", ()),
        parents=options.get("parents", "version"),
        allowed_parents=options.get("allowed_parent", ()),
        dockerfiles=options.get("dockerfile", ()),
        image_tags=options.get("image_tag", ()),
        charts=tuple(ChartPlace(folder, repositories.get(folder)) for folder in folders),
        tagger=options.get("tagger"),
    )


def _branches(root: Path, base: str | None) -> tuple[str, ...]:
    """The branches whose rules may be meant: that of the base, the checked-out one, what that is to be merged into."""
    repository = Repository(root)
    others = [each for each in (base, repository.branch(), repository.upstream()) if each]
    short = [each.removeprefix("refs/heads/").removeprefix("refs/remotes/") for each in others]
    return tuple(name for each in short for name in (each, each.partition("/")[2]))
