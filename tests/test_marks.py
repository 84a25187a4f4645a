"""Marks: what is ours on a controller, and what must never be taken for it."""

from __future__ import annotations

from xml.etree import ElementTree

import pytest

from jjbgen import marks
from jjbgen.marks import JJB, Mark
from jjbgen.xmlform import canonical, parsed

DESCRIPTION = f"Text &lt;b&gt;{JJB.replace('<', '&lt;')}"
XML = f"<flow-definition><description>{DESCRIPTION}</description><script>x</script></flow-definition>"
MARK = marks.of("example", "folder/job", parsed(XML))


def pushed(xml: str = XML, mark: Mark = MARK) -> ElementTree.Element:
    return parsed(ElementTree.tostring(marks.marked(parsed(xml), mark), encoding="unicode"))


def test_a_mark_comes_back_from_the_description_that_was_pushed() -> None:
    assert marks.found(pushed().findtext("description")) == MARK
    assert MARK.is_of("example", "folder/job")


def test_a_person_sees_the_description_and_jjb_its_own_mark() -> None:
    description = pushed().findtext("description") or ""
    assert description.startswith("Text <b><!-- jjbgen ")
    assert marks.is_of_jjb(description)


def test_a_job_without_a_description_gets_one() -> None:
    assert marks.found(pushed("<flow-definition/>").findtext("description")) == MARK


def test_the_mark_takes_no_part_in_what_is_compared() -> None:
    assert canonical(marks.unmarked(pushed())) == canonical(parsed(XML))
    assert marks.of("example", "folder/job", marks.unmarked(pushed())) == MARK


def test_a_disabled_job_says_who_disabled_it() -> None:
    off = marks.of("example", "job", parsed("<flow-definition><disabled>true</disabled></flow-definition>"))
    assert off.off
    assert marks.found(f"{off}") == off


@pytest.mark.parametrize(
    ("owner", "name"),
    [("other", "folder/job"), ("example", "folder/job copy"), ("example", "job"), ("Example", "folder/job")],
)
def test_a_mark_of_another_owner_or_of_the_original_of_a_copy_is_not_ours(owner: str, name: str) -> None:
    assert not MARK.is_of(owner, name)


@pytest.mark.parametrize(
    "description",
    [
        None,
        "",
        JJB,
        f"{MARK} and then a person wrote more",
        f"{MARK}{JJB} more",
        str(MARK).replace("jjbgen", "jjb"),
        str(MARK).replace(MARK.xml, "x"),
        str(MARK).replace("<!--", "&lt;!--"),
        f"{MARK}<!-- jjbgen example -->",
    ],
)
def test_what_only_looks_like_a_mark_says_nothing(description: str | None) -> None:
    assert marks.found(description) is None


def test_of_two_marks_the_last_one_counts() -> None:
    other = Mark("other", "0" * 16, "f" * 32)
    assert marks.found(f"{MARK}{other}{JJB}") == other
