"""What a person changed in Jenkins is found and shown; what Jenkins rewrote, or cannot hold, is told from it."""

from __future__ import annotations

from collections.abc import Iterator
from xml.etree import ElementTree

import pytest

from jjbgen import drift, generate, marks
from jjbgen.drift import Drift, Dropped
from jjbgen.moulds import Document
from jjbgen.syncplan import Kind
from jjbgen.xmlform import parsed
from tests.contract_jenkins import ContractJenkins
from tests.helpers import ROOT
from tests.jenkins_state import Plugin

GITHUB_TRIGGER = "org.jenkinsci.plugins.ghprb.GhprbTrigger"


@pytest.fixture(scope="module")
def documents() -> list[Document]:
    return list(generate.documents(generate.checked(ROOT)))


@pytest.fixture
def jenkins() -> Iterator[ContractJenkins]:
    """A controller with all plugins, which saves everything at once."""
    with ContractJenkins(plugins=[Plugin("ghprb", "1.42.2", "GitHub Pull Request Builder")]) as running:
        yield running


def pushed(jenkins: ContractJenkins, document: Document) -> Kind:
    """Put a document on the controller, with our mark, and let Jenkins save it."""
    root = parsed(document.text)
    marked = marks.marked(root, marks.of("example", document.name, root))
    text = ElementTree.tostring(marked, encoding="unicode")
    if document.is_view:
        jenkins.add_view(document.name, text)
        return Kind.VIEW
    jenkins.add_item(document.name, text)
    return Kind.JOB


def live(jenkins: ContractJenkins, document: Document) -> str:
    return jenkins.views()[document.name] if document.is_view else jenkins.config(document.name)


def compared(jenkins: ContractJenkins, document: Document, kind: Kind = Kind.JOB) -> Drift:
    return drift.compare(kind, parsed(document.text), parsed(live(jenkins, document)), jenkins.state.installed)


def named(documents: list[Document], name: str) -> Document:
    return next(each for each in documents if each.name == name)


def test_what_jenkins_rewrites_is_no_drift(documents: list[Document], jenkins: ContractJenkins) -> None:
    for document in documents:
        kind = pushed(jenkins, document)
        assert live(jenkins, document) != document.text
        assert compared(jenkins, document, kind) == Drift(edited=False, dropped=()), document.name


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("Checkout", "Check out"),
        ("<numToKeep>30<", "<numToKeep>3<"),
        ("<sandbox>true<", "<sandbox>false<"),
        ("ubuntu22.04-docker-4c-8g", "elsewhere"),
        ("<description>The branch to build</description>", "<description/>"),
        ("Owners: ", "Owner: "),
    ],
)
def test_an_edit_is_found_and_shown(old: str, new: str, documents: list[Document], jenkins: ContractJenkins) -> None:
    document = named(documents, "amf-post-merge-main")
    pushed(jenkins, document)
    before = jenkins.config(document.name)
    edited = before.replace(old, new)
    assert edited != before
    jenkins.edit(document.name, edited)
    assert compared(jenkins, document) == Drift(edited=True, dropped=())
    shown = list(drift.diff(Kind.JOB, parsed(document.text), parsed(jenkins.config(document.name))))
    changed = [line for line in shown[3:] if line[:1] in "+-"]
    assert changed
    assert all(old.strip("<>") in line or new.strip("<>") in line for line in changed)


def test_a_pipeline_is_shown_as_groovy(documents: list[Document], jenkins: ContractJenkins) -> None:
    document = named(documents, "amf-post-merge-main")
    pushed(jenkins, document)
    jenkins.edit(document.name, jenkins.config(document.name).replace("(&apos;Checkout&apos;)", "(&apos;Get&apos;)"))
    lines = list(drift.diff(Kind.JOB, parsed(document.text), parsed(jenkins.config(document.name))))
    assert lines[:2] == ["--- live", "+++ wanted"]
    assert "-    stage('Get') {" in lines
    assert "+    stage('Checkout') {" in lines


def test_who_disables_a_job_edits_nothing(documents: list[Document], jenkins: ContractJenkins) -> None:
    document = named(documents, "amf-post-merge-main")
    pushed(jenkins, document)
    jenkins.disable(document.name)
    assert compared(jenkins, document) == Drift(edited=False, dropped=())


def test_what_plugins_note_down_about_a_job_is_no_edit(documents: list[Document], jenkins: ContractJenkins) -> None:
    document = named(documents, "amf-post-merge-main")
    pushed(jenkins, document)
    # A declarative pipeline that has run keeps this in its job.
    action = "org.jenkinsci.plugins.pipeline.modeldefinition.actions.DeclarativeJobAction"
    jenkins.edit(document.name, jenkins.config(document.name).replace("<actions/>", f"<actions><{action}/></actions>"))
    assert action in jenkins.config(document.name)
    assert compared(jenkins, document) == Drift(edited=False, dropped=())


def test_what_jenkins_drops_for_want_of_a_plugin_is_told_as_that(documents: list[Document]) -> None:
    document = named(documents, "amf-pre-merge-main")
    assert GITHUB_TRIGGER in document.text
    with ContractJenkins() as jenkins:
        pushed(jenkins, document)
        assert GITHUB_TRIGGER not in jenkins.config(document.name)
        lost = (Dropped(GITHUB_TRIGGER, "ghprb"),)
        assert compared(jenkins, document) == Drift(edited=False, dropped=lost)
        jenkins.edit(document.name, jenkins.config(document.name).replace("Checkout", "Get"))
        assert compared(jenkins, document) == Drift(edited=True, dropped=lost)


def test_a_removed_part_of_an_installed_plugin_is_an_edit(documents: list[Document], jenkins: ContractJenkins) -> None:
    document = named(documents, "amf-pre-merge-main")
    pushed(jenkins, document)
    root = parsed(jenkins.config(document.name))
    for triggers in root.iter("triggers"):
        triggers.clear()
    jenkins.edit(document.name, ElementTree.tostring(root, encoding="unicode"))
    assert compared(jenkins, document) == Drift(edited=True, dropped=())


def test_where_the_plugins_cannot_be_seen_nothing_is_taken_for_dropped(documents: list[Document]) -> None:
    document = named(documents, "amf-pre-merge-main")
    with ContractJenkins() as jenkins:
        pushed(jenkins, document)
        found = drift.compare(Kind.JOB, parsed(document.text), parsed(jenkins.config(document.name)), None)
        assert found == Drift(edited=True, dropped=())


def test_the_order_of_a_views_jobs_is_jenkins_own(documents: list[Document], jenkins: ContractJenkins) -> None:
    document = named(documents, "All components")
    first, second = "<string>aaa-post-merge-master</string>", "<string>upf-publish-main</string>"
    text = document.text.replace(first, "@").replace(second, first).replace("@", second)
    pushed(jenkins, document)
    assert drift.compare(Kind.VIEW, parsed(text), parsed(live(jenkins, document)), {}) == Drift(
        edited=False, dropped=()
    )
    without = parsed(document.text.replace(first, ""))
    assert drift.compare(Kind.VIEW, without, parsed(live(jenkins, document)), {}).edited


FOLDER = "<com.cloudbees.hudson.plugins.folder.Folder>{}</com.cloudbees.hudson.plugins.folder.Folder>"


def test_of_a_folder_only_what_is_said_about_it_is_ours() -> None:
    wanted = parsed(FOLDER.format("<icon/><views/><description>new</description>"))
    others = "<properties><credentials>kept</credentials></properties><folderViews>kept</folderViews>"
    there = parsed(FOLDER.format(f"<description>old</description>{others}"))
    assert drift.compare(Kind.FOLDER, wanted, there, {}).edited
    laid = drift.overlaid(there, wanted)
    assert [(each.tag, each.text or each[0].text) for each in laid] == [
        ("properties", "kept"),
        ("folderViews", "kept"),
        ("description", "new"),
    ]
    assert not drift.compare(Kind.FOLDER, wanted, laid, {}).edited
