"""The version rules of a component as its config repo has them, for a person in a checkout of the component."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from jjbgen import defaults, generate
from jjbgen.errors import ConfigError, Pos, Problem
from jjbgen.places import COMPONENTS
from jjbgen.rules import Rules


def described(descriptor: Path, branches: Iterable[str]) -> Rules:
    """The rules of `<config repo>/components/<name>.yaml` on the first of `branches` that the component tracks.

    Where it tracks none of them, those of the descriptor without overrides. Raises ConfigError with all problems
    of the config repo.
    """
    path = descriptor.resolve()
    if path.parent.name != COMPONENTS or not path.is_file():
        raise _none(descriptor)
    root = path.parent.parent
    inputs = generate.checked(root).inputs
    found = next((each for each in inputs.descriptors if root / each.path == path), None)
    if found is None:
        raise _none(descriptor)
    body = next((found.bodies[branch] for branch in branches if branch in found.bodies), found.component)
    return defaults.rules(inputs.settings.project, body)


def _none(descriptor: Path) -> ConfigError:
    hint = f"name a file of a config repo, like ../ci/{COMPONENTS}/amf.yaml"
    return ConfigError([Problem(Pos(str(descriptor)), "", "is not a descriptor", hint)])
