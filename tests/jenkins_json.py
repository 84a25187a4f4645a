"""What the remote API of Jenkins shows: the controller, items, views, plugins, users, agents, labels, credentials.

Recorded (`tests/jenkins_contract/exchanges.json`): the listings of jobs, one job, the plugins, the user, and the order
of the names in them. From sources (the `@Exported` members of Jenkins 2.516.2, cloudbees-folder 6.1040, credentials
1447 and gerrit-trigger 3.1969): the other names, views, computers, labels, credentials, Gerrit servers. Nobody has seen
the last one, nor a label's clouds, answer.

Left out: the histories of builds, and figures of the load.
"""

from __future__ import annotations

import json
import re

from tests import jenkins_labels
from tests.jenkins_state import ITEM_READ, RECORDED, Agent, Cloud, Credential, Item, Plugin, State, User, View
from tests.jenkins_tree import Bean, Json, Property

_ALWAYS = 999


class Api:
    """The objects of a controller as the API shows them to a user; `url` is the one that its links begin with."""

    def __init__(self, state: State, url: str, user: User) -> None:
        self._state = state
        self._user = user
        self._url = url.rstrip("/")
        self._item = [
            Property("actions", _nothing),
            Property("description", lambda item: item.description),
            Property("displayName", lambda item: item.name),
            Property("displayNameOrNull", _null),
            Property("fullDisplayName", lambda item: item.full_name.replace("/", " » ")),
            Property("fullName", lambda item: item.full_name),
            Property("name", lambda item: item.name, _ALWAYS),
            Property("url", lambda item: self._url + item.path, _ALWAYS),
        ]
        self._job = [*self._item, *_JOB]
        self._group = [
            Property("jobs", lambda group: self._items(group.children())),
            Property("primaryView", lambda group: self.view(group.primary)),
        ]
        self._views = Property("views", lambda group: [self.view(group.views[name]) for name in sorted(group.views)])
        self._folder = [*self._item, Property("healthReport", _nothing), *self._group, self._views]
        self._root = [
            Property("assignedLabels", lambda _: [_label(name) for name in self._built_in.all_labels], plain=True),
            Property("mode", lambda _: "NORMAL"),
            Property("nodeDescription", lambda _: "the Jenkins controller's built-in node"),
            Property("nodeName", lambda _: "", _ALWAYS),
            Property("numExecutors", lambda _: self._built_in.executors),
            Property("description", _null),
            *self._group,
            Property("quietDownReason", _null),
            Property("quietingDown", _false),
            Property("slaveAgentPort", lambda _: -1),
            Property("url", lambda _: f"{self._url}/"),
            Property("useCrumbs", _true),
            Property("useSecurity", _true),
            self._views,
        ]

    @property
    def _built_in(self) -> Agent:
        return next((agent for agent in self._state.agents if not agent.name), Agent(""))

    def _items(self, items: list[Item]) -> list[Bean]:
        return [self.item(item) for item in items] if self._user.may(ITEM_READ) else []

    def root(self) -> Bean:
        """The controller."""
        return Bean("hudson.model.Hudson", self._state.root, self._root)

    def item(self, item: Item) -> Bean:
        """A job or a folder."""
        properties = self._folder if item.kind.folder else self._job + _OF_JOBS.get(item.kind.class_name, _FREESTYLE)
        return Bean(item.kind.class_name, item, properties)

    def view(self, view: View) -> Bean:
        """A view of the root or of a folder."""
        primary = view is view.owner.primary
        url = self._url + view.owner.path + ("" if primary else f"view/{view.name}/")
        properties = [
            Property("description", lambda view: view.posted.description),
            Property("jobs", lambda view: self._items(view.jobs())),
            Property("name", lambda view: view.name, 2),
            Property("property", _nothing),
            Property("url", lambda _: url, 2),
        ]
        return Bean(view.posted.root, view, properties)

    def plugins(self) -> Bean:
        """The installed plugins."""
        listed = [_plugin(self._state.plugins[name]) for name in sorted(self._state.plugins)]
        return Bean("hudson.LocalPluginManager", None, [Property("plugins", lambda _: listed, plain=True)])

    def user(self) -> Bean:
        """Who asks."""
        properties = [
            Property("absoluteUrl", lambda user: f"{self._url}/user/{user.name}", _ALWAYS),
            Property("description", _null),
            Property("fullName", lambda user: user.name, _ALWAYS),
            Property("id", lambda user: user.name),
            Property("property", lambda _: _user_properties()),
        ]
        return Bean("hudson.model.User", self._user, properties)

    def who(self) -> Bean:
        """Who asks, for those who may not see themselves."""
        properties = [
            Property("anonymous", _false),
            Property("authenticated", _true),
            Property("authorities", lambda _: ["authenticated"]),
            Property("name", lambda user: user.name),
        ]
        return Bean("hudson.security.WhoAmI", self._user, properties)

    def computers(self) -> Bean:
        """All agents."""
        properties = [
            Property("busyExecutors", _zero),
            Property("computer", lambda agents: [_computer(agent) for agent in agents], inline=True),
            Property("displayName", lambda _: "Nodes"),
            Property("totalExecutors", lambda agents: sum(agent.executors for agent in agents if not agent.offline)),
        ]
        return Bean("hudson.model.ComputerSet", sorted(self._state.agents, key=lambda agent: agent.name), properties)

    def label(self, expression: str) -> Bean:
        """A label or a label expression: any is answered, whether or not an agent has it."""
        agents = [agent for agent in self._state.agents if jenkins_labels.matches(expression, agent.all_labels)]
        clouds = [cloud for cloud in self._state.clouds if jenkins_labels.matches(expression, cloud.labels)]
        properties = [
            Property("actions", _nothing),
            Property("busyExecutors", _zero),
            Property("clouds", lambda _: [_cloud(cloud) for cloud in clouds]),
            Property("description", lambda _: None if agents or clouds else "invalid label"),
            Property("idleExecutors", lambda _: sum(agent.executors for agent in agents if not agent.offline)),
            Property("name", lambda _: expression, 2),
            Property("nodes", lambda _: [_node(agent) for agent in agents]),
            Property("offline", lambda _: all(agent.offline for agent in agents)),
            Property("tiedJobs", _nothing),
            Property("totalExecutors", lambda _: sum(agent.executors for agent in agents if not agent.offline)),
        ]
        simple = re.fullmatch(r"[^\s!()&|<>-]+(-[^\s!()&|<>-]+)*", expression)
        return Bean("hudson.model.labels.Label" + ("Atom" if simple else "Expression"), None, properties)

    def credentials(self, store: str, owner: str) -> Bean:
        """What the global domain of a store holds."""
        full_name = f"{owner}/{store}/_" if owner else f"{store}/_"
        held = self._state.credentials.get(owner, [])
        properties = [
            Property("credentials", lambda _: [_credential(one, full_name) for one in held], plain=True),
            Property("description", lambda _: _GLOBAL_DOMAIN),
            Property("displayName", lambda _: "Global credentials (unrestricted)"),
            Property("fullDisplayName", lambda _: "System » Global credentials (unrestricted)"),
            Property("fullName", lambda _: full_name),
            Property("global", _true),
            Property("urlName", lambda _: "_"),
        ]
        return Bean("com.cloudbees.plugins.credentials.CredentialsStoreAction$DomainWrapper", None, properties)

    def gerrit_servers(self) -> Bean:
        """The servers that the Gerrit Trigger plugin knows."""
        server = [Property("name", lambda name: name, 2)]
        servers = [Bean("", name, server) for name in self._state.gerrit_servers or []]
        return Bean(GERRIT_PLUGIN, None, [Property("servers", lambda _: servers, plain=True)])


GERRIT_PLUGIN = "com.sonyericsson.hudson.plugins.gerrit.trigger.PluginImpl"
_GLOBAL_DOMAIN = "Credentials that should be available irrespective of domain specification to requirements matching."


def _null(_: object) -> None:
    return None


def _true(_: object) -> bool:
    return True


def _false(_: object) -> bool:
    return False


def _zero(_: object) -> int:
    return 0


def _nothing(_: object) -> list[Json]:
    return []


_BUILDS = "Build CompletedBuild FailedBuild StableBuild SuccessfulBuild UnstableBuild UnsuccessfulBuild"
_JOB = [
    Property("buildable", lambda job: not job.disabled),
    Property("builds", _nothing),
    Property("color", lambda job: "disabled" if job.disabled else "notbuilt", 2),
    Property("firstBuild", _null),
    Property("healthReport", _nothing),
    Property("keepDependencies", _false),
    *(Property(f"last{kind}", _null) for kind in _BUILDS.split()),
    Property("nextBuildNumber", lambda _: 1),
    Property("property", _nothing),
]
_DISABLED = Property("disabled", lambda job: job.disabled)
_QUEUE = [Property("inQueue", _false), Property("queueItem", _null)]
_FREESTYLE = [
    *_QUEUE,
    Property("concurrentBuild", _false),
    _DISABLED,
    Property("downstreamProjects", _nothing),
    Property("labelExpression", _null),
    Property("upstreamProjects", _nothing),
]
_OF_JOBS = {
    "org.jenkinsci.plugins.workflow.job.WorkflowJob": [
        Property("concurrentBuild", _true),
        _DISABLED,
        *_QUEUE,
        Property("resumeBlocked", _false),
    ]
}
"""What the classes of jobs add to what all have; the others are taken for projects."""


def _plugin(plugin: Plugin) -> Bean:
    return Bean("hudson.PluginWrapper", plugin, _PLUGIN)


_PLUGIN = [
    Property("active", lambda plugin: plugin.active),
    Property("backupVersion", _null),
    Property("bundled", _false),
    Property("deleted", _false),
    Property("dependencies", _nothing),
    Property("detached", _false),
    Property("downgradable", _false),
    Property("enabled", lambda plugin: plugin.enabled),
    Property("hasUpdate", _false),
    Property("longName", lambda plugin: plugin.title),
    Property("pinned", _false),
    Property("requiredCoreVersion", _null),
    Property("shortName", lambda plugin: plugin.name),
    Property("supportsDynamicLoad", lambda _: "MAYBE"),
    Property("url", _null),
    Property("version", lambda plugin: plugin.version),
]


def _user_properties() -> list[Json]:
    exchanges = json.loads((RECORDED / "exchanges.json").read_text(encoding="utf-8"))
    recorded = next(one for one in exchanges if one["title"] == "who am I")
    found: list[Json] = json.loads(recorded["response"]["body"])["property"]
    return found


def _label(name: str) -> Bean:
    return Bean("hudson.model.labels.LabelAtom", name, [Property("name", lambda name: name, 2)])


def _computer(agent: Agent) -> Bean:
    return Bean("hudson.slaves.SlaveComputer" if agent.name else "hudson.model.Hudson$MasterComputer", agent, _COMPUTER)


_COMPUTER = [
    Property("actions", _nothing),
    Property("assignedLabels", lambda agent: [_label(name) for name in agent.all_labels], plain=True),
    Property("description", lambda agent: "" if agent.name else "the Jenkins controller's built-in node"),
    Property("displayName", lambda agent: agent.name or "Built-In Node"),
    Property("executors", _nothing),
    Property("idle", _true),
    Property("jnlpAgent", _false),
    Property("launchSupported", _true),
    Property("manualLaunchAllowed", _true),
    Property("numExecutors", lambda agent: agent.executors),
    Property("offline", lambda agent: agent.offline),
    Property("offlineCause", _null),
    Property("offlineCauseReason", lambda _: ""),
    Property("oneOffExecutors", _nothing),
    Property("temporarilyOffline", _false),
]


def _node(agent: Agent) -> Bean:
    name = Property("nodeName", lambda agent: agent.name, _ALWAYS)
    return Bean("hudson.slaves.DumbSlave" if agent.name else "hudson.model.Hudson", agent, [name])


def _cloud(cloud: Cloud) -> Bean:
    return Bean(cloud.class_name, cloud, [])


def _credential(credential: Credential, domain: str) -> Bean:
    properties = [
        Property("description", lambda one: one.description),
        Property("displayName", lambda one: one.display_name),
        Property("fingerprint", _null),
        Property("fullName", lambda one: f"{domain}/{one.id}"),
        Property("id", lambda one: one.id),
        Property("typeName", lambda one: one.type_name),
    ]
    return Bean("", credential, properties)
