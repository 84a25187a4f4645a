"""Mistakes that show when jobs are planned: names, references between jobs, what differs by branch."""

# ruff: noqa: E501 - a message stands on one line, as it is told

from __future__ import annotations

from tests.broken import WIDGET, Case, W, added, case, more_settings, nightly, widget

_GADGET = "components/gadget.yaml"

NAMES = (
    case(
        "an unknown placeholder",
        widget("  publish:", "  publish: {job-name: '{component}-{branhc}'}"),
        f"{W}:17:13: pipelines.publish.job-name: unknown placeholder 'branhc'; did you mean 'branch'?",
    ),
    case(
        "a placeholder of no axis",
        nightly("{job-name: '{component}-{os}'}"),
        f"{W}:18:13: pipelines.nightly.job-name: unknown placeholder 'os'; known: axes, branch, component, pipeline",
    ),
    case(
        "a blank in a job's name",
        widget("  publish:", "  publish: {job-name: my job}"),
        f"{W}:17:23: pipelines.publish.job-name: 'my job' is not a job name pattern; use letters, digits, ._- and placeholders like {{component}}",
    ),
    case(
        "an empty job's name",
        widget("  publish:", "  publish: {job-name: ''}"),
        f"{W}:17:23: pipelines.publish.job-name: '' is not a job name pattern; use letters, digits, ._- and placeholders like {{component}}",
    ),
    case(
        "an open brace in a job's name",
        widget("  publish:", "  publish: {job-name: '{component'}"),
        f"{W}:17:23: pipelines.publish.job-name: '{{component' is not a job name pattern; use letters, digits, ._- and placeholders like {{component}}",
    ),
    case(
        "a job's name that begins with a dash",
        widget("  publish:", "  publish: {job-name: '-{component}'}"),
        f"{W}:17:13: pipelines.publish.job-name: '-widget' is not a job name; start with a letter or digit",
    ),
    case(
        "a job's name that is too long",
        widget("  publish:", "  publish: {job-name: '{component}" + "-widget" * 25 + "'}"),
        f"{W}:17:13: pipelines.publish.job-name: the job name 'widget-widget-widget-widget-widget-widge…' has 181 characters; at most 110",
    ),
    case(
        "two jobs of one name",
        widget("  publish:", "  publish: {job-name: '{component}-post-merge-{branch}'}"),
        f"{W}:17:13: pipelines.publish.job-name: the job name 'widget-post-merge-main' is taken by post-merge on main of components/widget.yaml; give one of them another 'job-name'",
    ),
    case(
        "two jobs whose names differ in case",
        widget("  publish:", "  publish: {job-name: 'Widget-Post-Merge-{branch}'}"),
        f"{W}:17:13: pipelines.publish.job-name: the job name 'Widget-Post-Merge-main' is taken by post-merge on main of components/widget.yaml; give one of them another 'job-name'",
    ),
    case(
        "two branches of one name",
        widget("    main:", "    release/1.0:\n    release-1.0:"),
        f"{W}:16:3: pipelines.pre-merge.job-name: the job name 'widget-pre-merge-release-1.0' is taken by pre-merge on release/1.0 of components/widget.yaml; give one of them another 'job-name'",
        f"{W}:17:3: pipelines.post-merge.job-name: the job name 'widget-post-merge-release-1.0' is taken by post-merge on release/1.0 of components/widget.yaml; give one of them another 'job-name'",
        f"{W}:18:3: pipelines.publish.job-name: the job name 'widget-publish-release-1.0' is taken by publish on release/1.0 of components/widget.yaml; give one of them another 'job-name'",
        f"{W}:19:3: pipelines.nightly.job-name: the job name 'widget-nightly-release-1.0' is taken by nightly on release/1.0 of components/widget.yaml; give one of them another 'job-name'",
    ),
    case(
        "a job's name without its axis",
        nightly("{axes: {values: {os: [linux, bsd]}}, job-name: '{component}-{branch}'}"),
        f"{W}:18:49: pipelines.nightly.job-name: the job name 'widget-main' is taken by nightly on main of components/widget.yaml; give one of them another 'job-name'",
    ),
    case(
        "a job named like its component's view",
        widget("  publish:", "  publish: {job-name: '{component}'}"),
        f"{W}:17:13: pipelines.publish.job-name: the job name 'widget' is taken by the view of components/widget.yaml; give one of them another 'job-name'",
    ),
    case(
        "a job named like another component's view",
        {_GADGET: WIDGET.replace("  publish:", "  publish: {job-name: widget}")},
        f"{_GADGET}:17:13: pipelines.publish.job-name: the job name 'widget' is taken by the view of {W}; give one of them another 'job-name'",
    ),
    case(
        "a job named like the root view",
        {**widget("  publish:", "  publish: {job-name: Overview}"), **more_settings("naming: {root-view: overview}\n")},
        f"{W}:17:13: pipelines.publish.job-name: the job name 'Overview' is taken by the root view; give one of them another 'job-name'",
    ),
    case(
        "a component named like the root view",
        more_settings("naming: {root-view: Widget}\n"),
        f"{W}:1:1: the name 'widget' is taken by the root view",
    ),
    case(
        "two pipelines in one file",
        added(
            "  nightly-weekly: {kind: nightly}\n",
            "    main:",
            "    main:\n    weekly: {overrides: {pipelines: {nightly: {timeout: 5}}}}",
        ),
        f"{W}:20:3: pipelines.nightly-weekly: nightly-weekly and another pipeline would both be written to widget-nightly-weekly.groovy; rename one of them",
    ),
    case(
        "a parameter named like an axis",
        nightly("{axes: {values: {os: [linux]}}, parameters: {OS: }}"),
        f"{W}:18:57: pipelines.nightly.parameters.OS: the parameter 'OS' is taken by an axis; rename it",
    ),
)

REFERENCES = (
    case(
        "an unknown upstream job",
        widget("  publish:", "  publish: {upstream: [widget-pst-merge-main]}"),
        f"{W}:17:24: pipelines.publish.upstream[0]: there is no job 'widget-pst-merge-main'; did you mean 'widget-post-merge-main'?",
    ),
    case(
        "an unknown job to wait for",
        widget("  publish:", "  publish: {dependencies: [widget-pst-merge-main]}"),
        f"{W}:17:28: pipelines.publish.dependencies[0]: there is no job 'widget-pst-merge-main'; did you mean 'widget-post-merge-main'?",
    ),
    case(
        "an unknown component",
        widget("  publish:", "  publish: {upstream: [{component: wigdet, pipeline: post-merge}]}"),
        f"{W}:17:24: pipelines.publish.upstream[0]: there is no component 'wigdet'; did you mean 'widget'?",
    ),
    case(
        "an unknown pipeline",
        widget("  publish:", "  publish: {upstream: [{component: widget, pipeline: pst-merge}]}"),
        f"{W}:17:24: pipelines.publish.upstream[0]: there is no pipeline 'pst-merge' of widget; did you mean 'post-merge'?",
    ),
    case(
        "an unknown branch",
        widget("  publish:", "  publish: {upstream: [{component: widget, pipeline: post-merge, branch: mian}]}"),
        f"{W}:17:24: pipelines.publish.upstream[0]: post-merge of widget has no branch 'mian'; name one with 'branch': main",
    ),
    case(
        "a job that starts itself",
        widget("  publish:", "  publish: {upstream: [widget-publish-main]}"),
        f"{W}:17:13: pipelines.publish.upstream: these jobs wait for each other: widget-publish-main -> widget-publish-main",
    ),
    case(
        "jobs that start each other",
        widget(
            "  post-merge:",
            "  post-merge: {upstream: [widget-publish-main]}",
            "  publish:",
            "  publish: {upstream: [widget-post-merge-main]}",
        ),
        f"{W}:16:16: pipelines.post-merge.upstream: these jobs wait for each other: widget-post-merge-main -> widget-publish-main -> widget-post-merge-main",
    ),
    case(
        "jobs that wait for each other",
        widget(
            "  post-merge:",
            "  post-merge: {dependencies: [widget-publish-main]}",
            "  publish:",
            "  publish: {dependencies: [widget-post-merge-main]}",
        ),
        f"{W}:16:16: pipelines.post-merge.dependencies: these jobs wait for each other: widget-post-merge-main -> widget-publish-main -> widget-post-merge-main",
    ),
    case(
        "components that start each other",
        {
            **widget("  publish:", "  publish: {upstream: [{component: gadget, pipeline: publish}]}"),
            _GADGET: WIDGET.replace("  publish:", "  publish: {upstream: [widget-publish-main]}"),
        },
        "components/gadget.yaml:17:13: pipelines.publish.upstream: these jobs wait for each other: gadget-publish-main -> widget-publish-main -> gadget-publish-main",
    ),
)


def _old(what: str, overrides: str, *told: str) -> Case:
    """A case of a branch `old` with overrides."""
    where = f"{W}:8:"
    return case(
        what, widget("    main:", f"    main:\n    old: {{overrides: {overrides}}}"), *(where + each for each in told)
    )


BRANCHES = (
    _old(
        "a title by branch",
        "{title: Old widget server}",
        "23: repository.branches.old.overrides.title: cannot differ by branch; known: build, charts, checks, deployment, environment, images, notifications, packages, pipelines, stages, tests, version",
    ),
    _old(
        "owners, labels and repository by branch",
        "{owners: [me], labels: [a], repository: {}}",
        "23: repository.branches.old.overrides.owners: cannot differ by branch; known: build, charts, checks, deployment, environment, images, notifications, packages, pipelines, stages, tests, version",
        "37: repository.branches.old.overrides.labels: cannot differ by branch; known: build, charts, checks, deployment, environment, images, notifications, packages, pipelines, stages, tests, version",
        "50: repository.branches.old.overrides.repository: cannot differ by branch; known: build, charts, checks, deployment, environment, images, notifications, packages, pipelines, stages, tests, version",
    ),
    _old(
        "an unknown key by branch",
        "{timeout: 5}",
        "23: repository.branches.old.overrides.timeout: unknown key 'timeout'; known: build, charts, checks, deployment, environment, images, notifications, packages, pipelines, stages, tests, version",
    ),
    _old(
        "an unknown key further in by branch",
        "{build: {tol: npm}}",
        "31: repository.branches.old.overrides.build.tol: unknown key 'tol'; did you mean 'tool'?",
    ),
    _old(
        "an unknown tool by branch",
        "{build: {tool: mkae}}",
        "37: repository.branches.old.overrides.build.tool: unknown tool 'mkae'; did you mean 'make'?",
    ),
    _old(
        "a text for the build by branch",
        "{build: make}",
        "30: repository.branches.old.overrides.build: has to be a mapping, not the text 'make'",
    ),
    _old(
        "a wrong number by branch",
        "{pipelines: {publish: {timeout: ten}}}",
        "54: repository.branches.old.overrides.pipelines.publish.timeout: has to be a whole number, not 'ten'",
    ),
    _old(
        "removing a test that is not there",
        "{tests: {smoke: }}",
        "31: repository.branches.old.overrides.tests.smoke: there is nothing to remove; write {} to add an entry with all defaults",
    ),
    _old(
        "removing a section that is not there",
        "{charts: }",
        "23: repository.branches.old.overrides.charts: there is nothing to remove; write {} to add an entry with all defaults",
    ),
    _old(
        "removing every pipeline",
        "{pipelines: {pre-merge: , post-merge: , publish: , nightly: }}",
        "34: repository.branches.old.overrides.pipelines: must not be empty",
    ),
    _old(
        "adding half an image by branch",
        "{images: {server: {repository: widget}}}",
        "32: repository.branches.old.overrides.images.server: the key 'registry' is missing",
    ),
    _old(
        "adding a test without a category by branch",
        "{tests: {quick: {targets: [x]}}}",
        "31: repository.branches.old.overrides.tests.quick: needs a 'category'; known: unit, smoke, integration, performance, soak",
    ),
    _old(
        "an unknown agent by branch",
        "{pipelines: {post-merge: {agent: lrage}}}",
        "55: repository.branches.old.overrides.pipelines.post-merge.agent: unknown agent 'lrage'; did you mean 'large'?",
    ),
    _old(
        "an unknown credential by branch",
        "{stages: {scan: {commands: [x], after: build, pipelines: [publish], credentials: {K: lba}}}}",
        "107: repository.branches.old.overrides.stages.scan.credentials.K: unknown credentials 'lba'; did you mean 'lab'?",
    ),
    _old(
        "a stage after an unknown one by branch",
        "{stages: {scan: {commands: [x], after: bild, pipelines: [publish]}}}",
        "61: repository.branches.old.overrides.stages.scan.after: publish on old has no stage 'bild' to come after; did you mean 'build'?",
    ),
    _old(
        "an unknown upstream job by branch",
        "{pipelines: {publish: {upstream: [widget-post-merge-odl]}}}",
        "56: repository.branches.old.overrides.pipelines.publish.upstream[0]: there is no job 'widget-post-merge-odl'; did you mean 'widget-post-merge-old'?",
    ),
    case(
        "a mistake that two branches share",
        widget(
            "    main:",
            "    main:\n    old: {overrides: {build: {targets: [all]}}}",
            "  post-merge:",
            "  post-merge: {agent: lrage}",
        ),
        f"{W}:17:23: pipelines.post-merge.agent: unknown agent 'lrage'; did you mean 'large'?",
    ),
    case(
        "every branch at its end of life",
        widget("    main:", "    main: {end-of-life: 2026-01-31}\n    old: {end-of-life: 2025-01-31}"),
        f"{W}:6:3: repository.branches: every branch is at its end of life; remove the descriptor",
    ),
)

CASES = (*NAMES, *REFERENCES, *BRANCHES)
