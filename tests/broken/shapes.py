"""Mistakes in the shape of a descriptor: keys, types, and values by themselves."""

# ruff: noqa: E501 - a message stands on one line, as it is told

from __future__ import annotations

from tests.broken import W, added, case, nightly, widget

_PIPELINES = "pipelines:\n  pre-merge:\n  post-merge:\n  publish:\n  nightly:\n"
_IMAGE = "images:\n  server: {repository: widget, registry: docker"
_STAGE = "stages:\n  scan: {commands: [./scan], after: build, pipelines: [publish]"

KEYS = (
    case(
        "an unknown top-level key",
        added("chekcs:\n  lint: {targets: [lint]}\n"),
        f"{W}:19:1: chekcs: unknown key 'chekcs'; did you mean 'checks'?",
    ),
    case(
        "an unknown key with a near one",
        widget("{targets: [test]}", "{target: [test]}"),
        f"{W}:12:10: tests.unit.target: unknown key 'target'; did you mean 'targets'?",
    ),
    case(
        "an unknown key with none near",
        widget("{targets: [test]}", "{targets: [test], zzz: 1}"),
        f"{W}:12:27: tests.unit.zzz: unknown key 'zzz'; known: agent, category, commands, directory, environment, framework, results, targets, timeout, tool",
    ),
    case(
        "an underscore for a dash",
        nightly("{job_name: x}"),
        f"{W}:18:13: pipelines.nightly.job_name: unknown key 'job_name'; did you mean 'job-name'?",
    ),
    case(
        "an unknown key of a branch",
        widget("    main:", "    main: {override: {}}"),
        f"{W}:7:12: repository.branches.main.override: unknown key 'override'; did you mean 'overrides'?",
    ),
    case(
        "an unknown key of the trigger's options",
        widget("  pre-merge:", "  pre-merge: {gerrit: {exclude-draft: true}}"),
        f"{W}:15:24: pipelines.pre-merge.gerrit.exclude-draft: unknown key 'exclude-draft'; did you mean 'exclude-drafts'?",
    ),
    case(
        "an unknown key of a file pattern",
        widget("  pre-merge:", "  pre-merge: {files: [{glob: a}]}"),
        f"{W}:15:24: pipelines.pre-merge.files[0].glob: unknown key 'glob'; known: ant, regexp",
    ),
    case("no title", widget("title: Widget server\n", ""), f"{W}:1:1: the key 'title' is missing"),
    case("no code host", widget("  host: review\n", ""), f"{W}:3:1: repository: the key 'host' is missing"),
    case("no pipelines", widget(_PIPELINES, ""), f"{W}:1:1: the key 'pipelines' is missing"),
    case(
        "next to nothing",
        {W: "title: Widget server\n"},
        f"{W}:1:1: the key 'owners' is missing",
        f"{W}:1:1: the key 'pipelines' is missing",
        f"{W}:1:1: the key 'repository' is missing",
    ),
    case(
        "an image without a registry",
        added("images:\n  server: {repository: widget}\n"),
        f"{W}:20:3: images.server: the key 'registry' is missing",
    ),
    case(
        "a stage without its place",
        added("stages:\n  scan: {commands: [./scan], pipelines: [publish]}\n"),
        f"{W}:20:3: stages.scan: the key 'after' is missing",
    ),
    case(
        "a schedule without cron",
        nightly("{schedule: {timezone: UTC}}"),
        f"{W}:18:13: pipelines.nightly.schedule: the key 'cron' is missing",
    ),
    case(
        "disabled without a reason",
        widget("  publish:", "  publish: {disabled: {}}"),
        f"{W}:17:13: pipelines.publish.disabled: the key 'reason' is missing",
    ),
    case(
        "axes without values",
        nightly("{axes: {}}"),
        f"{W}:18:13: pipelines.nightly.axes: the key 'values' is missing",
    ),
)

TYPES = (
    case(
        "a list of pipelines",
        widget(_PIPELINES, "pipelines: [pre-merge]\n"),
        f"{W}:14:12: pipelines: has to be a mapping, not a list",
    ),
    case(
        "nothing for pipelines",
        widget(_PIPELINES, "pipelines:\n"),
        f"{W}:14:11: pipelines: has to be a mapping, not nothing",
    ),
    case(
        "an empty mapping of pipelines",
        widget(_PIPELINES, "pipelines: {}\n"),
        f"{W}:14:12: pipelines: must not be empty",
    ),
    case(
        "a list of branches",
        widget("  branches:\n    main:", "  branches: [main]"),
        f"{W}:6:13: repository.branches: has to be a mapping, not a list",
    ),
    case(
        "nothing for branches",
        widget("  branches:\n    main:", "  branches:"),
        f"{W}:6:12: repository.branches: has to be a mapping, not nothing",
    ),
    case(
        "a mapping of owners",
        widget("[widgets@example.org]", "{team: widgets}"),
        f"{W}:2:9: owners: has to be a list, not a mapping",
    ),
    case("an empty list of owners", widget("[widgets@example.org]", "[]"), f"{W}:2:9: owners: must not be empty"),
    case(
        "a list in the list of owners",
        widget("[widgets@example.org]", "[[widgets]]"),
        f"{W}:2:10: owners[0]: has to be text, not a list",
    ),
    case("a list for a title", widget("Widget server", "[Widget]"), f"{W}:1:8: title: has to be text, not a list"),
    case(
        "nothing for a title", widget("title: Widget server", "title:"), f"{W}:1:7: title: has to be text, not nothing"
    ),
    case(
        "a text for the build",
        widget("build:\n  tool: make\n  targets: [build]", "build: make"),
        f"{W}:8:8: build: has to be a mapping, not the text 'make'",
    ),
    case(
        "a list for the build",
        widget("build:\n  tool: make\n  targets: [build]", "build: [make]"),
        f"{W}:8:8: build: has to be a mapping, not a list",
    ),
    case("a list for a tool", widget("tool: make", "tool: [make]"), f"{W}:9:9: build.tool: has to be text, not a list"),
    case(
        "a list for a choice",
        nightly("{start: [manual]}"),
        f"{W}:18:20: pipelines.nightly.start: has to be text, not a list",
    ),
    case(
        "a list for a number",
        widget("  publish:", "  publish: {timeout: [30]}"),
        f"{W}:17:22: pipelines.publish.timeout: has to be a whole number, not a list",
    ),
    case(
        "a list for a flag",
        widget("  pre-merge:", "  pre-merge: {non-voting: [true]}"),
        f"{W}:15:27: pipelines.pre-merge.non-voting: has to be true or false, not a list",
    ),
    case(
        "a list for a day",
        widget("    main:", "    main:\n    old: {end-of-life: [2026-01-31]}"),
        f"{W}:8:24: repository.branches.old.end-of-life: has to be a day like 2026-03-31, not a list",
    ),
    case(
        "a text for a pipeline",
        widget("  publish:", "  publish: yes"),
        f"{W}:17:12: pipelines.publish: has to be a mapping, not the text 'yes'",
    ),
    case(
        "nothing for a test",
        widget("  unit: {targets: [test]}", "  unit:"),
        f"{W}:12:8: tests.unit: has to be a mapping, not nothing",
    ),
    case(
        "nothing for a stage", added("stages:\n  scan:\n"), f"{W}:20:8: stages.scan: has to be a mapping, not nothing"
    ),
    case(
        "a list of images",
        added("images:\n  - {repository: widget, registry: docker}\n"),
        f"{W}:20:3: images: has to be a mapping, not a list",
    ),
    case(
        "a list of variables",
        added("environment: [MODE=fast]\n"),
        f"{W}:19:14: environment: has to be a mapping, not a list",
    ),
    case(
        "nothing for a variable",
        added("environment: {MODE: }\n"),
        f"{W}:19:21: environment.MODE: has to be text, not nothing",
    ),
    case(
        "a mapping for a variable",
        added("environment: {MODE: {fast: true}}\n"),
        f"{W}:19:21: environment.MODE: has to be text, not a mapping",
    ),
    case(
        "a list of overrides",
        widget("    main:", "    main: {overrides: [tests]}"),
        f"{W}:7:23: repository.branches.main.overrides: has to be a mapping, not a list",
    ),
    case(
        "a text for upstream jobs",
        widget("  publish:", "  publish: {upstream: widget-post-merge-main}"),
        f"{W}:17:23: pipelines.publish.upstream: has to be a list, not the text 'widget-post-merge-main'",
    ),
    case(
        "true for disabled",
        widget("  publish:", "  publish: {disabled: true}"),
        f"{W}:17:23: pipelines.publish.disabled: has to be a mapping, not the text 'true'",
    ),
    case(
        "a number for retention",
        widget("  publish:", "  publish: {retention: 30}"),
        f"{W}:17:24: pipelines.publish.retention: has to be a mapping, not the text '30'",
    ),
    case(
        "a list of parameters",
        widget("  publish:", "  publish: {parameters: [MODE]}"),
        f"{W}:17:25: pipelines.publish.parameters: has to be a mapping, not a list",
    ),
    case(
        "a text for a parameter",
        widget("  publish:", "  publish: {parameters: {MODE: fast}}"),
        f"{W}:17:32: pipelines.publish.parameters.MODE: has to be a mapping, not the text 'fast'",
    ),
    case(
        "a list for a file pattern",
        widget("  pre-merge:", "  pre-merge: {files: [[docs]]}"),
        f"{W}:15:23: pipelines.pre-merge.files[0]: has to be a mapping, not a list",
    ),
    case(
        "nothing for file patterns",
        widget("  pre-merge:", "  pre-merge: {files: }"),
        f"{W}:15:22: pipelines.pre-merge.files: has to be a list, not nothing",
    ),
    case(
        "a list for a schedule",
        nightly("{schedule: [H 3 * * *]}"),
        f"{W}:18:23: pipelines.nightly.schedule: has to be a mapping, not a list",
    ),
    case(
        "a list of axes",
        nightly("{axes: [os]}"),
        f"{W}:18:19: pipelines.nightly.axes: has to be a mapping, not a list",
    ),
    case(
        "nothing for an axis",
        nightly("{axes: {values: {os: }}}"),
        f"{W}:18:33: pipelines.nightly.axes.values.os: has to be a list, not nothing",
    ),
)

CHOICES = (
    case(
        "an unknown tool",
        widget("tool: make", "tool: mkae"),
        f"{W}:9:9: build.tool: unknown tool 'mkae'; did you mean 'make'?",
    ),
    case(
        "an unknown framework",
        widget("{commands: [./run]}", "{commands: [./run], framework: robt}"),
        f"{W}:13:47: tests.integration.framework: unknown framework 'robt'; did you mean 'robot'?",
    ),
    case(
        "an unknown category",
        widget("  unit: {targets: [test]}", "  quick: {targets: [test], category: smok}"),
        f"{W}:12:38: tests.quick.category: unknown category 'smok'; did you mean 'smoke'?",
    ),
    case(
        "an unknown check",
        added("checks:\n  lnit: {targets: [lint]}\n"),
        f"{W}:20:3: checks.lnit: unknown check 'lnit'; did you mean 'lint'?",
    ),
    case(
        "an unknown start",
        nightly("{start: by-hand}"),
        f"{W}:18:20: pipelines.nightly.start: unknown start 'by-hand'; known: automatic, manual, on-comment",
    ),
    case(
        "an unknown kind of pipeline",
        added("  weekly: {kind: nigthly}\n"),
        f"{W}:19:18: pipelines.weekly.kind: unknown kind 'nigthly'; did you mean 'nightly'?",
    ),
    case(
        "an unknown kind of cluster",
        added("deployment: {cluster: minikube}\n"),
        f"{W}:19:23: deployment.cluster: unknown cluster 'minikube'; known: existing, kind",
    ),
    case(
        "an unknown condition",
        added("notifications: {when: never}\n"),
        f"{W}:19:17: notifications.when: unknown when 'never'; known: always, changed, failure, fixed, regression, success, unstable, unsuccessful",
    ),
    case(
        "an unknown condition in a list",
        added("notifications: {when: [success, failed]}\n"),
        f"{W}:19:33: notifications.when[1]: unknown when 'failed'; did you mean 'failure'?",
    ),
    case(
        "a condition that stands there twice",
        added("notifications: {when: [success, success]}\n"),
        f"{W}:19:23: notifications.when: 'success' stands here twice",
    ),
    case(
        "an unknown type of parameter",
        widget("  publish:", "  publish: {parameters: {MODE: {type: bool}}}"),
        f"{W}:17:39: pipelines.publish.parameters.MODE.type: unknown type 'bool'; did you mean 'boolean'?",
    ),
)

VALUES = (
    case("an empty title", widget("Widget server", '""'), f"{W}:1:8: title: must not be empty"),
    case("a blank title", widget("Widget server", '"  "'), f"{W}:1:8: title: must not be empty"),
    case("a title of two lines", widget("Widget server", '"Widget\\nserver"'), f"{W}:1:8: title: has to be one line"),
    case(
        "a word for a number",
        widget("  publish:", "  publish: {timeout: ten}"),
        f"{W}:17:22: pipelines.publish.timeout: has to be a whole number, not 'ten'",
    ),
    case(
        "a fraction for a number",
        widget("  publish:", "  publish: {timeout: 1.5}"),
        f"{W}:17:22: pipelines.publish.timeout: has to be a whole number, not '1.5'",
    ),
    case(
        "a negative number",
        widget("  publish:", "  publish: {timeout: -5}"),
        f"{W}:17:22: pipelines.publish.timeout: has to be a whole number, not '-5'",
    ),
    case(
        "zero minutes",
        widget("  publish:", "  publish: {timeout: 0}"),
        f"{W}:17:22: pipelines.publish.timeout: has to be at least 1",
    ),
    case(
        "yes for a flag",
        widget("  pre-merge:", "  pre-merge: {non-voting: yes}"),
        f"{W}:15:27: pipelines.pre-merge.non-voting: has to be true or false, not 'yes'",
    ),
    case(
        "yes for a flag of the trigger's options",
        widget("  pre-merge:", "  pre-merge: {gerrit: {exclude-drafts: yes}}"),
        f"{W}:15:40: pipelines.pre-merge.gerrit.exclude-drafts: has to be true or false, not 'yes'",
    ),
    case(
        "a word for a day",
        widget("    main:", "    main:\n    old: {end-of-life: soon}"),
        f"{W}:8:24: repository.branches.old.end-of-life: 'soon' is not a date; write it like 2026-03-31",
    ),
    case(
        "another form of a day",
        widget("    main:", "    main:\n    old: {end-of-life: 31.03.2026}"),
        f"{W}:8:24: repository.branches.old.end-of-life: '31.03.2026' is not a date; write it like 2026-03-31",
    ),
    case(
        "a day without dashes",
        widget("    main:", "    main:\n    old: {end-of-life: 20260331}"),
        f"{W}:8:24: repository.branches.old.end-of-life: '20260331' is not a date; write it like 2026-03-31",
    ),
    case(
        "a day that does not exist",
        widget("    main:", "    main:\n    old: {end-of-life: 2026-02-30}"),
        f"{W}:8:24: repository.branches.old.end-of-life: '2026-02-30' is not a date; write it like 2026-03-31",
    ),
    case(
        "an address without a domain",
        added("notifications: {email: everybody}\n"),
        f"{W}:19:17: notifications.email: 'everybody' is not an e-mail address",
    ),
    case(
        "a channel without its sign",
        added("notifications: {slack: builds}\n"),
        f"{W}:19:24: notifications.slack: 'builds' is not a Slack channel; write it like '#builds'",
    ),
    case(
        "a branch that git does not allow",
        widget("    main:", "    a..b:"),
        f"{W}:7:5: repository.branches.a..b: 'a..b' is not a branch name; use letters, digits and ._/+-, as git allows them",
    ),
    case(
        "a branch with a blank",
        widget("    main:", "    my branch:"),
        f"{W}:7:5: repository.branches.my branch: 'my branch' is not a branch name; use letters, digits and ._/+-, as git allows them",
    ),
    case(
        "a project that begins with a slash",
        widget("project: widgets", "project: /widgets"),
        f"{W}:5:12: repository.project: '/widgets' is not a project; write it like omec-project/amf",
    ),
    case(
        "a URL for a project",
        widget("project: widgets", "project: https://review.example.org/widgets"),
        f"{W}:5:12: repository.project: 'https://review.example.org/widgets' is not a project; write it like omec-project/amf",
    ),
    case(
        "capitals in an image's name",
        added("images:\n  server: {repository: Example/Widget, registry: docker}\n"),
        f"{W}:20:24: images.server.repository: 'Example/Widget' is not an image name; write it in lower case, like voltha/voltha-rw-core",
    ),
    case(
        "capitals in a name",
        added("images:\n  Server: {repository: widget, registry: docker}\n"),
        f"{W}:20:3: images.Server: 'Server' is not a name; use lower-case letters, digits, dots and dashes, at most 62",
    ),
    case(
        "a label with a blank",
        widget("owners:", "labels: [blue team]\nowners:"),
        f"{W}:2:10: labels[0]: 'blue team' is not a name; use lower-case letters, digits, dots and dashes, at most 62",
    ),
    case(
        "a path out of the checkout",
        added(_IMAGE + ", dockerfile: ../Dockerfile}\n"),
        f"{W}:20:62: images.server.dockerfile: '../Dockerfile' is not a path inside the checkout; write it relative, without '..'",
    ),
    case(
        "an absolute path",
        added(_IMAGE + ", context: /src}\n"),
        f"{W}:20:59: images.server.context: '/src' is not a path inside the checkout; write it relative, without '..'",
    ),
    case(
        "a dash in a variable",
        added("environment: {MY-MODE: fast}\n"),
        f"{W}:19:15: environment.MY-MODE: 'MY-MODE' is not a variable name; use letters, digits and underscores",
    ),
    case(
        "a word of Groovy for a variable",
        added("environment: {class: fast}\n"),
        f"{W}:19:15: environment.class: 'class' is a word of Groovy; use another name",
    ),
    case(
        "a build argument that begins with a digit",
        added(_IMAGE + ", build-arguments: {1A: x}}\n"),
        f"{W}:20:68: images.server.build-arguments.1A: '1A' is not a variable name; use letters, digits and underscores",
    ),
    case(
        "a blank in a credentials id",
        added(_STAGE + ", credentials: {KEY: my key}}\n"),
        f"{W}:20:85: stages.scan.credentials.KEY: 'my key' is not a credentials id; use letters, digits and _.@:-",
    ),
    case(
        "two globs in one text",
        widget("{targets: [test]}", "{targets: [test], results: {junit: 'a.xml, b.xml'}}"),
        f"{W}:12:37: tests.unit.results.junit: 'a.xml, b.xml' holds a comma; write each pattern as an item of its own",
    ),
    case("an empty target", widget("[build]", "['']"), f"{W}:10:13: build.targets[0]: must not be empty"),
)

COMBINATIONS = (
    case(
        "targets and commands",
        widget("{targets: [test]}", "{targets: [test], commands: [./test]}"),
        f"{W}:12:9: tests.unit: needs either 'targets' or 'commands'",
    ),
    case(
        "neither targets nor commands",
        widget("{targets: [test]}", "{}"),
        f"{W}:12:9: tests.unit: needs either 'targets' or 'commands'",
    ),
    case(
        "commands with a tool",
        widget("{targets: [test]}", "{tool: make, commands: [./test]}"),
        f"{W}:12:9: tests.unit: 'commands' take no tool; write 'targets', or leave 'tool' out",
    ),
    case(
        "the tool 'command' without commands",
        widget("  tool: make\n  targets: [build]", "  tool: command"),
        f"{W}:9:3: build: the tool 'command' needs 'commands' and takes no 'targets'",
    ),
    case(
        "another tool with commands",
        widget("  targets: [build]", "  commands: [./build]"),
        f"{W}:9:3: build: the tool 'make' takes 'targets', not 'commands'",
    ),
    case(
        "a stage without commands",
        added("stages:\n  scan: {commands: [], after: build, pipelines: [publish]}\n"),
        f"{W}:20:20: stages.scan.commands: must not be empty",
    ),
    case(
        "a stage of no pipeline",
        added("stages:\n  scan: {commands: [./scan], after: build, pipelines: []}\n"),
        f"{W}:20:55: stages.scan.pipelines: must not be empty",
    ),
    case(
        "a pipeline on no branch",
        widget("  post-merge:", "  post-merge: {branches: []}"),
        f"{W}:16:26: pipelines.post-merge.branches: must not be empty",
    ),
    case(
        "a nightly pipeline of no test",
        nightly("{tests: []}"),
        f"{W}:18:20: pipelines.nightly.tests: must not be empty",
    ),
    case(
        "a file pattern of both kinds",
        widget("  pre-merge:", "  pre-merge: {files: [{ant: a, regexp: a}]}"),
        f"{W}:15:23: pipelines.pre-merge.files[0]: needs either 'ant' or 'regexp'",
    ),
    case(
        "a file pattern of no kind",
        widget("  pre-merge:", "  pre-merge: {files: [{}]}"),
        f"{W}:15:23: pipelines.pre-merge.files[0]: needs either 'ant' or 'regexp'",
    ),
    case(
        "a reserved parameter",
        widget("  publish:", "  publish: {parameters: {BRANCH: }}"),
        f"{W}:17:26: pipelines.publish.parameters.BRANCH: the variable 'BRANCH' belongs to Jenkins or jjbgen; use another name",
    ),
    case(
        "a parameter of Jenkins",
        widget("  publish:", "  publish: {parameters: {GERRIT_TOPIC: }}"),
        f"{W}:17:26: pipelines.publish.parameters.GERRIT_TOPIC: the variable 'GERRIT_TOPIC' belongs to Jenkins or jjbgen; use another name",
    ),
    case(
        "a choice without choices",
        widget("  publish:", "  publish: {parameters: {MODE: {type: choice}}}"),
        f"{W}:17:32: pipelines.publish.parameters.MODE: 'choices' go with the type 'choice', and only with it",
    ),
    case(
        "choices without a choice",
        widget("  publish:", "  publish: {parameters: {MODE: {choices: [fast]}}}"),
        f"{W}:17:32: pipelines.publish.parameters.MODE: 'choices' go with the type 'choice', and only with it",
    ),
    case(
        "a choice with a default",
        widget("  publish:", "  publish: {parameters: {MODE: {type: choice, choices: [a], default: a}}}"),
        f"{W}:17:32: pipelines.publish.parameters.MODE: a choice has no 'default'; the first of 'choices' is it",
    ),
    case(
        "a boolean that is yes",
        widget("  publish:", "  publish: {parameters: {FAST: {type: boolean, default: yes}}}"),
        f"{W}:17:32: pipelines.publish.parameters.FAST: the default of a boolean is true or false",
    ),
    case(
        "a reference to a component alone",
        widget("  publish:", "  publish: {upstream: [{component: widget}]}"),
        f"{W}:17:24: pipelines.publish.upstream[0]: needs 'component' and 'pipeline', or a job's name",
    ),
    case(
        "a reference to a job and a component",
        widget("  publish:", "  publish: {upstream: [{job: x, component: widget}]}"),
        f"{W}:17:24: pipelines.publish.upstream[0]: 'job' stands alone",
    ),
    case(
        "a reference to nothing",
        widget("  publish:", "  publish: {upstream: ['']}"),
        f"{W}:17:24: pipelines.publish.upstream[0]: must not be empty",
    ),
)

AXES = (
    case(
        "no axis",
        nightly("{axes: {values: {}}}"),
        f"{W}:18:28: pipelines.nightly.axes.values: must not be empty",
    ),
    case(
        "an axis without values",
        nightly("{axes: {values: {os: []}}}"),
        f"{W}:18:33: pipelines.nightly.axes.values.os: must not be empty",
    ),
    case(
        "capitals in an axis' name",
        nightly("{axes: {values: {OS: [linux]}}}"),
        f"{W}:18:29: pipelines.nightly.axes.values.OS: 'OS' is not an axis name; use lower-case letters, digits and dashes",
    ),
    case(
        "a blank in an axis' value",
        nightly("{axes: {values: {os: ['my linux']}}}"),
        f"{W}:18:34: pipelines.nightly.axes.values.os[0]: 'my linux' is not an axis value; use letters, digits and ._-",
    ),
    case(
        "a list in an axis",
        nightly("{axes: {values: {os: [[linux]]}}}"),
        f"{W}:18:34: pipelines.nightly.axes.values.os[0]: has to be text, not a list",
    ),
    case(
        "an axis with a value twice",
        nightly("{axes: {values: {os: [linux, linux]}}}"),
        f"{W}:18:33: pipelines.nightly.axes.values.os: 'linux' stands here twice",
    ),
    case(
        "excluding from an unknown axis",
        nightly("{axes: {values: {os: [linux, bsd]}, exclude: [{so: bsd}]}}"),
        f"{W}:18:19: pipelines.nightly.axes: unknown axis 'so'; known: os",
    ),
    case(
        "excluding everything by an empty point",
        nightly("{axes: {values: {os: [linux, bsd]}, exclude: [{}]}}"),
        f"{W}:18:19: pipelines.nightly.axes: an empty 'exclude' leaves out everything",
    ),
    case(
        "excluding what is not there",
        nightly("{axes: {values: {os: [linux, bsd]}, exclude: [{os: mac}]}}"),
        f"{W}:18:19: pipelines.nightly.axes: 'exclude' matches nothing: os=mac",
    ),
    case(
        "excluding all there is",
        nightly("{axes: {values: {os: [linux]}, exclude: [{os: linux}]}}"),
        f"{W}:18:19: pipelines.nightly.axes: 'exclude' leaves nothing",
    ),
    case(
        "including half a point",
        nightly("{axes: {values: {os: [linux], cpu: [arm]}, include: [{os: bsd}]}}"),
        f"{W}:18:19: pipelines.nightly.axes: 'include' needs a value for cpu",
    ),
    case(
        "an axis that is a reserved parameter",
        nightly("{axes: {values: {branch: [a, b]}}}"),
        f"{W}:18:28: pipelines.nightly.axes.values: the axis 'branch' belongs to Jenkins or jjbgen; use another name",
    ),
    case(
        "an axis that is a parameter of Jenkins",
        nightly("{axes: {values: {gerrit-topic: [a, b]}}}"),
        f"{W}:18:28: pipelines.nightly.axes.values: the axis 'gerrit-topic' belongs to Jenkins or jjbgen; use another name",
    ),
    case(
        "an axis that is a placeholder",
        nightly("{axes: {values: {component: [a, b]}}}"),
        f"{W}:18:28: pipelines.nightly.axes.values: the axis 'component' belongs to Jenkins or jjbgen; use another name",
    ),
)

CASES = (*KEYS, *TYPES, *CHOICES, *VALUES, *COMBINATIONS, *AXES)
