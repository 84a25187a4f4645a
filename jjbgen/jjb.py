"""Jenkins Job Builder as a library: from a JJB tree to Jenkins' XML. The only importer of `jenkins_jobs`."""

from __future__ import annotations

import logging
import os
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from io import StringIO
from pathlib import Path
from typing import Any, NamedTuple

import pkg_resources
import yaml
from jenkins import JenkinsException
from jenkins_jobs.builder import JenkinsManager
from jenkins_jobs.config import JJBConfig
from jenkins_jobs.errors import JenkinsJobsException
from jenkins_jobs.loader import load_files
from jenkins_jobs.registry import ModuleRegistry
from jenkins_jobs.roots import Roots
from jenkins_jobs.utils import recurse_path
from jenkins_jobs.xml_config import XmlJobGenerator, XmlViewGenerator
from requests import RequestException

from jjbgen.errors import ConfigError, JjbgenError, Pos, Problem, escaped, without_secrets
from jjbgen.handwritten import Definition
from jjbgen.load import Plugins
from jjbgen.moulds import Document, Mould, is_of_view, marked, mould
from jjbgen.places import OUTPUT

# What JJB logs is said by its exceptions too; plugin versions outside PEP 440 are normal.
logging.getLogger("jenkins_jobs").setLevel(logging.CRITICAL)


def tree(folder: Path) -> list[Path]:
    """The folders of a JJB tree, as `jenkins-jobs -r` visits them."""
    return [Path(path) for path in recurse_path(str(folder), [".*"])]


def _expanded(config: JJBConfig, paths: Sequence[Path | StringIO]) -> Roots:
    roots = Roots(config)
    load_files(config, roots, paths)
    return roots


def _xml(config: JJBConfig, paths: Sequence[Path | StringIO], plugins: Plugins) -> tuple[list[Any], list[Any]]:
    """What JJB makes of files or folders: jobs, and views."""
    roots = _expanded(config, paths)
    with _requirements_are_met():
        registry = ModuleRegistry(config, plugins)
        registry.set_macros(roots.macros)
        jobs, views = roots.generate_jobs(), roots.generate_views()
        registry.amend_job_dicts(jobs)
        return XmlJobGenerator(registry).generateXML(jobs), XmlViewGenerator(registry).generateXML(views)


@contextmanager
def _requirements_are_met() -> Iterator[None]:
    """Spare JJB to look, at every entry point it loads, whether all that JJB requires is installed."""
    original = pkg_resources.EntryPoint.require
    pkg_resources.EntryPoint.require = lambda *_, **__: None
    try:
        yield
    finally:
        pkg_resources.EntryPoint.require = original


def definitions(root: Path, paths: list[Path]) -> list[Definition]:
    """What JJB files or folders define, after templates, merge keys and all else; raises ConfigError."""
    with _telling(root):
        roots = _expanded(_config(root), paths)
        items = [("job", job) for job in roots.generate_jobs()] + [("view", view) for view in roots.generate_views()]
        macros = [(kind, name, macro) for kind, named in roots.macros.items() for name, macro in named.items()]
        return [
            *(Definition(kind, str(item.name), _pos(root, item.context[0].pos)) for kind, item in items),
            *(Definition("defaults", str(name), _pos(root, each.pos)) for name, each in roots.defaults.items()),
            *(Definition(kind, str(name), _pos(root, macro.pos)) for kind, name, macro in macros),
        ]


def documents(root: Path, paths: list[Path], plugins: Plugins) -> list[Document]:
    """Every job and then every view of JJB files or folders; raises ConfigError."""
    with _telling(root):
        return _documents(root, paths, plugins)


def moulds(root: Path, shapes: Sequence[str], plugins: Plugins) -> list[Mould | None]:
    """The moulds of shapes; None for what JJB has to be given as it is. Raises ConfigError when JJB refuses any."""
    text = "".join(marked(shape, number) for number, shape in enumerate(shapes))
    with _telling(root):
        made = _documents(root, [StringIO(text)], plugins)
    jobs = iter([document for document in made if not document.is_view])
    views = iter([document for document in made if document.is_view])
    return [mould(shape, next(views if is_of_view(shape) else jobs)) for shape in shapes]


def _documents(root: Path, sources: Sequence[Path | StringIO], plugins: Plugins) -> list[Document]:
    jobs, views = _xml(_config(root), sources, plugins)
    # All of them before the first is handed out: a mistake in the last must not leave half of the files.
    return [
        Document(str(item.name), item.output().decode("utf-8"), is_view)
        for found, is_view in ((jobs, False), (views, True))
        for item in found
    ]


class Access(NamedTuple):
    """How JJB reaches a controller."""

    url: str
    user: str | None
    secret: str | None


def update(root: Path, plugins: Plugins, access: Access, ca_bundle: Path | None, proxy: str | None) -> int:
    """Let JJB push the whole output as `jenkins-jobs update -r jobs-output` does; returns how many it wrote.

    Without its cache, which tells what was pushed from this machine, not what is there. Raises JjbgenError.
    """
    config = _config(root)
    config.jenkins.update(access._asdict(), password=access.secret)
    config.builder["plugins_info"] = plugins
    with _telling(root), tempfile.TemporaryDirectory() as cache, _environment(cache, ca_bundle, proxy):
        jobs, views = _xml(config, tree(root / OUTPUT), plugins)
        try:
            manager = JenkinsManager(config)
            # It would be saved whenever the object dies, and then into the home folder.
            manager.cache.save = lambda: None
            _, jobs_number = manager.update_jobs(jobs, n_workers=1)
            _, views_number = manager.update_views(views, n_workers=1)
        except (JenkinsException, RequestException) as error:
            # What requests says holds addresses, and they may hold a login.
            said = str(error) if isinstance(error, JenkinsException) else type(error).__name__
            what = without_secrets(escaped(" ".join(said.split())))
            raise JjbgenError(f"{access.url}: JJB was refused: {what}") from None
    return int(jobs_number) + int(views_number)


def _config(root: Path) -> JJBConfig:
    # Without a file of settings JJB reads those of the home folder and of /etc.
    config = JJBConfig(str(Path(__file__).with_name("jjb.ini")), config_file_required=True)
    config.yamlparser["include_path"] = [str(root)]
    return config


@contextmanager
def _environment(cache: str, ca_bundle: Path | None, proxy: str | None) -> Iterator[None]:
    """What JJB and its client read from nowhere else."""
    # JJB's client does not verify certificates where this variable says so.
    values = {"XDG_CACHE_HOME": cache, "PYTHONHTTPSVERIFY": "1"}
    values |= {"REQUESTS_CA_BUNDLE": str(ca_bundle)} if ca_bundle else {}
    values |= dict.fromkeys(("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY"), proxy) if proxy else {}
    before = {name: os.environ.get(name) for name in values}
    os.environ.update(values)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value


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
