"""A pipeline job as Jenkins has it: read from the `config.xml` that JJB makes."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree

from jjbgen import jjb
from jjbgen.load import Plugins


@dataclass(frozen=True)
class Job:
    """The job's pipeline and parameters; what starts it is for other tests."""

    name: str
    script: str
    parameters: dict[str, str]
    """Defaults by name, in their order."""
    concurrent: bool


def read(name: str, document: str) -> Job | None:
    """The job of a `config.xml`; None for a view, a folder or another kind of job."""
    root = ElementTree.fromstring(document)  # noqa: S314 - JJB has made it in this process
    script = root.findtext("definition/script")
    if root.tag != "flow-definition" or script is None:
        return None
    assert root.findtext("definition/sandbox") == "true", name
    declared = root.findall("properties/hudson.model.ParametersDefinitionProperty/parameterDefinitions/*")
    parameters = {each.findtext("name", ""): each.findtext("defaultValue") or "" for each in declared}
    exclusive = root.find(".//org.jenkinsci.plugins.workflow.job.properties.DisableConcurrentBuildsJobProperty")
    return Job(name, script, parameters, exclusive is None)


def read_tree(root: Path, plugins: Plugins, folders: Iterable[Path]) -> dict[str, Job]:
    """The pipeline jobs of a JJB tree below the config repo `root`, by name."""
    found = (read(each.name, each.text) for each in jjb.documents(root, list(folders), plugins))
    return {job.name: job for job in found if job}
