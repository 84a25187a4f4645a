"""The seal of a controller: with it an update that has nothing to do needs one request, and it hides nothing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jjbgen import marks, seal
from jjbgen.marks import JJB, Mark, Seal
from jjbgen.syncplan import Action, Choices, Key, Kind, Live, Wanted, plan

OWNER = "example"
VIEW: Key = (Kind.VIEW, "ci/All")


def item(kind: Kind, name: str, fingerprint: str = "a", *, off: bool = False) -> Wanted:
    mark = marks.of_fingerprint(OWNER, name, fingerprint * 32, off=off)
    return Wanted(kind, name, f"<project><disabled>{str(off).lower()}</disabled></project>", mark)


WANTED = (
    item(Kind.FOLDER, "ci"),
    item(Kind.FOLDER, "tools"),
    item(Kind.JOB, "ci/amf"),
    item(Kind.JOB, "ci/smf", off=True),
    item(Kind.VIEW, "ci/All"),
    item(Kind.VIEW, "ci/amf"),
)


def made(wanted: Wanted, mark: Mark | None = None) -> Live:
    """The item of a controller that was made as it is wanted."""
    return Live(wanted.kind, wanted.full_name, f"text{mark or wanted.mark}{JJB}", disabled=wanted.mark.off)


def in_step(wanted: Sequence[Wanted], of_others: Sequence[str] = ()) -> list[Live]:
    """All as wanted, under a seal; some of the folders are not ours."""
    there = [
        Live(each.kind, each.full_name, "of people") if each.full_name in of_others else made(each) for each in wanted
    ]
    new = seal.of("state", OWNER, plan(OWNER, wanted, there, Choices()), there)
    assert new is not None
    sealed = next(each for each in wanted if each.key == VIEW)
    return [made(sealed, replace(sealed.mark, seal=new)) if each.key == VIEW else each for each in there]


def test_what_is_under_its_seal_is_in_step() -> None:
    assert seal.found("state", OWNER, in_step(WANTED), VIEW) == len(WANTED)


def test_the_seal_of_what_is_to_be_made_is_that_of_what_was_made() -> None:
    before = plan(OWNER, WANTED, (), Choices())
    assert {step.action for step in before.steps} == {Action.CREATE}
    mark = in_step(WANTED)[4].mark
    assert mark is not None
    assert mark.seal is not None
    assert seal.of("state", OWNER, before, ()) == mark.seal


def test_a_seal_is_of_one_state_of_the_config_repo() -> None:
    assert seal.found("another", OWNER, in_step(WANTED), VIEW) is None


def test_a_folder_that_others_have_made_is_in_step_until_it_goes() -> None:
    listed = in_step(WANTED, of_others=["tools"])
    assert seal.found("state", OWNER, listed, VIEW) == len(WANTED)
    assert seal.found("state", OWNER, [each for each in listed if each.full_name != "tools"], VIEW) is None


@pytest.mark.parametrize(
    "listed",
    [
        (*(made(each) for each in WANTED), made(item(Kind.JOB, "ci/old"))),
        (Live(Kind.JOB, "ci/amf", "by hand"),),
    ],
    ids=["something is left", "something is in the way"],
)
def test_there_is_no_seal_where_a_plan_leaves_anything(listed: tuple[Live, ...]) -> None:
    assert seal.of("state", OWNER, plan(OWNER, WANTED, listed, Choices()), listed) is None


@st.composite
def disturbed(draw: st.DrawFn) -> list[Live]:
    """A controller under its seal, on which people and other config repos may have done anything since."""
    listed = in_step(WANTED, draw(st.sampled_from([(), ("tools",), ("ci", "tools")])))
    for _ in range(draw(st.integers(0, 3))):
        at = draw(st.integers(0, len(listed) - 1))
        each = listed[at]
        mark = each.mark
        others = [
            replace(each, disabled=not each.disabled),
            replace(each, description="by hand"),
            replace(each, full_name=f"{each.full_name}-copy"),
        ]
        if mark:
            changed = (
                replace(mark, xml="b" * 32),
                replace(mark, owner="other"),
                replace(mark, off=not mark.off),
                replace(mark, seal=None),
                replace(mark, seal=Seal(4, "0" * 32)),
            )
            others += [replace(each, description=f"text{other}{JJB}") for other in changed]
        listed[at : at + 1] = draw(st.sampled_from([[], [each, others[2]], *([other] for other in others)]))
        if not listed:
            break
    return listed


@given(disturbed())
def test_a_seal_hides_nothing_that_is_to_be_done(listed: list[Live]) -> None:
    decided = plan(OWNER, WANTED, listed, Choices())
    number = seal.found("state", OWNER, listed, VIEW)
    if number is not None:
        assert not decided.differs
        assert decided.of(Action.LEFT) == ()
        assert number == len(decided.of(Action.UNCHANGED))
