"""The settings as they were read; little is imported here, for commands that need nothing of descriptors."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from pydantic import BaseModel, ValidationError

from jjbgen import explain, source
from jjbgen.errors import ConfigError, Pos, Problem
from jjbgen.places import SETTINGS
from jjbgen.project import Project
from jjbgen.source import Document

M = TypeVar("M", bound=BaseModel)


@dataclass(frozen=True, slots=True)
class Settings:
    """The settings as they were read, and where they stand."""

    project: Project
    document: Document


def load_settings(root: Path) -> Settings:
    """Read `jjbgen.yaml`; raises ConfigError."""
    path = root / SETTINGS
    if not path.is_file() and not path.is_symlink():
        hint = "run jjbgen in a config repo, or name one with -C"
        raise ConfigError([Problem(Pos(SETTINGS), "", "no such file", hint)])
    document = source.read(root, path)
    return Settings(validated(Project, document), document)


def validated(model: type[M], document: Document) -> M:
    """The model of a document; raises ConfigError with every problem, in the user's words."""
    if not isinstance(document.value, dict):
        raise ConfigError([Problem(document.pos(), "", "has to be a mapping")])
    try:
        return model.model_validate(document.value)
    except ValidationError as error:
        raise ConfigError(explain.problems(error, model, explain.locator(document))) from None
