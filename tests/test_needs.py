"""What a job needs of its controller, read from its XML and its pipeline."""

from __future__ import annotations

from xml.etree import ElementTree
from xml.sax.saxutils import escape

import pytest

from jjbgen import generate, needs, plugintable
from jjbgen.needs import Need, What
from jjbgen.xmlform import parsed
from tests.helpers import ROOT

PLUGIN, AGENT, CREDENTIALS = What.PLUGIN, What.AGENT, What.CREDENTIALS


def pipeline(script: str) -> ElementTree.Element:
    return parsed(f"<flow-definition><definition><script>{escape(script)}</script></definition></flow-definition>")


def of(root: ElementTree.Element, what: What) -> set[str]:
    return {need.name for need in needs.of(root) if need.what is what}


def test_this_repositorys_jobs_need_what_its_settings_name() -> None:
    documents = generate.documents(generate.checked(ROOT))
    found = needs.gathered((each.name, parsed(each.text)) for each in documents)
    names = {what: {need.name for need in found if need.what is what} for what in What}
    assert names[AGENT] == {"qa && kind", "qa-hardware", "ubuntu22.04-docker-4c-8g", "ubuntu22.04-docker-8c-16g"}
    assert {"docker-hub-push", "gerrit-push", "github-push", "qa-cluster"} <= names[CREDENTIALS]
    assert names[What.GERRIT_SERVER] == {"opencord"}
    assert {"gerrit-trigger", "ghprb", "github", "workflow-job", "workflow-cps", "git", "slack"} <= names[PLUGIN]
    assert names[What.CLASS] == set()
    assert found[Need(CREDENTIALS, "qa-cluster")] == (
        "bbsim-nightly-master",
        "smf-nightly-main",
        "smf-weekly-soak-main",
    )


@pytest.mark.parametrize(
    ("script", "plugins", "credentials"),
    [
        ("junit 'a.xml'", {"junit"}, set()),
        ("steps {\n  junit(allowEmptyResults: true)\n}", {"junit"}, set()),
        ("sh '''\n  robot --outputdir results\n  lock\n'''", set(), set()),
        ('sh "robot tests"', set(), set()),
        ("// lock('x')\n/* junit */", set(), set()),
        ("sh 'a // b'\nlock('x') {}", {"lockable-resources"}, set()),
        ("sh 'it\\'s lock'", set(), set()),
        ("timeout(time: 1)\nbuild: 'x'", set(), set()),
        ("steps.junit('x')", set(), set()),
        ("withCredentials([file(credentialsId: 'lab', variable: 'A')]) {}", {"credentials-binding"}, {"lab"}),
        ("environment { A = credentials('lab') }", set(), {"lab"}),
        ("sh 'credentialsId: x'", set(), set()),
    ],
)
def test_a_pipeline_needs_what_it_names_outside_of_texts_and_comments(
    script: str, plugins: set[str], credentials: set[str]
) -> None:
    assert of(pipeline(script), PLUGIN) == {*plugins, "workflow-job"}
    assert of(pipeline(script), CREDENTIALS) == credentials


def test_agents_are_parameters_of_a_pipeline_and_the_node_of_a_freestyle_job() -> None:
    tag = "hudson.model.StringParameterDefinition"
    parameter = f"<{tag}><name>{{}}</name><defaultValue>{{}}</defaultValue></{tag}>"
    listed = "".join(parameter.format(*pair) for pair in (("AGENT", "a"), ("AGENT_QA", "b c"), ("AGENTS", "no")))
    root = parsed(f"<flow-definition><definition><script/></definition><p>{listed}</p></flow-definition>")
    assert of(root, AGENT) == {"a", "b c"}
    assert of(parsed(f"<project><assignedNode>big</assignedNode><p>{listed}</p></project>"), AGENT) == {"big"}


@pytest.mark.parametrize(
    ("xml", "plugin"),
    [
        ("<hudson.tasks.Shell/>", plugintable.CORE),
        ("<hudson.tasks.junit.JUnitResultArchiver/>", "junit"),
        ('<scm class="hudson.plugins.git.GitSCM"/>', "git"),
        ('<x plugin="rebuild@1.34"/>', "rebuild"),
        ("<hudson.plugins.build__timeout.BuildTimeoutWrapper/>", "build-timeout"),
        ("<com.example.Unknown_-Part/>", None),
        ("<description/>", plugintable.CORE),
        ("<matrix-project/>", "matrix-project"),
    ],
)
def test_an_element_needs_the_plugin_of_its_class(xml: str, plugin: str | None) -> None:
    assert plugintable.plugin_of(parsed(xml)) == plugin


def test_a_class_that_nobody_knows_is_named_as_in_java() -> None:
    root = parsed("<project><builders><com.example.Some__Thing_-Part/></builders></project>")
    assert of(root, What.CLASS) == {"com.example.Some_Thing$Part"}


def test_needs_are_sorted_and_name_every_job_once() -> None:
    root = pipeline("junit 'a'\njunit 'b'\nlock('x') {}")
    found = needs.gathered([("b", root), ("a", root)])
    assert [need.name for need in found] == ["junit", "lockable-resources", "workflow-job"]
    assert set(found.values()) == {("a", "b")}


def test_whatever_needs_a_plugin_that_is_not_installed_is_suspected_and_nothing_is_when_all_are() -> None:
    texts = [document.text for document in generate.documents(generate.checked(ROOT))]
    needed = {text: of(parsed(text), PLUGIN) for text in texts}
    everything = {*plugintable.CLASSES.values(), *plugintable.STEPS.values(), *plugintable.ROOTS.values()}
    assert not any(map(needs.Suspicion(everything).of, texts))
    for plugin in set().union(*needed.values()):
        suspicion = needs.Suspicion(everything - {plugin})
        assert [text for text in texts if plugin in needed[text] and not suspicion.of(text)] == []


@pytest.mark.parametrize("name", [*plugintable.CLASSES, *plugintable.STEPS])
@pytest.mark.parametrize("form", ["<a><{tag}Any/></a>", '<a><b class="{name}Any"/></a>', "<a>{name}</a>"])
def test_no_class_and_no_step_escapes_suspicion(name: str, form: str) -> None:
    plugin = {**plugintable.CLASSES, **plugintable.STEPS}[name]
    xml = form.format(name=name, tag=name.replace("_", "__"))
    assert needs.Suspicion(()).of(xml) or plugin == plugintable.CORE


def test_a_plugin_that_is_written_is_suspected_however_it_is_quoted() -> None:
    assert needs.Suspicion(["git"]).of('<a plugin="odd@1"/>')
    assert needs.Suspicion(["git"]).of("<a plugin='odd@1'/>")
    assert not needs.Suspicion(["git"]).of('<a plugin="git@1"/>')
