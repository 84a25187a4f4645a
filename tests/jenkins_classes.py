"""The classes in the XML of items and views: whose they are, and their fields in the order of a save.

All of this is from sources (Jenkins 2.516.2, gerrit-trigger 3.1969, cloudbees-folder 6.1040, workflow-job 1546), and
agrees with what was recorded. It is a small part: an object of a class without a shape keeps the fields that were
posted, in their order, and a class that no entry names is known if the `plugin` of its element is installed.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache


@dataclass(frozen=True)
class Kind:
    """What an item is, by its root element."""

    class_name: str
    plugin: str | None
    folder: bool = False


KINDS: Mapping[str, Kind] = {
    "flow-definition": Kind("org.jenkinsci.plugins.workflow.job.WorkflowJob", "workflow-job"),
    "project": Kind("hudson.model.FreeStyleProject", None),
    "matrix-project": Kind("hudson.matrix.MatrixProject", "matrix-project"),
    "maven2-moduleset": Kind("hudson.maven.MavenModuleSet", "maven-plugin"),
    "com.cloudbees.hudson.plugins.folder.Folder": Kind(
        "com.cloudbees.hudson.plugins.folder.Folder", "cloudbees-folder", folder=True
    ),
    "org.jenkinsci.plugins.workflow.multibranch.WorkflowMultiBranchProject": Kind(
        "org.jenkinsci.plugins.workflow.multibranch.WorkflowMultiBranchProject", "workflow-multibranch", folder=True
    ),
}
FOLDER = "com.cloudbees.hudson.plugins.folder.Folder"
LIST_VIEW = "hudson.model.ListView"
ALL_VIEW = "hudson.model.AllView"
NEW_ALL_VIEW = f'<{ALL_VIEW}><properties class="hudson.model.View$PropertyList"/></{ALL_VIEW}>'
"""What the first view of a group looks like."""

CORE = ""
"""Owns the classes of Jenkins itself."""

_BEGINNINGS: Mapping[str, str] = {
    "hudson.model.": CORE,
    "hudson.scm.": CORE,
    "hudson.security.": CORE,
    "hudson.slaves.": CORE,
    "hudson.tasks.": CORE,
    "hudson.triggers.": CORE,
    "hudson.util.": CORE,
    "hudson.views.": CORE,
    "java.": CORE,
    "jenkins.model.": CORE,
    "jenkins.security.": CORE,
    "jenkins.triggers.": CORE,
    "com.cloudbees.hudson.plugins.folder.": "cloudbees-folder",
    "com.cloudbees.jenkins.": "github",
    "com.cloudbees.jenkins.plugins.sshagent.": "ssh-agent",
    "com.cloudbees.plugins.credentials.": "credentials",
    "com.coravy.hudson.plugins.github.": "github",
    "com.sonyericsson.hudson.plugins.gerrit.": "gerrit-trigger",
    "com.sonyericsson.rebuild.": "rebuild",
    "htmlpublisher.": "htmlpublisher",
    "hudson.matrix.": "matrix-project",
    "hudson.maven.": "maven-plugin",
    "hudson.plugins.build_timeout.": "build-timeout",
    "hudson.plugins.copyartifact.": "copyartifact",
    "hudson.plugins.emailext.": "email-ext",
    "hudson.plugins.git.": "git",
    "hudson.plugins.parameterizedtrigger.": "parameterized-trigger",
    "hudson.plugins.robot.": "robot",
    "hudson.plugins.throttleconcurrents.": "throttle-concurrents",
    "hudson.plugins.timestamper.": "timestamper",
    "hudson.plugins.ws_cleanup.": "ws-cleanup",
    "hudson.security.AuthorizationMatrixProperty": "matrix-auth",
    "hudson.tasks.Ant": "ant",
    "hudson.tasks.Mailer": "mailer",
    "hudson.tasks.junit.": "junit",
    "hudson.views.BuildStatusFilter": "view-job-filters",
    "hudson.views.JobStatusFilter": "view-job-filters",
    "hudson.views.JobTypeFilter": "view-job-filters",
    "hudson.views.MostRecentJobsFilter": "view-job-filters",
    "hudson.views.RegExJobFilter": "view-job-filters",
    "jenkins.branch.": "branch-api",
    "jenkins.plugins.git.": "git",
    "jenkins.plugins.slack.": "slack",
    "org.jenkins.plugins.lockableresources.": "lockable-resources",
    "org.jenkinsci.plugins.configfiles.": "config-file-provider",
    "org.jenkinsci.plugins.credentialsbinding.": "credentials-binding",
    "org.jenkinsci.plugins.ghprb.": "ghprb",
    "org.jenkinsci.plugins.github.": "github",
    "org.jenkinsci.plugins.github_branch_source.": "github-branch-source",
    "org.jenkinsci.plugins.matrixauth.": "matrix-auth",
    "org.jenkinsci.plugins.pipeline.modeldefinition.": "pipeline-model-definition",
    "org.jenkinsci.plugins.workflow.cps.": "workflow-cps",
    "org.jenkinsci.plugins.workflow.job.": "workflow-job",
    "org.jenkinsci.plugins.workflow.libs.": "pipeline-groovy-lib",
    "org.jenkinsci.plugins.workflow.multibranch.": "workflow-multibranch",
}
"""The plugin that a class comes from, by the longest beginning of its name."""


@lru_cache(maxsize=1024)
def owner_of(class_name: str) -> str | None:
    """The plugin that a class comes from; None if the table does not know."""
    known = [beginning for beginning in _BEGINNINGS if class_name.startswith(beginning)]
    return _BEGINNINGS[max(known, key=len)] if known else None


@dataclass(frozen=True)
class Shape:
    """The fields of a class in the order of their declaration, and those that are always written."""

    fields: tuple[str, ...]
    always: Mapping[str, str] = field(default_factory=dict)


_EMPTY = "<{}/>"
_FALSE = "<{}>false</{}>"


def _names(text: str) -> tuple[str, ...]:
    return tuple(text.split())


def _shape(fields: str, *, false: str = "", empty: str = "", **other: str) -> Shape:
    always = {name: _FALSE.format(name, name) for name in _names(false)}
    always |= {name: _EMPTY.format(name) for name in _names(empty)}
    return Shape(_names(fields), {**always, **other})


_GERRIT = "com.sonyericsson.hudson.plugins.gerrit.trigger.hudsontrigger"
_VOTES = ("Started", "Successful", "Failed", "Unstable", "NotBuilt", "Aborted")
SHAPES: Mapping[str, Shape] = {
    "org.jenkinsci.plugins.workflow.job.WorkflowJob": _shape(
        "actions description displayName logRotator keepDependencies properties definition triggers quietPeriod"
        " authToken concurrentBuild disabled",
        false="keepDependencies disabled",
        empty="properties",
    ),
    "hudson.model.FreeStyleProject": _shape(
        "actions description displayName logRotator keepDependencies properties scm scmCheckoutStrategy quietPeriod"
        " scmCheckoutRetryCount assignedNode canRoam disabled blockBuildWhenDownstreamBuilding"
        " blockBuildWhenUpstreamBuilding jdk authToken triggers concurrentBuild customWorkspace builders publishers"
        " buildWrappers",
        false="keepDependencies canRoam disabled blockBuildWhenDownstreamBuilding blockBuildWhenUpstreamBuilding"
        " concurrentBuild",
        empty="properties triggers builders publishers buildWrappers",
        scm='<scm class="hudson.scm.NullSCM"/>',
    ),
    "com.cloudbees.hudson.plugins.folder.Folder": _shape(
        "actions description displayName properties folderViews healthMetrics icon",
        empty="properties healthMetrics",
        icon='<icon class="com.cloudbees.hudson.plugins.folder.icons.StockFolderIcon"/>',
    ),
    "com.cloudbees.hudson.plugins.folder.views.DefaultFolderViewHolder": _shape(
        "views primaryView tabBar", tabBar='<tabBar class="hudson.views.DefaultViewsTabBar"/>'
    ),
    ALL_VIEW: _shape(
        "owner name description filterExecutors filterQueue properties", false="filterExecutors filterQueue"
    ),
    LIST_VIEW: _shape(
        "owner name description filterExecutors filterQueue properties jobNames jobFilters columns includeRegex"
        " recurse",
        false="filterExecutors filterQueue recurse",
        empty="jobNames jobFilters columns",
    ),
    "org.jenkinsci.plugins.workflow.cps.CpsFlowDefinition": _shape("script sandbox", false="sandbox"),
    "org.jenkinsci.plugins.workflow.cps.CpsScmFlowDefinition": _shape(
        "scm scriptPath lightweight", false="lightweight"
    ),
    "hudson.tasks.LogRotator": _shape(
        "daysToKeep numToKeep artifactDaysToKeep artifactNumToKeep removeLastBuild", false="removeLastBuild"
    ),
    "hudson.model.StringParameterDefinition": _shape("name description defaultValue trim", false="trim"),
    "hudson.model.TextParameterDefinition": _shape("name description defaultValue trim", false="trim"),
    "hudson.model.BooleanParameterDefinition": _shape("name description defaultValue", false="defaultValue"),
    "hudson.model.ChoiceParameterDefinition": _shape("name description choices"),
    "hudson.triggers.TimerTrigger": _shape("spec"),
    "hudson.triggers.SCMTrigger": _shape("spec ignorePostCommitHooks", false="ignorePostCommitHooks"),
    f"{_GERRIT}.GerritTrigger": _shape(
        "spec gerritProjects dynamicGerritProjects skipVote "
        + " ".join(f"gerritBuild{vote}VerifiedValue gerritBuild{vote}CodeReviewValue" for vote in _VOTES)
        + " silentMode topicAssociation notificationLevel silentStartMode escapeQuotes buildCancellationPolicy"
        " nameAndEmailParameterMode dependencyJobsNames commitMessageParameterMode changeSubjectParameterMode"
        " commentTextParameterMode buildStartMessage buildFailureMessage buildSuccessfulMessage buildUnstableMessage"
        " buildNotBuiltMessage buildAbortedMessage buildUnsuccessfulFilepath customUrl serverName gerritSlaveId"
        " triggerOnEvents dynamicTriggerConfiguration triggerConfigURL gerritTriggerTimerTask"
        " triggerInformationAction",
        false="silentMode silentStartMode escapeQuotes dynamicTriggerConfiguration",
    ),
    f"{_GERRIT}.data.GerritProject": _shape(
        "compareType pattern branches filePaths topics hashtags forbiddenFilePaths"
        " disableStrictForbiddenFileVerification",
        false="disableStrictForbiddenFileVerification",
    ),
}

OF_CLASSES = frozenset(
    _names(
        "actions properties triggers builders publishers buildWrappers jobFilters columns healthMetrics extensions"
        " triggerOnEvents parameterDefinitions"
    )
)
"""Fields whose children are objects, named by their classes even where these have no package."""

OBJECTS = OF_CLASSES | frozenset(
    _names(
        "blackListTargetBranches branches dynamicGerritProjects filePaths forbiddenFilePaths gerritProjects hashtags"
        " jobNames skipVote submoduleCfg topics triggerInformationAction userRemoteConfigs views"
        " whiteListTargetBranches"
    )
)
"""Fields that are no text: without content they are `<x/>`."""
