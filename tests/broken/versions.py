"""Mistakes in the rules for versions."""

# ruff: noqa: E501 - the lines that are told stand as they are told

from __future__ import annotations

from tests.broken import S, W, added, case, settings

_IMAGES = "images: {widget: {repository: example/widget, registry: docker}}\n"

VALUES = (
    case(
        "a tag prefix that git would not take",
        added("version: {tag-prefix: 'v..'}\n"),
        f"{W}:19:23: version.tag-prefix: 'v..' is not a prefix of git tags; write one like v, or component/v",
    ),
    case(
        "a linked file that has no version",
        added("version: {linked: [go.mod]}\n"),
        f"{W}:19:20: version.linked[0]: 'go.mod' is no file that jjbgen reads versions from; known: VERSION, package.json, pom.xml, Chart.yaml, pyproject.toml, setup.cfg, *.py",
    ),
    case(
        "a linked file outside of the checkout",
        added("version: {linked: ../package.json}\n"),
        f"{W}:19:11: version.linked: '../package.json' is not a path inside the checkout; write it relative, without '..'",
    ),
    case(
        "a linked file twice",
        added("version: {linked: [package.json, package.json]}\n"),
        f"{W}:19:19: version.linked: 'package.json' stands here twice",
    ),
    case(
        "an unknown policy for parent images",
        added(f"{_IMAGES}version: {{parents: pinned}}\n"),
        f"{W}:20:20: version.parents: unknown parents 'pinned'; known: any, digest, version",
    ),
    case(
        "an image tag with an unknown placeholder",
        added(f"{_IMAGES}version: {{image-tags: ['{{majro}}']}}\n"),
        f"{W}:20:24: version.image-tags[0]: '{{majro}}' is not an image tag; write it like {{major}}.{{minor}}, or {{version}}-alpine",
    ),
    case(
        "a parent image with a blank",
        added(f"{_IMAGES}version: {{allowed-parents: [alpine edge]}}\n"),
        f"{W}:20:29: version.allowed-parents[0]: 'alpine edge' is not an image; write it as the Dockerfile does, like alpine:edge",
    ),
    case(
        "a tagger without an address",
        added("version: {tagger: Jenkins}\n"),
        f"{W}:19:19: version.tagger: 'Jenkins' is not who makes tags; write it like 'Jenkins <jenkins@example.org>'",
    ),
    case(
        "a flag that is none",
        added("version: {predecessor: maybe}\n"),
        f"{W}:19:24: version.predecessor: has to be true or false, not 'maybe'",
    ),
    case(
        "an unknown rule of the settings",
        settings("  agent: virtual", "  agent: virtual\n  version: {tagprefix: v}"),
        f"{S}:21:13: defaults.version.tagprefix: unknown key 'tagprefix'; did you mean 'tag-prefix'?",
    ),
)

EFFECTS = (
    case(
        "rules without a pipeline that publishes",
        added("version: {tag-prefix: v}\n", "  publish:\n", ""),
        f"{W}:18:1: version: no pipeline has a stage for it; add one of publish, or remove it",
    ),
    case(
        "rules for images without images",
        added("version: {parents: digest, allowed-parents: [alpine:edge], image-tags: [latest]}\n"),
        f"{W}:19:11: version.parents: has no effect on a component without images",
        f"{W}:19:28: version.allowed-parents: has no effect on a component without images",
        f"{W}:19:60: version.image-tags: has no effect on a component without images",
    ),
    case(
        "allowed parent images where any are",
        added(f"{_IMAGES}version: {{parents: any, allowed-parents: [alpine:edge]}}\n"),
        f"{W}:20:25: version.allowed-parents: has no effect when 'parents' is 'any'",
    ),
    case(
        "a next change that nobody may push",
        added("version: {next-change: true}\n"),
        f"{W}:19:24: version.next-change: nobody can push it: the code host 'review' has no 'push-credentials'; add them in jjbgen.yaml, or say 'next-change: false'",
    ),
)

CASES = (*VALUES, *EFFECTS)
