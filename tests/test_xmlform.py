"""The canonical form: what Jenkins rewrites is the same to it, what a person changes is not."""

from __future__ import annotations

from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jjbgen import generate, xmlform
from jjbgen.xmlform import Element, XmlError, canonical, fingerprint, parsed
from tests.contract_jenkins import ContractJenkins
from tests.helpers import ROOT
from tests.jenkins_state import Plugin

JOB = """\
<?xml version="1.0" encoding="utf-8"?>
<flow-definition plugin="workflow-job">
  <definition class="CpsFlowDefinition" plugin="workflow-cps">
    <script>pipeline {
  agent any
}</script>
    <sandbox>true</sandbox>
  </definition>
  <properties>
    <parameters>
      <parameterDefinitions><string><name>A</name></string><choice><name>B</name></choice></parameterDefinitions>
    </parameters>
  </properties>
  <description>d</description>
</flow-definition>
"""


def form(text: str) -> Element:
    return canonical(parsed(text))


def test_this_repositorys_jobs_stay_what_they_are_when_jenkins_saves_them() -> None:
    documents = dict(generate.xml(generate.checked(ROOT)))
    assert len(documents) > 60
    with ContractJenkins(writes_anew=True) as jenkins:
        # The recorded controller has everything but the plugin of GitHub's pull requests.
        jenkins.state.plugins["ghprb"] = Plugin("ghprb", "1.42.2", "GitHub Pull Request Builder")
        for name, text in documents.items():
            if parsed(text).tag == "flow-definition":
                jenkins.add_item(name, text, saved=True)
                saved = jenkins.config(name)
                assert saved != text
                assert form(saved) == form(text), name


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('<?xml version="1.0" encoding="utf-8"?>', "<?xml version='1.1' encoding='UTF-8'?>"),
        ('plugin="workflow-job"', 'plugin="workflow-job@1546.v62a_c59c112dd"'),
        ("<sandbox>true</sandbox>\n  </definition>", "<sandbox>true</sandbox></definition>"),
        (
            "</flow-definition>",
            "<disabled>false</disabled><keepDependencies>false</keepDependencies></flow-definition>",
        ),
        ("</flow-definition>", "<triggers/><actions></actions></flow-definition>"),
        ("<description>d</description>", "<description><![CDATA[d]]></description>"),
    ],
)
def test_what_jenkins_rewrites_changes_nothing(old: str, new: str) -> None:
    assert old in JOB
    assert form(JOB.replace(old, new)) == form(JOB)
    assert fingerprint(form(JOB.replace(old, new))) == fingerprint(form(JOB))


def test_the_order_of_different_elements_changes_nothing() -> None:
    first, last = "  <description>d</description>\n", '<flow-definition plugin="workflow-job">\n'
    assert form(JOB.replace(first, "").replace(last, last + first)) == form(JOB)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("agent any", "agent none"),
        ("agent any\n", "agent any\n\n"),
        ("true", "false"),
        ('class="CpsFlowDefinition"', 'class="CpsScmFlowDefinition"'),
        ("<description>d", "<description>e"),
        ("</flow-definition>", "<disabled>true</disabled></flow-definition>"),
        ("</flow-definition>", "<triggers><t/></triggers></flow-definition>"),
        ("<string><name>A</name></string>", ""),
        (
            "<string><name>A</name></string><choice><name>B</name></choice>",
            "<choice><name>B</name></choice><string><name>A</name></string>",
        ),
    ],
)
def test_what_a_person_changes_is_seen(old: str, new: str) -> None:
    assert old in JOB
    assert form(JOB.replace(old, new)) != form(JOB)
    assert fingerprint(form(JOB.replace(old, new))) != fingerprint(form(JOB))


def test_the_order_of_equal_elements_counts() -> None:
    assert form("<a><b>1</b><b>2</b></a>") != form("<a><b>2</b><b>1</b></a>")


@pytest.mark.parametrize(
    "text",
    ["", "<a>", "no XML", "<a></b>", '<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><a>&x;</a>', "<a>&x;</a>"],
)
def test_what_is_no_xml_of_an_item_is_refused(text: str) -> None:
    with pytest.raises(XmlError):
        parsed(text)


def test_a_page_of_html_in_a_script_is_no_document_type() -> None:
    script = "<a><script><![CDATA[<!DOCTYPE html>]]></script></a>"
    assert parsed(script).findtext("script") == "<!DOCTYPE html>"


@pytest.mark.parametrize("before", ["", "<?xml version='1.1'?>\n", "<?xml version='1.0'?><!-- x --><?y z?> "])
def test_a_document_type_is_refused_wherever_it_may_stand(before: str) -> None:
    with pytest.raises(XmlError, match="document type"):
        parsed(f"{before}<!DOCTYPE a><a/>")


def test_a_pipeline_is_shown_as_it_is() -> None:
    assert list(xmlform.lines(form(JOB)))[:7] == [
        "<flow-definition>",
        '  <definition class="CpsFlowDefinition">',
        "    <sandbox>true</sandbox>",
        "    <script>",
        "pipeline {",
        "  agent any",
        "}",
    ]


TEXTS = st.text(st.sampled_from("ab<>&\"' \n;"), max_size=6)
ELEMENTS = st.recursive(
    st.builds(lambda tag, text: Element(tag, (), text, ()), st.sampled_from("ab"), TEXTS),
    lambda inner: st.builds(
        lambda tag, children: Element(tag, (), "", tuple(children)), st.sampled_from("ab"), st.lists(inner, max_size=3)
    ),
    max_leaves=6,
)


@given(ELEMENTS, ELEMENTS)
def test_only_equal_elements_have_one_fingerprint(one: Element, other: Element) -> None:
    assert (fingerprint(one) == fingerprint(other)) == (one == other)


@given(ELEMENTS)
def test_writing_and_reading_gives_the_same(element: Element) -> None:
    def written(each: Element) -> ElementTree.Element:
        made = ElementTree.Element(each.tag)
        made.text = each.text
        made.extend(written(child) for child in each.children)
        return made

    root = written(element)
    assert canonical(parsed(ElementTree.tostring(root, encoding="unicode"))) == canonical(root)


def test_a_hostile_document_is_refused_at_once() -> None:
    for text in ("<!-- a -->" * 5000 + "<x/>", "<a>" * 5000, "\ufeff<!DOCTYPE a [<!ENTITY b 'boo'>]><a>&b;</a>"):
        with pytest.raises(XmlError):
            parsed(text + "<")


def test_what_xml_1_1_allows_is_read() -> None:
    text = "<?xml version='1.1'?><a>&#x1b;[31m&#27;&#9;&#x41;</a>"
    assert parsed(text).text == "?[31m?\tA"
