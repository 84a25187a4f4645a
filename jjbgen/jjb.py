"""Jenkins Job Builder as a library: from a JJB tree to Jenkins' XML. The only importer of `jenkins_jobs`."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import yaml
from jenkins_jobs.alphanum import AlphanumSort
from jenkins_jobs.config import JJBConfig
from jenkins_jobs.errors import JenkinsJobsException
from jenkins_jobs.loader import load_files
from jenkins_jobs.registry import ModuleRegistry
from jenkins_jobs.roots import Roots
from jenkins_jobs.utils import recurse_path
from jenkins_jobs.xml_config import XmlJobGenerator, XmlViewGenerator

from jjbgen.errors import ConfigError, Pos, Problem
from jjbgen.handwritten import Definition
from jjbgen.load import Plugins

# What JJB logs is said by its exceptions too; plugin versions outside PEP 440 are normal.
logging.getLogger("jenkins_jobs").setLevel(logging.CRITICAL)


def tree(folder: Path) -> list[Path]:
    """The folders of a JJB tree, as `jenkins-jobs -r` visits them."""
    return [Path(path) for path in recurse_path(str(folder), [".*"])]


def _expanded(root: Path, paths: list[Path]) -> tuple[Roots, JJBConfig]:
    config = _config(root)
    roots = Roots(config)
    load_files(config, roots, paths)
    return roots, config


def definitions(root: Path, paths: list[Path]) -> list[Definition]:
    """What JJB files or folders define, after templates, merge keys and all else; raises ConfigError."""
    with _telling(root):
        roots, _ = _expanded(root, paths)
        items = [("job", job) for job in roots.generate_jobs()] + [("view", view) for view in roots.generate_views()]
        macros = [(kind, name, macro) for kind, named in roots.macros.items() for name, macro in named.items()]
        return [
            *(Definition(kind, str(item.name), _pos(root, item.context[0].pos)) for kind, item in items),
            *(Definition("defaults", str(name), _pos(root, each.pos)) for name, each in roots.defaults.items()),
            *(Definition(kind, str(name), _pos(root, macro.pos)) for kind, name, macro in macros),
        ]


class Document(NamedTuple):
    """The `config.xml` of a job, which may be a folder, or of a view, as `jenkins-jobs test` writes it."""

    name: str
    """With the folders."""
    text: str
    is_view: bool


def documents(root: Path, paths: list[Path], plugins: Plugins) -> Iterator[Document]:
    """Every job and then every view of JJB files or folders; raises ConfigError."""
    with _telling(root):
        roots, config = _expanded(root, paths)
        registry = ModuleRegistry(config, plugins)
        registry.set_macros(roots.macros)
        jobs, views = roots.generate_jobs(), roots.generate_views()
        registry.amend_job_dicts(jobs)
        # All of them before the first is handed out: a mistake in the last must not leave half of the files.
        made = [
            *((item, False) for item in sorted(XmlJobGenerator(registry).generateXML(jobs), key=AlphanumSort)),
            *((item, True) for item in sorted(XmlViewGenerator(registry).generateXML(views), key=AlphanumSort)),
        ]
        for item, is_view in made:
            yield Document(str(item.name), item.output().decode("utf-8"), is_view)


def _config(root: Path) -> JJBConfig:
    # Without a file of settings JJB reads those of the home folder and of /etc.
    config = JJBConfig(str(Path(__file__).with_name("jjb.ini")), config_file_required=True)
    config.yamlparser["include_path"] = [str(root)]
    return config


@contextmanager
def _telling(root: Path) -> Iterator[None]:
    """Turn what JJB raises into a problem at the place where it happened, or where a name was given a second time."""
    try:
        yield
    except JenkinsJobsException as error:
        second = [context for context in error.ctx if context.message.startswith("Duplicate ")]
        message, pos = (second[0].message, second[0].pos) if second else (error.message, error.pos)
        raise ConfigError([Problem(_pos(root, pos), "", " ".join(str(message).split()))]) from None
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        pos = Pos(_shown(root, mark.name), mark.line + 1, mark.column + 1) if mark else Pos("jjb")
        raise ConfigError([Problem(pos, "", f"JJB cannot read it: {error.problem}")]) from None
    except (AttributeError, LookupError, RecursionError, TypeError, ValueError) as error:
        # JJB does not check the shapes of what it reads; what it trips over is the input's mistake.
        raise ConfigError([Problem(Pos("jjb"), "", f"JJB cannot read it: {error}")]) from error


def _pos(root: Path, pos: Any) -> Pos:
    return Pos("jjb") if pos is None else Pos(_shown(root, pos.path), pos.line + 1, pos.column + 1)


def _shown(root: Path, name: object) -> str:
    path = Path(str(name))
    return path.relative_to(root).as_posix() if path.is_relative_to(root) else str(path)
