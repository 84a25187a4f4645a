"""Mistakes between the parts of a descriptor, and between it and the settings: unknown names, settings without effect."""

# ruff: noqa: E501 - a message stands on one line, as it is told

from __future__ import annotations

from tests.broken import Files, S, W, added, case, more_settings, nightly, settings, widget

_ON_GITHUB = ("  host: review\n  project: widgets", "  host: hub\n  project: example/widgets")
_STAGE = "stages:\n  scan: {commands: [./scan], after: build, pipelines: [publish]"
_MANUAL = "has no effect on a pipeline that only a person starts"
_CHOOSE = "choose another agent, or add it to the agent's 'has'"


def _both(*files: Files) -> Files:
    return {name: text for each in files for name, text in each.items()}


REPOSITORY = (
    case(
        "an unknown code host",
        widget("host: review", "host: reviw"),
        f"{W}:4:9: repository.host: unknown code host 'reviw'; did you mean 'review'?",
    ),
    case(
        "a GitHub project without its organisation",
        widget("host: review", "host: hub"),
        f"{W}:5:12: repository.project: 'widgets' is not a GitHub project; write <organisation>/<name>",
    ),
    case(
        "a GitHub project with too many parts",
        widget(*_ON_GITHUB[:1], "  host: hub\n  project: example/widgets/server"),
        f"{W}:5:12: repository.project: 'example/widgets/server' is not a GitHub project; write <organisation>/<name>",
    ),
    case(
        "an unknown organisation",
        widget(*_ON_GITHUB[:1], "  host: hub\n  project: exmaple/widgets"),
        f"{W}:5:12: repository.project: unknown organisation 'exmaple'; did you mean 'example'?",
    ),
)

TESTS = (
    case(
        "a test without a category",
        widget("  unit: {targets: [test]}", "  quick: {targets: [test]}"),
        f"{W}:12:3: tests.quick: needs a 'category'; known: unit, smoke, integration, performance, soak",
    ),
    case(
        "a test named like another category",
        widget("{targets: [test]}", "{targets: [test], category: smoke}"),
        f"{W}:12:37: tests.unit.category: a test named 'unit' is of that category; rename the test",
    ),
    case(
        "a test named like a stage",
        widget("  unit: {targets: [test]}", "  lint: {targets: [test], category: unit}"),
        f"{W}:12:3: tests.lint: 'lint' is the name of a built-in stage; rename the test",
    ),
    case(
        "a test on an unknown agent",
        widget("{targets: [test]}", "{targets: [test], agent: lrage}"),
        f"{W}:12:34: tests.unit.agent: unknown agent 'lrage'; did you mean 'large'?",
    ),
    case(
        "a check on an unknown agent",
        added("checks:\n  lint: {targets: [lint], agent: lrage}\n"),
        f"{W}:20:34: checks.lint.agent: unknown agent 'lrage'; did you mean 'large'?",
    ),
    case(
        "targets of the tool 'command'",
        widget("{targets: [test]}", "{tool: command, targets: [test]}"),
        f"{W}:12:25: tests.unit.targets: the tool 'command' takes 'commands', not 'targets'",
    ),
    case(
        "targets of no tool",
        widget("build:\n  tool: make\n  targets: [build]\n", ""),
        f"{W}:9:10: tests.unit.targets: there is no tool for them; write 'tool' here or under 'build', or write 'commands'",
    ),
    case(
        "targets where the build has commands",
        widget("  tool: make\n  targets: [build]", "  tool: command\n  commands: [./build]"),
        f"{W}:12:10: tests.unit.targets: there is no tool for them; write 'tool' here or under 'build', or write 'commands'",
    ),
)

UNUSED = (
    case(
        "a test that no pipeline runs",
        widget("  integration: {", "  soak: {commands: [./soak]}\n  integration: {"),
        f"{W}:13:3: tests.soak: no pipeline runs soak tests; add a pipeline that does, or remove it",
    ),
    case(
        "checks and images that no pipeline has",
        added(
            "checks: {lint: {targets: [lint]}}\nimages: {server: {repository: widget, registry: docker}}\n",
            "  pre-merge:\n  post-merge:\n  publish:\n",
            "",
            "  unit: {targets: [test]}\n",
            "",
        ),
        f"{W}:15:10: checks.lint: no pipeline has a stage for it; add one of pre-merge, or remove it",
        f"{W}:16:1: images: no pipeline has a stage for it; add one of post-merge, publish, or remove it",
    ),
    case(
        "packages and charts that no pipeline publishes",
        added(
            "packages: {client: {repository: pypi}}\ncharts: {widget: {path: chart, repository: charts}}\n",
            "  pre-merge:\n",
            "",
            "  publish:\n",
            "",
        ),
        f"{W}:17:1: packages: no pipeline has a stage for it; add one of publish, or remove it",
        f"{W}:18:1: charts: no pipeline has a stage for it; add one of pre-merge, publish, or remove it",
    ),
)

ARTIFACTS = (
    case(
        "an unknown registry",
        added("images:\n  server: {repository: widget, registry: dokcer}\n"),
        f"{W}:20:42: images.server.registry: unknown registry 'dokcer'; did you mean 'docker'?",
    ),
    case(
        "an unknown chart repository",
        added("charts:\n  widget: {path: chart, repository: chrats}\n"),
        f"{W}:20:37: charts.widget.repository: unknown chart repository 'chrats'; did you mean 'charts'?",
    ),
    case(
        "an unknown package repository",
        added("packages:\n  client: {repository: conda}\n"),
        f"{W}:20:24: packages.client.repository: unknown package repository 'conda'; known: pypi",
    ),
)

DEPLOYMENT = (
    case(
        "another KUBECONFIG than that of the Kind cluster",
        _both(
            added("deployment: {cluster: kind, credentials: {KUBECONFIG: lab}}\nenvironment: {KUBECONFIG: mine}\n"),
            settings("docker, helm", "docker, kind, helm"),
        ),
        f"{W}:19:43: deployment.credentials.KUBECONFIG: the Kind cluster has a KUBECONFIG of its own",
        f"{W}:20:15: environment.KUBECONFIG: the Kind cluster has a KUBECONFIG of its own",
    ),
    case(
        "a test on another agent than the Kind cluster",
        _both(
            added(
                "deployment: {cluster: kind}\n",
                "  integration: {commands: [./run]}",
                "  integration: {commands: [./run], agent: large}",
            ),
            settings("docker, helm", "docker, kind, helm"),
        ),
        f"{W}:18:3: pipelines.nightly: the test 'integration' runs on the agent 'large', but the Kind cluster is on 'virtual'; give the pipeline 'agent: large', or the test 'agent: virtual'",
    ),
    case(
        "a deployment that no pipeline makes",
        added("deployment: {up: [./up]}\n", "  integration: {commands: [./run]}\n", "", "  nightly:\n", ""),
        f"{W}:17:1: deployment: no pipeline has a stage for it; add one of nightly, or remove it",
    ),
    case(
        "a deployment of nothing",
        added("deployment: {down: [./down]}\n"),
        f"{W}:19:1: deployment: needs 'up', or the cluster 'kind'",
    ),
    case(
        "a deployment with unknown credentials",
        added("deployment: {up: [./up], credentials: {KEY: lba}}\n"),
        f"{W}:19:45: deployment.credentials.KEY: unknown credentials 'lba'; did you mean 'lab'?",
    ),
    case(
        "a deployment with publishing credentials",
        added("deployment: {up: [./up], credentials: {KEY: pusher}}\n"),
        f"{W}:19:45: deployment.credentials.KEY: a deployment may bind test credentials, and 'pusher' is for publish",
    ),
)

PIPELINES = (
    case(
        "a pipeline of no kind",
        added("  weekly:\n"),
        f"{W}:19:3: pipelines.weekly: 'weekly' is no kind of pipeline; name one with 'kind': pre-merge, post-merge, nightly, publish, config-verify, config-deploy, config-audit",
    ),
    case(
        "a pipeline named like another kind",
        widget("  post-merge:", "  post-merge: {kind: publish}"),
        f"{W}:16:22: pipelines.post-merge.kind: a pipeline named 'post-merge' is of that kind; rename the pipeline",
    ),
    case(
        "a pipeline on an unknown agent",
        widget("  post-merge:", "  post-merge: {agent: lrage}"),
        f"{W}:16:23: pipelines.post-merge.agent: unknown agent 'lrage'; did you mean 'large'?",
    ),
    case(
        "a pipeline on an unknown branch",
        widget("  post-merge:", "  post-merge: {branches: [main, mian]}"),
        f"{W}:16:33: pipelines.post-merge.branches[1]: unknown branch 'mian'; did you mean 'main'?",
    ),
    case(
        "a pipeline on a branch past its end of life",
        widget(
            "  post-merge:",
            "  post-merge: {branches: [main, old]}",
            "    main:",
            "    main:\n    old: {end-of-life: 2025-12-31}",
        ),
        f"{W}:17:33: pipelines.post-merge.branches[1]: the branch 'old' is at its end of life",
    ),
    case(
        "a schedule for pre-merge",
        widget("  pre-merge:", "  pre-merge: {schedule: H 3 * * *}"),
        f"{W}:15:15: pipelines.pre-merge.schedule: has no effect on a pre-merge pipeline; it is for: nightly, config-deploy, config-audit",
    ),
    case(
        "polling for pre-merge",
        widget("  pre-merge:", "  pre-merge: {poll: H 3 * * *}"),
        f"{W}:15:15: pipelines.pre-merge.poll: has no effect on a pre-merge pipeline; it is for: post-merge, publish, config-deploy",
    ),
    case(
        "a selection of tests for publish",
        widget("  publish:", "  publish: {tests: [unit]}"),
        f"{W}:17:13: pipelines.publish.tests: has no effect on a publish pipeline; it is for: pre-merge, post-merge, nightly",
    ),
    case(
        "a vote of post-merge",
        widget("  post-merge:", "  post-merge: {non-voting: true}"),
        f"{W}:16:16: pipelines.post-merge.non-voting: has no effect on a post-merge pipeline; it is for: pre-merge, config-verify",
    ),
    case(
        "options of pull requests for post-merge",
        widget(*_ON_GITHUB, "  post-merge:", "  post-merge: {github: {}}"),
        f"{W}:16:16: pipelines.post-merge.github: has no effect on a post-merge pipeline; it is for: pre-merge, config-verify",
    ),
    case(
        "files for publish",
        widget("  publish:", "  publish: {files: [docs/**]}"),
        f"{W}:17:13: pipelines.publish.files: has no effect on a publish pipeline; it is for: pre-merge, post-merge, config-verify",
    ),
    case(
        "much that nightly does not know",
        nightly("{files: [docs/**], forbidden-files: [a], gerrit: {}, dependencies: [], poll: H 3 * * *}"),
        f"{W}:18:13: pipelines.nightly.files: has no effect on a nightly pipeline; it is for: pre-merge, post-merge, config-verify",
        f"{W}:18:31: pipelines.nightly.forbidden-files: has no effect on a nightly pipeline; it is for: pre-merge, post-merge, config-verify",
        f"{W}:18:53: pipelines.nightly.gerrit: has no effect on a nightly pipeline; it is for: pre-merge, config-verify",
        f"{W}:18:65: pipelines.nightly.dependencies: has no effect on a nightly pipeline; it is for: pre-merge, post-merge, publish, config-verify",
        f"{W}:18:83: pipelines.nightly.poll: has no effect on a nightly pipeline; it is for: post-merge, publish, config-deploy",
    ),
    case(
        "axes for publish",
        widget("  publish:", "  publish: {axes: {values: {os: [linux]}}}"),
        f"{W}:17:13: pipelines.publish.axes: a version is published once, not once for each combination",
    ),
    case(
        "GitHub's options on Gerrit",
        widget("  pre-merge:", "  pre-merge: {github: {status-context: ci}}"),
        f"{W}:15:15: pipelines.pre-merge.github: has no effect on a gerrit code host",
    ),
    case(
        "Gerrit's options on GitHub",
        widget(
            *_ON_GITHUB,
            "  pre-merge:",
            "  pre-merge: {gerrit: {}, forbidden-files: [a], dependencies: [widget-publish-main]}",
        ),
        f"{W}:15:15: pipelines.pre-merge.gerrit: has no effect on a github code host",
        f"{W}:15:27: pipelines.pre-merge.forbidden-files: has no effect on a github code host",
        f"{W}:15:49: pipelines.pre-merge.dependencies: has no effect on a github code host",
    ),
)

STARTS = (
    case(
        "a variable that jjbgen gives its value",
        added("environment: {JJBGEN_PUBLISH: true, WORKSPACE: x}\n"),
        f"{W}:19:15: environment.JJBGEN_PUBLISH: the variable 'JJBGEN_PUBLISH' belongs to Jenkins or jjbgen; use another name",
        f"{W}:19:37: environment.WORKSPACE: the variable 'WORKSPACE' belongs to Jenkins or jjbgen; use another name",
    ),
    case(
        "files for a pipeline that polls",
        widget(
            "  post-merge:", '  post-merge: {poll: "@hourly", files: [src/**], dependencies: [widget-publish-main]}'
        ),
        f"{W}:16:33: pipelines.post-merge.files: has no effect on a pipeline that polls",
        f"{W}:16:50: pipelines.post-merge.dependencies: has no effect on a pipeline that polls",
    ),
    case(
        "files for a push to GitHub",
        widget(*_ON_GITHUB, "  post-merge:", "  post-merge: {files: [src/**]}"),
        f"{W}:16:16: pipelines.post-merge.files: has no effect on a github code host",
    ),
    case(
        "a status of a pipeline that does not vote",
        widget(*_ON_GITHUB, "  pre-merge:", "  pre-merge: {non-voting: true, github: {status-context: ci}}"),
        f"{W}:15:42: pipelines.pre-merge.github.status-context: has no effect on a pipeline that does not vote",
    ),
    case(
        "events for a manual pipeline",
        widget(
            "  post-merge:",
            "  post-merge: {start: manual, poll: H 3 * * *, comments: [again], upstream: [widget-publish-main], files: [a], forbidden-files: [b]}",
        ),
        f"{W}:16:31: pipelines.post-merge.poll: has no effect on a pipeline that only a person starts",
        f"{W}:16:48: pipelines.post-merge.comments: has no effect on a pipeline that only a person starts",
        f"{W}:16:67: pipelines.post-merge.upstream: has no effect on a pipeline that only a person starts",
        f"{W}:16:100: pipelines.post-merge.files: has no effect on a pipeline that only a person starts",
        f"{W}:16:112: pipelines.post-merge.forbidden-files: has no effect on a pipeline that only a person starts",
    ),
    case(
        "a schedule for a manual pipeline",
        nightly("{start: manual, schedule: H 3 * * *}"),
        f"{W}:18:28: pipelines.nightly.schedule: has no effect on a pipeline that only a person starts",
    ),
    case(
        "the trigger's options for a manual pipeline",
        widget(
            "  pre-merge:",
            "  pre-merge: {start: manual, gerrit: {}, dependencies: [widget-publish-main], non-voting: true}",
        ),
        f"{W}:15:30: pipelines.pre-merge.gerrit: {_MANUAL}",
        f"{W}:15:42: pipelines.pre-merge.dependencies: {_MANUAL}",
        f"{W}:15:79: pipelines.pre-merge.non-voting: {_MANUAL}",
    ),
    case(
        "a schedule where only a comment starts",
        nightly("{start: on-comment, comments: [again], schedule: H 3 * * *}"),
        f"{W}:18:51: pipelines.nightly.schedule: has no effect on a pipeline that only a comment starts",
    ),
    case(
        "polling where only a comment starts",
        widget("  post-merge:", "  post-merge: {start: on-comment, comments: [again], poll: H 3 * * *}"),
        f"{W}:16:54: pipelines.post-merge.poll: has no effect on a pipeline that only a comment starts",
    ),
    case(
        "only a comment starts, and there is none",
        widget("  post-merge:", "  post-merge: {start: on-comment}"),
        f"{W}:16:23: pipelines.post-merge.start: no comment starts it; add 'comments'",
    ),
    case(
        "a clock that does not tick",
        _both(
            added(""),
            settings(
                "    nightly: {schedule: {cron: H 3 * * *, timezone: America/Los_Angeles}}",
                "    nightly: {timeout: 30}",
            ),
        ),
        f"{W}:18:3: pipelines.nightly: nothing starts it; add 'schedule', or say 'start: manual'",
    ),
    case(
        "nothing to run at night",
        added("", "  integration: {commands: [./run]}\n", ""),
        f"{W}:17:3: pipelines.nightly: there is nothing to run; add tests of integration, performance",
    ),
    case(
        "an unknown test",
        nightly("{tests: [integraton]}"),
        f"{W}:18:21: pipelines.nightly.tests[0]: unknown test or category 'integraton'; did you mean 'integration'?",
    ),
    case(
        "a category without tests",
        nightly("{tests: [integration, soak]}"),
        f"{W}:18:34: pipelines.nightly.tests[1]: there is no test of the category 'soak'; known: integration, unit",
    ),
)

AGENTS = (
    case(
        "an agent without the build's tool",
        settings("has: [make, tox, docker", "has: [tox, docker"),
        f"{W}:15:3: pipelines.pre-merge: the agent 'virtual' has no 'make', which tests.unit needs; {_CHOOSE}",
        f"{W}:16:3: pipelines.post-merge: the agent 'virtual' has no 'make', which tests.unit needs; {_CHOOSE}",
        f"{W}:17:3: pipelines.publish: the agent 'virtual' has no 'make', which tests.unit needs; {_CHOOSE}",
        f"{W}:18:3: pipelines.nightly: the agent 'virtual' has no 'make', which build needs; {_CHOOSE}",
    ),
    case(
        "an agent without the artifacts' tools",
        added(
            "images: {server: {repository: widget, registry: docker}}\ncharts: {widget: {path: chart, repository: charts}}\npackages: {client: {repository: pypi}}\n",
            "  pre-merge:\n",
            "",
            "  publish:",
            "  publish: {agent: large}",
        ),
        f"{W}:16:3: pipelines.publish: the agent 'large' has no 'docker', which images needs; {_CHOOSE}",
        f"{W}:16:3: pipelines.publish: the agent 'large' has no 'helm', which charts needs; {_CHOOSE}",
        f"{W}:16:3: pipelines.publish: the agent 'large' has no 'python3', which packages.client needs; {_CHOOSE}",
    ),
    case(
        "an agent without kind",
        added("deployment: {cluster: kind}\n"),
        f"{W}:18:3: pipelines.nightly: the agent 'virtual' has no 'kind', which deployment needs; {_CHOOSE}",
    ),
    case(
        "a test's own agent without its tool",
        widget("{targets: [test]}", "{tool: tox, targets: [py3], agent: large}"),
        f"{W}:15:3: pipelines.pre-merge: the agent 'large' has no 'tox', which tests.unit needs; {_CHOOSE}",
        f"{W}:16:3: pipelines.post-merge: the agent 'large' has no 'tox', which tests.unit needs; {_CHOOSE}",
        f"{W}:17:3: pipelines.publish: the agent 'large' has no 'tox', which tests.unit needs; {_CHOOSE}",
    ),
    case(
        "a category's agent without the test's tool",
        _both(
            widget("{commands: [./run]}", "{tool: npm, targets: [e2e]}"),
            more_settings("  test-agents: {integration: large}\n"),
        ),
        f"{W}:18:3: pipelines.nightly: the agent 'large' has no 'npm', which tests.integration needs; {_CHOOSE}",
    ),
)

STAGES = (
    case(
        "a stage named like a built-in one",
        added("stages:\n  build: {commands: [x], after: build, pipelines: [publish]}\n"),
        f"{W}:20:3: stages.build: the name 'build' is taken by a stage; rename it",
    ),
    case(
        "a stage named like a test",
        added(
            "stages:\n  quick: {commands: [x], after: build, pipelines: [publish]}\n",
            "  unit: {targets: [test]}",
            "  quick: {targets: [test], category: unit}",
        ),
        f"{W}:20:3: stages.quick: the name 'quick' is taken by a stage; rename it",
    ),
    case(
        "a stage named like an image's",
        added(
            "images: {server: {repository: widget, registry: docker}}\nstages:\n  image-server: {commands: [x], after: build, pipelines: [publish]}\n"
        ),
        f"{W}:21:3: stages.image-server: the name 'image-server' is taken by a stage; rename it",
    ),
    case(
        "a stage titled like a built-in one",
        added(_STAGE + ", title: Build}\n"),
        f"{W}:20:66: stages.scan.title: publish has another stage with the title 'Build'; give it another 'title'",
    ),
    case(
        "a stage on an unknown agent",
        added(_STAGE + ", agent: lrage}\n"),
        f"{W}:20:73: stages.scan.agent: unknown agent 'lrage'; did you mean 'large'?",
    ),
    case(
        "a stage of an unknown pipeline",
        added("stages:\n  scan: {commands: [x], after: build, pipelines: [publsh]}\n"),
        f"{W}:20:51: stages.scan.pipelines[0]: unknown pipeline 'publsh'; did you mean 'publish'?",
    ),
    case(
        "a stage after an unknown one",
        added("stages:\n  scan: {commands: [x], after: bild, pipelines: [publish]}\n"),
        f"{W}:20:32: stages.scan.after: publish on main has no stage 'bild' to come after; did you mean 'build'?",
    ),
    case(
        "a stage after one of another pipeline",
        added("stages:\n  scan: {commands: [x], after: gate, pipelines: [post-merge]}\n"),
        f"{W}:20:32: stages.scan.after: post-merge on main has no stage 'gate' to come after; known: build, checkout, unit",
    ),
    case(
        "a stage after itself",
        added("stages:\n  scan: {commands: [x], after: scan, pipelines: [publish]}\n"),
        f"{W}:20:32: stages.scan.after: these stages come after each other: scan -> scan",
    ),
    case(
        "stages after each other",
        added(
            "stages:\n  scan: {commands: [x], after: sign, pipelines: [publish]}\n  sign: {commands: [x], after: scan, pipelines: [publish]}\n"
        ),
        f"{W}:20:32: stages.scan.after: these stages come after each other: scan -> sign -> scan",
    ),
    case(
        "a stage with unknown credentials",
        added(_STAGE + ", credentials: {KEY: lba}}\n"),
        f"{W}:20:85: stages.scan.credentials.KEY: unknown credentials 'lba'; did you mean 'lab'?",
    ),
    case(
        "publishing credentials before the merge",
        added("stages:\n  scan: {commands: [x], after: build, pipelines: [pre-merge], credentials: {KEY: pusher}}\n"),
        f"{W}:20:82: stages.scan.credentials.KEY: a stage of pre-merge may bind no credentials, and 'pusher' is for publish",
    ),
    case(
        "test credentials before the merge",
        added("stages:\n  scan: {commands: [x], after: build, pipelines: [pre-merge], credentials: {KEY: lab}}\n"),
        f"{W}:20:82: stages.scan.credentials.KEY: a stage of pre-merge may bind no credentials, and 'lab' is for test",
    ),
    case(
        "publishing credentials after the merge",
        added("stages:\n  scan: {commands: [x], after: build, pipelines: [post-merge], credentials: {KEY: pusher}}\n"),
        f"{W}:20:83: stages.scan.credentials.KEY: a stage of post-merge may bind test credentials, and 'pusher' is for publish",
    ),
)

SECRETS = (
    case(
        "a GitHub token in a command",
        widget("[build]", "['curl -u " + "ghp_" + "a1B2" * 9 + " example.org']"),
        f"{W}:10:13: build.targets[0]: looks like a secret: a GitHub token; keep it in Jenkins and name its credentials id",
    ),
    case(
        "a password in a variable",
        added("environment: {DB_PASSWORD: hunter-2}\n"),
        f"{W}:19:28: environment.DB_PASSWORD: looks like a secret: the value of DB_PASSWORD; keep it in Jenkins and name its credentials id",
    ),
    case(
        "a token in a build argument",
        added("images:\n  server: {repository: widget, registry: docker, build-arguments: {NPM_TOKEN: abc-def-012}}\n"),
        f"{W}:20:79: images.server.build-arguments.NPM_TOKEN: looks like a secret: the value of NPM_TOKEN; keep it in Jenkins and name its credentials id",
    ),
    case(
        "a key as a parameter's default",
        widget("  publish:", "  publish: {parameters: {API_KEY: {default: abc-def-012}}}"),
        f"{W}:17:45: pipelines.publish.parameters.API_KEY.default: looks like a secret: the value of API_KEY; keep it in Jenkins and name its credentials id",
    ),
    case(
        "a password in a URL",
        added("environment: {PROXY: 'https://me:" + "pw@proxy.example.org'}\n"),
        f"{W}:19:22: environment.PROXY: looks like a secret: a password in a URL; keep it in Jenkins and name its credentials id",
    ),
    case(
        "a secret on a branch",
        widget("    main:", "    main: {overrides: {environment: {A_SECRET: abc-def-012}}}"),
        f"{W}:7:48: repository.branches.main.overrides.environment.A_SECRET: looks like a secret: the value of A_SECRET; keep it in Jenkins and name its credentials id",
    ),
    case(
        "a secret in the settings",
        settings("kubeconfig of the lab", "AKIA" + "ABCDEFGHIJKLMNOP"),
        f"{S}:16:52: credentials.lab.description: looks like a secret: an AWS access key; keep it in Jenkins and name its credentials id",
    ),
)

CASES = (*REPOSITORY, *TESTS, *UNUSED, *ARTIFACTS, *DEPLOYMENT, *PIPELINES, *STARTS, *AGENTS, *STAGES, *SECRETS)
