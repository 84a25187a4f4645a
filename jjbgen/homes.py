"""Which controller a component's jobs are on, and where on it."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from jjbgen import naming
from jjbgen.project import Project


@dataclass(frozen=True, slots=True)
class Home:
    """The place of generated jobs and views on a controller."""

    controller: str
    """Its name in the settings."""
    url: str
    folder: str | None
    root_view: str
    """Without the folder."""
    takes_the_rest: bool
    """Whether it has what no label assigns to another one, hand-written jobs among it."""

    def full_name(self, name: str) -> str:
        """The full name of a job or view there."""
        return naming.in_folder(self.folder, name)

    def folders(self) -> tuple[str, ...]:
        """The full names of its folder and those around it, the outermost first."""
        parts = self.folder.split("/") if self.folder else []
        return tuple("/".join(parts[: end + 1]) for end in range(len(parts)))


def homes(project: Project) -> dict[str, Home]:
    """The homes of all controllers by name, in the order of the settings."""
    view = project.naming.root_view
    return {
        name: Home(name, each.url, each.folder, f"{view} ({name})" if each.labels else view, not each.labels)
        for name, each in project.controllers.items()
    }


def controllers_of(project: Project, labels: Collection[str]) -> tuple[str, ...]:
    """The controllers that a component with these labels is assigned to: one, if settings and descriptor are right."""
    named = tuple(name for name, each in project.controllers.items() if set(each.labels) & set(labels))
    return named or tuple(name for name, each in project.controllers.items() if not each.labels)


def home_of(project: Project, labels: Collection[str]) -> Home:
    """The home of a component with these labels, when settings and descriptor are right."""
    (controller,) = controllers_of(project, labels)
    return homes(project)[controller]
