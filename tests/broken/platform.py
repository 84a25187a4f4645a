"""Mistakes of the platform team, in `jjbgen.yaml`."""

# ruff: noqa: E501 - a message stands on one line, as it is told

from __future__ import annotations

from jjbgen import __version__
from tests.broken import WIDGET, J, S, W, case, more_settings, nightly, settings

_GITHUB = "  hub: {type: github, url: https://github.com, organisations: [example]}"
_PYPI = "https://pypi.example.org/legacy"
_NIGHTLY = "    nightly: {schedule: {cron: H 3 * * *, timezone: America/Los_Angeles}}"
_POSTED = "matches what Jenkins itself posts: 'Build Started https://jenkins.example.org/job/widget-"

SHAPES = (
    case(
        "an unknown key",
        settings("registries:", "registry:"),
        f"{S}:8:1: registry: unknown key 'registry'; did you mean 'registries'?",
    ),
    case("no agent by default", settings("  agent: virtual\n", ""), f"{S}:19:1: defaults: the key 'agent' is missing"),
    case(
        "an agent that has nobody knows what",
        settings(", has: [make]}", "}"),
        f"{S}:7:3: agents.large: the key 'has' is missing",
    ),
    case(
        "no code hosts",
        settings(
            "code-hosts:\n  review: {type: gerrit, server: review, url: https://review.example.org}\n" + _GITHUB,
            "code-hosts: {}",
        ),
        f"{S}:2:13: code-hosts: must not be empty",
    ),
    case(
        "no controllers",
        settings("controllers:\n  main: {url: https://jenkins.example.org, owner: example}", "controllers: {}"),
        f"{S}:17:14: controllers: must not be empty",
    ),
    case(
        "a code host of an unknown type",
        settings("type: github", "type: gitlab"),
        f"{S}:4:15: code-hosts.hub.type: unknown type 'gitlab'; did you mean 'github'?",
    ),
    case(
        "a code host of two types",
        settings("type: github", "type: [github]"),
        f"{S}:4:15: code-hosts.hub.type: has to be text, not a list",
    ),
    case(
        "a code host of no type",
        settings("{type: github, ", "{"),
        f"{S}:4:3: code-hosts.hub: the key 'type' is missing; known: gerrit, github",
    ),
    case(
        "a text for a code host",
        settings(_GITHUB, "  hub: github"),
        f"{S}:4:8: code-hosts.hub: has to be a mapping, not the text 'github'",
    ),
    case(
        "a code host without its URL",
        settings(", url: https://review.example.org", ""),
        f"{S}:3:3: code-hosts.review: the key 'url' is missing",
    ),
    case(
        "an unknown key of a code host",
        settings("{type: gerrit, ", "{type: gerrit, port: 29418, "),
        f"{S}:3:26: code-hosts.review.port: unknown key 'port'; known: checkout-credentials, push-credentials, server, type, url",
    ),
    case(
        "a wrong URL of a host named like its type",
        settings(_GITHUB, "  github: {type: github, url: github.com, organisations: [example]}"),
        f"{S}:4:31: code-hosts.github.url: 'github.com' is not a URL; write it like https://example.org/path",
    ),
    case(
        "GitHub without organisations",
        settings("organisations: [example]", "organisations: []"),
        f"{S}:4:63: code-hosts.hub.organisations: must not be empty",
    ),
    case(
        "an unknown type of package",
        settings("type: pypi", "type: pip"),
        f"{S}:13:16: package-repositories.pypi.type: unknown type 'pip'; known: maven, npm, pypi",
    ),
    case(
        "an unknown type of credentials",
        settings("type: secret-file", "type: file"),
        f"{S}:16:15: credentials.lab.type: unknown type 'file'; known: secret-file, secret-text, username-password",
    ),
    case(
        "an unknown use of credentials",
        settings("use: test", "use: tests"),
        f"{S}:16:33: credentials.lab.use: unknown use 'tests'; did you mean 'test'?",
    ),
    case(
        "credentials that nobody can create",
        settings(", description: kubeconfig of the lab", ""),
        f"{S}:16:3: credentials.lab: the key 'description' is missing",
    ),
    case(
        "an unknown container tool",
        settings("  agent: virtual\n", "  agent: virtual\n  container-tool: dockr\n"),
        f"{S}:21:19: defaults.container-tool: unknown container tool 'dockr'; did you mean 'docker'?",
    ),
    case(
        "defaults of an unknown kind of pipeline",
        settings("    nightly: {schedule", "    nigthly: {schedule"),
        f"{S}:22:5: defaults.pipelines.nigthly: unknown kind 'nigthly'; did you mean 'nightly'?",
    ),
    case(
        "an agent for an unknown category",
        more_settings("  test-agents: {quick: large}\n"),
        f"{S}:23:17: defaults.test-agents.quick: unknown category 'quick'; known: integration, performance, smoke, soak, unit",
    ),
    case(
        "on for a flag",
        more_settings("  silent-start: on\n"),
        f"{S}:23:17: defaults.silent-start: has to be true or false, not 'on'",
    ),
    case(
        "a word for a number of builds",
        more_settings("  retention: {builds: many}\n"),
        f"{S}:23:23: defaults.retention.builds: has to be a whole number, not 'many'",
    ),
)

VALUES = (
    case(
        "a URL without its scheme",
        settings(_PYPI, "pypi.example.org"),
        f"{S}:13:27: package-repositories.pypi.url: 'pypi.example.org' is not a URL; write it like https://example.org/path",
    ),
    case(
        "a URL with a blank",
        settings(_PYPI, "https://pypi.example.org/my legacy"),
        f"{S}:13:27: package-repositories.pypi.url: 'https://pypi.example.org/my legacy' is not a URL; write it like https://example.org/path",
    ),
    case(
        "a URL with a port that cannot be",
        settings(_PYPI, "https://pypi.example.org:99999"),
        f"{S}:13:27: package-repositories.pypi.url: 'https://pypi.example.org:99999' is not a URL; write it like https://example.org/path",
    ),
    case(
        "a URL with a user",
        settings(_PYPI, "https://me@pypi.example.org"),
        f"{S}:13:27: package-repositories.pypi.url: a URL must not hold a user or a password; name the credentials id instead",
    ),
    case(
        "a registry with a scheme",
        settings("url: docker.io", "url: https://docker.io"),
        f"{S}:9:17: registries.docker.url: 'https://docker.io' is not a registry; write it like docker.io or registry.example.org:5000",
    ),
    case(
        "an agent without a label",
        settings("label: ubuntu && large", "label: ''"),
        f"{S}:7:18: agents.large.label: must not be empty",
    ),
    case(
        "an owner with blanks",
        settings("owner: example", "owner: Example team"),
        f"{S}:18:51: controllers.main.owner: 'Example team' is not a name; use lower-case letters, digits, dots and dashes, at most 62",
    ),
    case(
        "an empty part of a folder",
        settings("owner: example", "owner: example, folder: ci//jobs"),
        f"{S}:18:68: controllers.main.folder: 'ci//jobs' is not a Jenkins folder; use letters, digits and ._-, with / between folders",
    ),
    case(
        "plugins outside of the config repo",
        more_settings("plugins: ../plugins.yaml\n"),
        f"{S}:23:10: plugins: '../plugins.yaml' is not a path inside the checkout; write it relative, without '..'",
    ),
    case(
        "plugins that are not there",
        more_settings("plugins: plugin.yaml\n"),
        f"{S}:23:10: plugins: there is no file 'plugin.yaml'; it lists the controller's plugins, see docs/settings.md",
    ),
    case(
        "a pattern with a blank",
        more_settings("naming: {job: my job}\n"),
        f"{S}:23:15: naming.job: 'my job' is not a job name pattern; use letters, digits, ._- and placeholders like {{component}}",
    ),
    case(
        "a pattern with an unknown placeholder",
        more_settings("naming: {job: '{compnent}-{pipeline}-{branch}'}\n"),
        f"{S}:23:15: naming.job: unknown placeholder 'compnent'; did you mean 'component'?",
    ),
    case(
        "a pattern that tells no pipelines apart",
        more_settings("naming: {job: '{component}-{branch}'}\n"),
        f"{W}:16:3: pipelines.post-merge.job-name: the job name 'widget-main' is taken by pre-merge on main of components/widget.yaml; give one of them another 'job-name'",
        f"{W}:17:3: pipelines.publish.job-name: the job name 'widget-main' is taken by pre-merge on main of components/widget.yaml; give one of them another 'job-name'",
        f"{W}:18:3: pipelines.nightly.job-name: the job name 'widget-main' is taken by pre-merge on main of components/widget.yaml; give one of them another 'job-name'",
    ),
    case(
        "a root view that Jenkins does not allow",
        more_settings("naming: {root-view: All/components}\n"),
        f"{S}:23:21: naming.root-view: 'All/components' is not a name that Jenkins allows",
    ),
    case(
        "four fields of cron",
        settings("cron: H 3 * * *", "cron: H 3 * *"),
        f"{S}:22:32: defaults.pipelines.nightly.schedule.cron: 'H 3 * *' has 4 fields, not 5; write minute, hour, day of month, month, day of week",
    ),
    case(
        "an unknown time zone by default",
        settings("Los_Angeles", "Los_Angles"),
        f"{S}:22:53: defaults.pipelines.nightly.schedule.timezone: unknown time zone 'America/Los_Angles'; did you mean 'America/Los_Angeles'?",
    ),
    case(
        "a comment expression that does not compile",
        more_settings("  comments: ['(']\n"),
        f"{S}:23:14: defaults.comments[0]: '(' is not a regular expression: missing ) at position 1",
    ),
    case(
        "a comment expression for anything",
        more_settings("  comments: ['.*']\n"),
        f"{S}:23:14: defaults.comments[0]: the expression '.*' {_POSTED}pre-merge-main/1/'; make it narrower, or every build starts the next one",
    ),
    case(
        "a comment expression for anything, by kind",
        settings(_NIGHTLY, _NIGHTLY + "\n    post-merge: {comments: [again, '.*']}"),
        f"{S}:23:36: defaults.pipelines.post-merge.comments[1]: the expression '.*' {_POSTED}post-merge-main/1/'; make it narrower, or every build starts the next one",
    ),
)

REFERENCES = (
    case(
        "an unknown default agent",
        settings("  agent: virtual", "  agent: virtul"),
        f"{S}:20:10: defaults.agent: unknown agent 'virtul'; did you mean 'virtual'?",
    ),
    case(
        "an unknown agent for a category",
        more_settings("  test-agents: {soak: hardware}\n"),
        f"{S}:23:23: defaults.test-agents.soak: unknown agent 'hardware'; known: large, virtual",
    ),
    case(
        "an unknown agent for a kind of pipeline",
        settings("    nightly: {schedule", "    nightly: {agent: hardware, schedule"),
        f"{S}:22:22: defaults.pipelines.nightly.agent: unknown agent 'hardware'; known: large, virtual",
    ),
    case(
        "a schedule for publish",
        settings("    nightly: {", "    publish: {schedule: {cron: '@daily'}}\n    nightly: {"),
        f"{S}:22:25: defaults.pipelines.publish.schedule: publish does not start by the clock",
    ),
    case(
        "unknown credentials for checkout",
        settings("{type: gerrit, ", "{type: gerrit, checkout-credentials: puhser, "),
        f"{S}:3:48: code-hosts.review.checkout-credentials: unknown credentials 'puhser'; did you mean 'pusher'?",
    ),
    case(
        "publishing credentials for checkout",
        settings("{type: gerrit, ", "{type: gerrit, checkout-credentials: pusher, "),
        f"{S}:3:48: code-hosts.review.checkout-credentials: the credentials 'pusher' are for publish, not for checkout",
    ),
    case(
        "test credentials for pushing tags",
        settings("{type: gerrit, ", "{type: gerrit, push-credentials: lab, "),
        f"{S}:3:44: code-hosts.review.push-credentials: the credentials 'lab' are for test, not for publish",
    ),
    case(
        "a token for pushing tags",
        settings(
            "{type: gerrit, ",
            "{type: gerrit, push-credentials: token, ",
            "  lab:",
            "  token: {type: secret-text, use: publish, description: pushes tags}\n  lab:",
        ),
        f"{S}:3:44: code-hosts.review.push-credentials: the credentials 'token' are a secret-text, not a username-password",
    ),
    case(
        "unknown credentials of a registry",
        settings("docker.io, credentials: pusher", "docker.io, credentials: puhser"),
        f"{S}:9:41: registries.docker.credentials: unknown credentials 'puhser'; did you mean 'pusher'?",
    ),
    case(
        "test credentials of a chart repository",
        settings("/charts, credentials: pusher", "/charts, credentials: lab"),
        f"{S}:11:59: chart-repositories.charts.credentials: the credentials 'lab' are for test, not for publish",
    ),
    case(
        "unknown credentials of a package repository",
        settings("/legacy, credentials: pusher", "/legacy, credentials: token"),
        f"{S}:13:73: package-repositories.pypi.credentials: unknown credentials 'token'; known: lab, pusher",
    ),
    case(
        "agents of one parameter",
        settings("  large:", "  lab.1: {label: lab1, has: [make]}\n  lab-1: {label: lab2, has: [make]}\n  large:"),
        f"{S}:8:3: agents.lab-1: the parameter 'AGENT_LAB_1' is taken by the agent 'lab.1'; rename one",
    ),
)

_MAIN = "  main: {url: https://jenkins.example.org, owner: example}"
_LAB = "  lab: {url: https://lab.example.org, owner: example, labels: [lab]}"
_ATTIC = "  attic: {url: https://attic.example.org, owner: example, labels: [attic]}"
_OF_LAB = WIDGET.replace("owners:", "labels: [lab]\nowners:")

TOOL = (
    case(
        "another version of jjbgen",
        more_settings("jjbgen: 0.0.1\n"),
        f"{S}:23:9: jjbgen: this is jjbgen {__version__}; install 0.0.1, or change it here and look at `jjbgen plan`",
    ),
    case(
        "a version of jjbgen that is none",
        more_settings("jjbgen: newest\n"),
        f"{S}:23:9: jjbgen: 'newest' is not a version of jjbgen; write it like 0.1.0",
    ),
)

CONTROLLERS = (
    case(
        "a controller behind ssh",
        settings("url: https://jenkins.example.org", "url: ssh://jenkins.example.org"),
        f"{S}:18:15: controllers.main.url: a controller is reached by http or https",
    ),
    case(
        "two controllers without labels",
        settings(_MAIN, f"{_MAIN}\n{_LAB.replace(', labels: [lab]', '')}"),
        f"{S}:19:3: controllers.lab: the controller 'main' has no labels either; say with 'labels' which components are on it",
    ),
    case(
        "a label of two controllers",
        settings(_MAIN, f"{_MAIN}\n{_LAB}\n{_ATTIC.replace('[attic]', '[attic, lab]')}"),
        f"{S}:20:75: controllers.attic.labels[1]: the label 'lab' belongs to the controller 'lab'",
    ),
    case(
        "two controllers whose jobs nobody could tell apart",
        settings(_MAIN, f"{_MAIN}\n{_LAB.replace('lab.example', 'jenkins.example')}"),
        f"{S}:19:50: controllers.lab.owner: the controller 'main' has this URL and owner; give one of them another owner",
    ),
    case(
        "a component of two controllers",
        {**settings(_MAIN, f"{_MAIN}\n{_LAB}\n{_ATTIC}"), W: _OF_LAB.replace("[lab]", "[lab, attic]")},
        f"{W}:2:1: labels: assign it to several controllers: lab, attic; a component is on one of them",
    ),
    case(
        "a component of no controller",
        settings(_MAIN, _LAB),
        f"{W}:1:1: labels: no controller has components like this; add one of lab",
    ),
    case(
        "a job by hand and no controller for it",
        {**settings(_MAIN, _LAB), W: _OF_LAB, J: "- job:\n    name: extra\n"},
        f"{S}:17:1: controllers: hand-written jobs are on the controller without labels, and there is none",
    ),
    case(
        "jobs that wait for those of another controller",
        {
            **settings(_MAIN, f"{_MAIN}\n{_LAB}"),
            **nightly("{upstream: [{component: other, pipeline: post-merge}, widget-other]}"),
            "components/other.yaml": _OF_LAB.replace("  publish:\n", "  publish: {job-name: widget-other}\n"),
        },
        f"{W}:18:24: pipelines.nightly.upstream[0]: the component 'other' is on the controller 'lab'; this job is on 'main', and jobs see those of their own controller only",
        f"{W}:18:66: pipelines.nightly.upstream[1]: the job 'widget-other' is on the controller 'lab'; this job is on 'main', and jobs see those of their own controller only",
    ),
)

CASES = (*SHAPES, *VALUES, *REFERENCES, *TOOL, *CONTROLLERS)
