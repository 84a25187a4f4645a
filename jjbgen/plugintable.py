"""Which plugin of Jenkins a class in its XML, or a step of a pipeline, comes from.

The classes are those that JJB writes for what jjbgen generates and for common hand-written jobs; the steps are those of
the built-in templates and common ones of teams. Names are those of the plugins' sources. What is not here is unknown,
and said to be so: nothing is taken for granted.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from xml.etree import ElementTree

CORE = ""
"""Stands for Jenkins itself."""

FOLDER = "com.cloudbees.hudson.plugins.folder.Folder"
"""The class of folders, and their root element."""

CLASSES: Mapping[str, str] = {
    "com.cloudbees.hudson.plugins.folder.": "cloudbees-folder",
    "com.cloudbees.jenkins.GitHubPushTrigger": "github",
    "com.cloudbees.jenkins.plugins.sshagent.": "ssh-agent",
    "com.cloudbees.plugins.credentials.": "credentials",
    "com.coravy.hudson.plugins.github.": "github",
    "com.sonyericsson.hudson.plugins.gerrit.": "gerrit-trigger",
    "com.sonyericsson.rebuild.": "rebuild",
    "htmlpublisher.": "htmlpublisher",
    "hudson.matrix.": "matrix-project",
    "hudson.maven.": "maven-plugin",
    "hudson.model.": CORE,
    "hudson.plugins.build__timeout.": "build-timeout",
    "hudson.plugins.build_timeout.": "build-timeout",
    "hudson.plugins.copyartifact.": "copyartifact",
    "hudson.plugins.emailext.": "email-ext",
    "hudson.plugins.git.": "git",
    "hudson.plugins.parameterizedtrigger.": "parameterized-trigger",
    "hudson.plugins.robot.": "robot",
    "hudson.plugins.throttleconcurrents.": "throttle-concurrents",
    "hudson.plugins.timestamper.": "timestamper",
    "hudson.plugins.ws_cleanup.": "ws-cleanup",
    "hudson.scm.": CORE,
    "hudson.security.": CORE,
    "hudson.security.AuthorizationMatrixProperty": "matrix-auth",
    "hudson.slaves.": CORE,
    "hudson.tasks.": CORE,
    "hudson.tasks.Ant": "ant",
    "hudson.tasks.Mailer": "mailer",
    "hudson.tasks.junit.": "junit",
    "hudson.triggers.": CORE,
    "hudson.util.": CORE,
    "hudson.views.": CORE,
    "java.": CORE,
    "jenkins.model.": CORE,
    "jenkins.plugins.git.": "git",
    "jenkins.plugins.slack.": "slack",
    "jenkins.triggers.": CORE,
    "org.jenkins.plugins.lockableresources.": "lockable-resources",
    "org.jenkinsci.plugins.configfiles.": "config-file-provider",
    "org.jenkinsci.plugins.credentialsbinding.": "credentials-binding",
    "org.jenkinsci.plugins.ghprb.": "ghprb",
    "org.jenkinsci.plugins.workflow.cps.": "workflow-cps",
    "org.jenkinsci.plugins.workflow.job.": "workflow-job",
    "org.jenkinsci.plugins.workflow.multibranch.": "workflow-multibranch",
}
"""Plugins by the beginnings of class names; the longest counts."""

ROOTS: Mapping[str, str] = {
    "flow-definition": "workflow-job",
    "matrix-project": "matrix-project",
    "maven2-moduleset": "maven-plugin",
    "project": CORE,
}
"""Plugins by the short root elements of items."""

STEPS: Mapping[str, str] = {
    "ansiColor": "ansicolor",
    "archiveArtifacts": CORE,
    "build": "pipeline-build-step",
    "cleanWs": "ws-cleanup",
    "configFileProvider": "config-file-provider",
    "copyArtifacts": "copyartifact",
    "emailext": "email-ext",
    "input": "pipeline-input-step",
    "junit": "junit",
    "lock": "lockable-resources",
    "mail": "workflow-basic-steps",
    "pipeline": "pipeline-model-definition",
    "publishHTML": "htmlpublisher",
    "readYaml": "pipeline-utility-steps",
    "robot": "robot",
    "scmGit": "git",
    "slackSend": "slack",
    "sshagent": "ssh-agent",
    "timestamps": "timestamper",
    "withCredentials": "credentials-binding",
}
"""Plugins by the steps, options and symbols of pipelines."""


def class_of(element: ElementTree.Element) -> str | None:
    """The class that an element names by its tag or its `class`; None for a field."""
    name = element.get("class", "")
    if "." in name:
        return name
    # XStream writes `$` as `_-` and `_` as `__` where a class name is a tag.
    return element.tag.replace("_-", "$").replace("__", "_") if "." in element.tag else None


def plugin_of(element: ElementTree.Element) -> str | None:
    """The plugin that an element needs; CORE for one that needs none, None for a class that nobody knows."""
    written = element.get("plugin")
    if written:
        return written.partition("@")[0]
    name = class_of(element)
    if name is None:
        return ROOTS.get(element.tag, CORE)
    known = [beginning for beginning in CLASSES if name.startswith(beginning)]
    return CLASSES[max(known, key=len)] if known else None


def objects(root: ElementTree.Element) -> Iterator[tuple[ElementTree.Element, str | None]]:
    """Every element that stands for an object of a class, or the item itself, with its plugin."""
    for element in root.iter():
        if element is root or "plugin" in element.attrib or class_of(element) is not None:
            yield element, plugin_of(element)
