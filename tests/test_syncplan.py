"""What is to be done on a controller: minimal, and never with what is not ours."""

from __future__ import annotations

from fnmatch import fnmatchcase

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jjbgen import marks
from jjbgen.errors import RefusedError
from jjbgen.marks import JJB
from jjbgen.syncplan import Action, Choices, Kind, Live, SyncPlan, Wanted, plan
from jjbgen.xmlform import parsed

OWNER = "example"


def wanted(name: str, text: str = "v1", *, kind: Kind = Kind.JOB, disabled: bool = False) -> Wanted:
    off = "<disabled>true</disabled>" if disabled else "<disabled>false</disabled>"
    root = parsed(f"<item><script>{text}</script>{off}</item>")
    return Wanted(kind, name, root, marks.of(OWNER, name, root))


def live(item: Wanted, *, disabled: bool = False, owner: str = OWNER, name: str | None = None) -> Live:
    """What `item` is on the controller after it was pushed; under another `name` a copy that somebody made of it."""
    mark = marks.of(owner, item.full_name, item.root)
    return Live(item.kind, name or item.full_name, f"Text{mark}{JJB}", disabled)


def foreign(name: str, description: str | None = "by hand", *, kind: Kind = Kind.JOB) -> Live:
    return Live(kind, name, description)


def planned(items: list[Wanted], found: list[Live], **choices: object) -> SyncPlan:
    return plan(OWNER, items, found, Choices(**choices))  # type: ignore[arg-type] # of the test's own words


def told(made: SyncPlan) -> list[tuple[str, str]]:
    return [(step.action.value, step.full_name) for step in made.steps if step.action is not Action.UNCHANGED]


A, B = wanted("a"), wanted("b")


def test_what_is_there_already_is_left_alone() -> None:
    made = planned([A, B], [live(A), live(B), foreign("c")])
    assert (told(made), made.changes) == ([], ())


def test_only_what_differs_is_touched() -> None:
    made = planned([wanted("a", "v2"), B, wanted("new")], [live(A), live(B)])
    assert told(made) == [("update", "a"), ("create", "new")]
    assert [step.reason for step in made.changes] == ["it differs", "it is not there"]


def test_folders_come_first_and_views_last_and_jobs_keep_their_order() -> None:
    items = [
        wanted("view", kind=Kind.VIEW),
        wanted("f/g/z"),
        wanted("f/g/a"),
        wanted("f/g", kind=Kind.FOLDER),
        wanted("f", kind=Kind.FOLDER),
    ]
    assert [name for _, name in told(planned(items, []))] == ["f", "f/g", "f/g/z", "f/g/a", "view"]


def test_a_job_and_a_view_may_have_one_name() -> None:
    view = wanted("a", kind=Kind.VIEW)
    assert told(planned([A, view], [live(A)])) == [("create", "a")]
    assert told(planned([A, view], [live(A), live(view)])) == []


@pytest.mark.parametrize(
    ("pushed", "now", "is_off", "action", "stays"),
    [
        ("on", "on", False, None, False),
        ("on", "on", True, None, True),
        ("on", "changed", True, "update", True),
        ("on", "changed", False, "update", False),
        ("on", "off", False, "update", False),
        ("on", "off", True, "update", False),
        ("off", "off", True, None, False),
        ("off", "off", False, "update", False),
        ("off", "on", True, "update", False),
        ("off", "on", False, "update", False),
    ],
)
def test_a_person_may_disable_a_job_and_the_descriptor_may_say_otherwise(
    pushed: str, now: str, is_off: bool, action: str | None, stays: bool
) -> None:
    before = wanted("a", disabled=pushed == "off")
    after = wanted("a", "v2" if now == "changed" else "v1", disabled=now == "off")
    (step,) = planned([after], [live(before, disabled=is_off)]).steps
    assert (None if step.action is Action.UNCHANGED else step.action.value, step.stays_disabled) == (action, stays)


@pytest.mark.parametrize(
    ("there", "reason"),
    [
        (foreign("a"), "a person made it, not jjbgen"),
        (foreign("a", None), "a person made it, not jjbgen"),
        (foreign("a", f"x{JJB}"), "JJB made it, not jjbgen"),
        (live(B, name="a"), "a person made it, not jjbgen"),
    ],
)
def test_a_job_of_the_name_that_is_not_ours_is_a_conflict_unless_it_is_adopted(there: Live, reason: str) -> None:
    made = planned([A], [there])
    assert [(step.full_name, step.reason) for step in made.conflicts] == [("a", reason)]
    assert made.changes == ()
    assert told(planned([A], [there], adopt=True)) == [("adopt", "a")]


@pytest.mark.parametrize("adopt", [False, True])
@pytest.mark.parametrize(
    ("there", "reason"),
    [
        (live(A, owner="other"), "it belongs to the config repo 'other'"),
        (foreign("a", kind=Kind.FOLDER), "a folder has this name"),
        (foreign("A"), "there is 'A' already"),
    ],
)
def test_what_cannot_be_adopted_stays_a_conflict(there: Live, reason: str, adopt: bool) -> None:
    made = planned([A], [there], adopt=adopt)
    assert ([step.reason for step in made.conflicts], made.changes) == ([reason], ())


def test_a_folder_that_others_made_is_used_as_it_is() -> None:
    folder = wanted("f", kind=Kind.FOLDER)
    made = planned([folder, wanted("f/a")], [foreign("f", kind=Kind.FOLDER)])
    assert told(made) == [("create", "f/a")]


def test_without_pruning_what_is_no_longer_wanted_is_only_told() -> None:
    made = planned([A], [live(A), live(B)])
    assert (told(made), made.changes) == ([("left", "b")], ())


def test_pruning_deletes_ours_and_nothing_else() -> None:
    copy, others = live(A, name="copy of a"), live(wanted("c"), owner="other")
    folder = live(wanted("f", kind=Kind.FOLDER))
    view = live(wanted("v", kind=Kind.VIEW))
    found = [live(A), live(B), copy, others, foreign("d"), foreign("e", f"x{JJB}"), folder, view]
    made = planned([A], found, prune=True, prune_limit=2)
    assert told(made) == [("delete", "v"), ("delete", "b"), ("left", "f")]


def test_a_filter_never_deletes() -> None:
    made = planned(
        [wanted("a", "v2"), wanted("x")], [live(A), live(B)], prune=True, only=lambda name: fnmatchcase(name, "a*")
    )
    assert told(made) == [("update", "a"), ("left", "b")]


@pytest.mark.parametrize(
    ("ours", "gone", "limit", "is_refused"),
    [
        (3, 1, None, False),
        (3, 2, None, True),
        (20, 4, None, False),
        (20, 5, None, True),
        (200, 10, None, False),
        (200, 11, None, True),
        (200, 11, 11, False),
        (200, 1, 0, True),
    ],
)
def test_pruning_has_a_limit(ours: int, gone: int, limit: int | None, is_refused: bool) -> None:
    items = [wanted(f"job-{number:03}") for number in range(ours)]
    found = [live(item) for item in items]
    if not is_refused:
        assert len(planned(items[gone:], found, prune=True, prune_limit=limit).of(Action.DELETE)) == gone
        return
    with pytest.raises(RefusedError) as refused:
        planned(items[gone:], found, prune=True, prune_limit=limit)
    lines = str(refused.value).splitlines()
    assert lines[0].startswith(f"{gone} of {ours} items would be deleted, and ")
    assert lines[1:-1] == [f"  job-{number:03}" for number in range(gone)]
    assert lines[-1].endswith(f"--prune-limit {gone}.")


NAMES = st.sampled_from(["a", "b", "c", "f/a", "f/b"])
ITEMS = st.dictionaries(NAMES, st.sampled_from(["v1", "v2"])).map(
    lambda found: [wanted(name, text) for name, text in sorted(found.items())]
)
FOREIGN = st.dictionaries(NAMES, st.sampled_from([None, "by hand", JJB, "theirs", "copy"]))


@given(ITEMS, ITEMS, FOREIGN, st.booleans())
def test_carrying_it_out_leads_to_what_is_wanted_and_leaves_the_rest(
    before: list[Wanted], after: list[Wanted], others: dict[str, str | None], prune: bool
) -> None:
    controller = {item.full_name: live(item) for item in before}
    for name, kind in others.items():
        made_by = {"theirs": live(wanted(name), owner="other"), "copy": live(wanted("x"), name=name)}
        controller[name] = made_by.get(kind or "", foreign(name, kind))
    untouched = {name: item for name, item in controller.items() if name in others}
    made = planned(after, list(controller.values()), prune=prune, prune_limit=100)
    for step in made.changes:
        if step.action is Action.DELETE:
            del controller[step.full_name]
        elif step.wanted:
            controller[step.full_name] = live(step.wanted)
    assert {name: controller[name] for name in untouched} == untouched
    reached = {item.full_name for item in after} - set(others)
    assert {name: controller[name] for name in reached} == {
        item.full_name: live(item) for item in after if item.full_name in reached
    }
    again = planned(after, list(controller.values()), prune=prune, prune_limit=100)
    assert again.changes == ()
    assert {step.full_name for step in again.conflicts} == set(others) & {item.full_name for item in after}
