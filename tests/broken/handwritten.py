"""Mistakes in hand-written JJB files."""

# ruff: noqa: E501 - a message stands on one line, as it is told

from __future__ import annotations

from pathlib import Path

from tests.broken import Case, J, by_hand, case, settings

_ALLOWED = "allowed are !include-raw-expand:, !include-raw-verbatim:, !include:, !join:"


def _include(what: str, path: str, *told: str) -> Case:
    return case(what, by_hand(f"- job:\n    name: extra\n    description: !include-raw-verbatim: {path}\n"), *told)


def _link_out(root: Path) -> None:
    outside = root.parent / "outside.sh"
    outside.write_text("exit\n", encoding="utf-8")
    (root / "notes.sh").symlink_to(outside)
    (root / J).parent.mkdir()
    (root / J).write_text(
        "- job:\n    name: extra\n    description: !include-raw-verbatim: notes.sh\n", encoding="utf-8"
    )


def _folder(root: Path) -> None:
    (root / J).mkdir(parents=True)


SHAPES = (
    case("an empty hand-written file", by_hand(""), f"{J}: is empty"),
    case("a mapping for the list of jobs", by_hand("job:\n  name: extra\n"), f"{J}:1:1: has to be a list"),
    case(
        "items that are no jobs",
        by_hand("- job: {name: extra}\n  view: {name: extra}\n- extra\n- []\n"),
        f"{J}:1:3: [0]: has to be a mapping with one key, like 'job'",
        f"{J}:3:3: [1]: has to be a mapping with one key, like 'job'",
        f"{J}:4:3: [2]: has to be a mapping with one key, like 'job'",
    ),
    case("a text for a job", by_hand("- job: extra\n"), f"{J}:1:8: [0].job: has to be a mapping"),
    case("nothing for a job", by_hand("- job:\n"), f"{J}:1:7: [0].job: has to be a mapping"),
    case("a folder for a hand-written file", {}, f"{J}: is not a file", prepare=_folder),
    case(
        "a key twice in a hand-written file",
        by_hand("- job: {name: extra, name: more}\n"),
        f"{J}:1:22: the key 'name' stands here twice; first on line 1",
    ),
    case(
        "a tab in a hand-written file",
        by_hand("- job:\n\tname: extra\n"),
        f"{J}:2:1: a tab in the indentation; YAML is indented with spaces",
    ),
    case(
        "a second document by hand",
        by_hand("- job: {name: extra}\n---\n- job: {name: more}\n"),
        f"{J}:2:1: a second document in one file; one file holds one document",
    ),
    case(
        "a secret in a hand-written file",
        by_hand("- job:\n    name: extra\n    description: " + "AKIA" + "ABCDEFGHIJKLMNOP" + "\n"),
        f"{J}:3:18: [0].job.description: looks like a secret: an AWS access key; keep it in Jenkins and name its credentials id",
    ),
)

LOADING = (
    case(
        "Python in a hand-written file",
        by_hand("- job: !!python/object/apply:os.getcwd []\n"),
        f"{J}:1:8: the tag '!!python/object/apply:os.getcwd' is not allowed; {_ALLOWED}",
    ),
    case(
        "Jinja in a hand-written file",
        by_hand("- job:\n    name: extra\n    description: !j2: '{{ x }}'\n"),
        f"{J}:3:18: the tag '!j2:' is not allowed; allowed are !include-raw-expand:, !include-raw-verbatim:, !include:, !join:",
    ),
    case(
        "an include that doubles braces",
        by_hand("- job:\n    name: extra\n    description: !include-raw-escape: notes.sh\n"),
        f"{J}:3:18: the tag '!include-raw-escape:' is not allowed; allowed are !include-raw-expand:, !include-raw-verbatim:, !include:, !join:",
    ),
    _include(
        "an include from outside",
        "../notes.sh",
        f"{J}:3:18: '../notes.sh' cannot be included; write a path from the top of the config repo, without '..' and braces",
    ),
    _include(
        "an absolute include",
        "/etc/hostname",
        f"{J}:3:18: '/etc/hostname' cannot be included; write a path from the top of the config repo, without '..' and braces",
    ),
    _include(
        "an include from someone's home",
        "~/notes.sh",
        f"{J}:3:18: '~/notes.sh' cannot be included; write a path from the top of the config repo, without '..' and braces",
    ),
    _include(
        "an include with a placeholder",
        "'{name}.sh'",
        f"{J}:3:18: '{{name}}.sh' cannot be included; write a path from the top of the config repo, without '..' and braces",
    ),
    _include(
        "includes of which one is from outside",
        "[notes.sh, ../notes.sh]",
        f"{J}:3:18: '../notes.sh' cannot be included; write a path from the top of the config repo, without '..' and braces",
        f"{J}:3:18: 'notes.sh' cannot be included: no such file",
    ),
    _include("an include that is not there", "notes.sh", f"{J}:3:18: 'notes.sh' cannot be included: no such file"),
    case(
        "an include through a link to outside",
        {},
        f"{J}:3:18: 'notes.sh' cannot be included: is a link out of the config repo",
        prepare=_link_out,
    ),
    case(
        "Python in an included file",
        {
            **by_hand("- job:\n    name: extra\n    description: !include: more.yaml\n"),
            "more.yaml": "!!python/name:os.sep\n",
        },
        f"more.yaml:1:1: the tag '!!python/name:os.sep' is not allowed; {_ALLOWED}",
    ),
)

EFFECTS = (
    case(
        "global defaults",
        by_hand("- defaults: {name: global, node: large}\n"),
        f"{J}:1:3: global defaults would change the generated jobs; give them a name",
    ),
    case(
        "a macro in place of a trigger",
        by_hand("- trigger: {name: gerrit, triggers: []}\n"),
        f"{J}:1:3: the trigger 'gerrit' would change the generated jobs; give it another name",
    ),
    case(
        "a macro in place of a parameter",
        by_hand("- parameter: {name: string, parameters: []}\n"),
        f"{J}:1:3: the parameter 'string' would change the generated jobs; give it another name",
    ),
    case(
        "a macro in place of a property",
        by_hand("- property: {name: build-discarder, properties: []}\n"),
        f"{J}:1:3: the property 'build-discarder' would change the generated jobs; give it another name",
    ),
    case(
        "a job's name is taken",
        by_hand("- job:\n    name: widget-publish-main\n"),
        f"{J}:1:3: the name 'widget-publish-main' is taken by a job of components/widget.yaml; give one of them another name",
    ),
    case(
        "a job's name is taken but for its case",
        by_hand("- job:\n    name: Widget-Publish-Main\n"),
        f"{J}:1:3: the name 'Widget-Publish-Main' is taken by a job of components/widget.yaml; give one of them another name",
    ),
    case(
        "a job's name is taken in its folder",
        {
            **by_hand("- job:\n    name: widget-publish-main\n    folder: ci\n"),
            **settings("owner: example", "owner: example, folder: ci"),
        },
        f"{J}:1:3: the name 'ci/widget-publish-main' is taken by a job of components/widget.yaml; give one of them another name",
    ),
    case(
        "a job's name is taken by a component's view",
        by_hand("- job:\n    name: widget\n"),
        f"{J}:1:3: the name 'widget' is taken by the view of components/widget.yaml; give one of them another name",
    ),
    case(
        "a view's name is taken by the root view",
        by_hand("- view:\n    name: all components\n    view-type: list\n"),
        f"{J}:1:3: the name 'all components' is taken by the root view; give one of them another name",
    ),
    case(
        "a template's name is taken",
        by_hand(
            "- job-template:\n    name: widget-{what}-main\n- project:\n    name: extra\n    what: [publish]\n    jobs: ['widget-{what}-main']\n"
        ),
        f"{J}:3:3: the name 'widget-publish-main' is taken by a job of components/widget.yaml; give one of them another name",
    ),
    case(
        "a job's name that Jenkins does not allow",
        by_hand("- job:\n    name: extra?\n"),
        f"{J}:1:3: 'extra?' is not a name that Jenkins allows",
    ),
    case(
        "a job's name that leads out",
        by_hand("- job:\n    name: ../extra\n"),
        f"{J}:1:3: '../extra' is not a name that Jenkins allows",
    ),
)

HIDDEN = (
    case(
        "a macro named by a merge key",
        by_hand("- _name: &name {name: gerrit}\n- trigger:\n    <<: *name\n    triggers: []\n"),
        f"{J}:2:3: the trigger 'gerrit' would change the generated jobs; give it another name",
    ),
    case(
        "a macro named in parts",
        by_hand("- trigger:\n    name: !join: ['', [ger, rit]]\n    triggers: []\n"),
        f"{J}:1:3: the trigger 'gerrit' would change the generated jobs; give it another name",
    ),
    case(
        "global defaults named by a merge key",
        by_hand("- _name: &name {name: global}\n- defaults:\n    <<: *name\n    node: large\n"),
        f"{J}:2:3: global defaults would change the generated jobs; give them a name",
    ),
    case(
        "an include in an included file from outside",
        {
            **by_hand("- job:\n    name: extra\n    description: !include: more.yaml\n"),
            "more.yaml": "a: !include: ../x\n",
        },
        "more.yaml:1:4: '../x' cannot be included; write a path from the top of the config repo, without '..' and braces",
    ),
    case(
        "a secret in an included file",
        {
            **by_hand("- job:\n    name: extra\n    description: !include: more.yaml\n"),
            "more.yaml": "a: " + "AKIA" + "ABCDEFGHIJKLMNOP" + "\n",
        },
        "more.yaml:1:4: a: looks like a secret: an AWS access key; keep it in Jenkins and name its credentials id",
    ),
    case(
        "a file that includes itself",
        {
            **by_hand("- job:\n    name: extra\n    description: !include: more.yaml\n"),
            "more.yaml": "a: !include: more.yaml\n",
        },
        "more.yaml:1:4: 'more.yaml' cannot be included: it includes itself",
    ),
)

REFUSED_BY_JJB = (
    case(
        "a value that YAML gives a meaning of its own",
        by_hand("- job: {name: extra, description: =}\n"),
        "jjb/extra.yaml:1:35: JJB cannot read it: could not determine a constructor for the tag 'tag:yaml.org,2002:value'",
    ),
    case(
        "a merge key with a text",
        by_hand("- job: {<<: extra, name: extra}\n"),
        "jjb/extra.yaml:1:13: JJB cannot read it: expected a mapping or list of mappings for merging, but found scalar",
    ),
    case(
        "a hand-written file in a folder of its own",
        {"jjb/more/extra.yaml": "- job:\n    name: extra\n"},
        "jjb/more/extra.yaml: is not read; put it directly into jjb/",
    ),
    case(
        "a hand-written file with a loud ending",
        {"jjb/extra.YAML": "- job:\n    name: extra\n"},
        "jjb/extra.YAML: is not read; write its ending in lower case: .yaml",
    ),
    case(
        "a project whose jobs are a text",
        by_hand("- project:\n    name: extra\n    jobs: extra\n"),
        "jjb: JJB cannot read it: 'str' object has no attribute 'value_pos'",
    ),
    case(
        "a job by hand twice",
        {"jjb/one.yaml": "- job:\n    name: extra\n", "jjb/two.yaml": "- job:\n    name: extra\n"},
        "jjb/two.yaml:1:3: Duplicate job: 'extra'",
    ),
    case(
        "a template that is not there",
        by_hand("- project:\n    name: extra\n    jobs: ['extra-{what}']\n"),
        f"{J}:3:12: Failed to find suitable job/view/template named 'extra-{{what}}'",
    ),
    case(
        "a template without its value",
        by_hand("- job-template:\n    name: extra-{what}\n- project:\n    name: extra\n    jobs: ['extra-{what}']\n"),
        f"{J}:2:11: While formatting string 'extra-{{what}}': Missing parameter: 'what'",
    ),
    case(
        "a job by hand without a name",
        by_hand("- job:\n    description: extra\n"),
        f"{J}:2:5: Missing required element: 'name'",
    ),
    case(
        "a kind of item that JJB does not know",
        by_hand("- jbo:\n    name: extra\n"),
        f"{J}:1:3: Unknown topmost element type : 'jbo'; known are: defaults,job,job-template,job-group,view,view-template,view-group,project,parameter,property,builder,wrapper,trigger,publisher,scm,pipeline-scm,reporter,notification.",
    ),
)

CASES = (*SHAPES, *LOADING, *EFFECTS, *HIDDEN, *REFUSED_BY_JJB)
