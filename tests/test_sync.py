"""What is done on a controller: in order, all of it, and nothing to what is not ours."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from xml.etree import ElementTree
from xml.sax.saxutils import escape

import pytest

from jjbgen import marks, sync
from jjbgen.controller import Client
from jjbgen.errors import RefusedError
from jjbgen.pool import Pool
from jjbgen.session import ControllerError, Login, Session
from jjbgen.sync import Change, Outcome
from jjbgen.syncplan import Action, Choices, Key, Kind, Step, SyncPlan, Wanted, plan
from jjbgen.xmlform import canonical, parsed
from tests.contract_jenkins import ContractJenkins
from tests.jenkins_faults import Fault, posts

OWNER = "example"
FOLDER = "com.cloudbees.hudson.plugins.folder.Folder"
DEFINITION = (
    '<definition class="org.jenkinsci.plugins.workflow.cps.CpsFlowDefinition">'
    "<script>{}</script><sandbox>true</sandbox></definition>"
)


DESCRIBED = f"<description>d{escape(marks.JJB)}</description>"


def item(kind: Kind, name: str, xml: str, level: int = 0) -> Wanted:
    root = parsed(xml)
    return Wanted(kind, name, root, marks.of(OWNER, name, root), level)


def job(name: str, script: str = "v1", *, disabled: bool = False, level: int = 0) -> Wanted:
    off = f"<disabled>{str(disabled).lower()}</disabled>"
    xml = f"<flow-definition>{DESCRIBED}{DEFINITION.format(escape(script))}{off}</flow-definition>"
    return item(Kind.JOB, name, xml, level)


def view(name: str, *jobs: str) -> Wanted:
    listed = "".join(f"<string>{each}</string>" for each in jobs)
    xml = f"<hudson.model.ListView><description/><jobNames>{listed}</jobNames></hudson.model.ListView>"
    return item(Kind.VIEW, name, xml)


def folder(name: str, text: str = "d") -> Wanted:
    return item(Kind.FOLDER, name, f"<{FOLDER}><description>{text}</description></{FOLDER}>")


@pytest.fixture
def jenkins() -> Iterator[ContractJenkins]:
    with ContractJenkins() as running:
        yield running


@pytest.fixture
def pool(jenkins: ContractJenkins) -> Iterator[Pool]:
    with Pool(lambda: Client(Session(jenkins.url, Login(*jenkins.login), sleep=lambda _: None)), 2) as made:
        yield made


def planned(pool: Pool, wanted: list[Wanted], **choices: int) -> SyncPlan:
    with pool.client() as client:
        found = client.items(sync.depth(each.full_name for each in wanted))
    return plan(OWNER, wanted, found, Choices(**choices))  # type: ignore[arg-type] # of the test's own words


def keys(steps: Iterable[Step]) -> list[Key]:
    return [step.key for step in steps]


def changes(pool: Pool, wanted: list[Wanted], **choices: int) -> tuple[Change, ...]:
    made = planned(pool, wanted, **choices)
    return sync.changes(made, sync.live_xml(pool, keys(sync.needs_live(made))))


def updated(pool: Pool, wanted: list[Wanted], **choices: int) -> list[Outcome]:
    return list(sync.apply(pool, changes(pool, wanted, **choices)))


def errors(outcomes: list[Outcome]) -> dict[str, str]:
    return {each.change.full_name: each.error for each in outcomes if each.error}


def written(jenkins: ContractJenkins) -> list[str]:
    return [request.path for request in jenkins.writes()]


ALL = [view("f/v", "a", "b"), job("f/b", level=1), job("f/a"), folder("f"), view("top")]


def test_folders_come_first_then_jobs_by_level_then_views(jenkins: ContractJenkins, pool: Pool) -> None:
    assert errors(updated(pool, ALL)) == {}
    assert written(jenkins)[:3] == [
        "/createItem?name=f",
        "/job/f/createItem?name=a",
        "/job/f/createItem?name=b",
    ]
    assert set(written(jenkins)[3:]) == {"/job/f/createView?name=v", "/createView?name=top"}


def test_what_was_posted_is_what_is_wanted_and_the_mark(jenkins: ContractJenkins, pool: Pool) -> None:
    wanted = job("a", "it's <b> & \u00e9 \U0001f600\n\ttab")
    updated(pool, [wanted])
    live = parsed(jenkins.config("a"))
    assert canonical(marks.unmarked(live)) == canonical(wanted.root)
    assert marks.found(live.findtext("description")) == wanted.mark


def test_once_more_is_one_request_and_no_change(jenkins: ContractJenkins, pool: Pool) -> None:
    updated(pool, ALL)
    jenkins.resave_all()
    jenkins.reset_log()
    assert updated(pool, ALL) == []
    assert len(jenkins.requests) == 1


def test_a_failure_is_told_and_the_rest_is_done(jenkins: ContractJenkins, pool: Pool) -> None:
    refused = [Fault("500", when=lambda _, path: path == "/createItem?name=b", times=None)]
    jenkins.faults += refused
    outcomes = updated(pool, [job("a"), job("b"), job("c"), view("v", "a", "b")])
    assert list(errors(outcomes)) == ["b"]
    assert "/createItem: answers 500" in errors(outcomes)["b"]
    assert set(jenkins.items()) == {"a", "c"}
    jenkins.faults.clear()
    assert errors(updated(pool, [job("a"), job("b"), job("c"), view("v", "a", "b")])) == {}
    assert set(jenkins.items()) == {"a", "b", "c"}


def test_nothing_is_tried_in_a_folder_that_could_not_be_made(jenkins: ContractJenkins, pool: Pool) -> None:
    jenkins.faults.append(Fault("500", when=lambda _, path: path == "/createItem?name=f", times=None))
    found = errors(updated(pool, [*ALL, job("fine")]))
    assert "/createItem: answers 500" in found.pop("f")
    assert found == dict.fromkeys(("f/a", "f/b", "f/v"), "the folder f could not be made")
    assert "fine" in jenkins.items()
    assert not [request for request in jenkins.requests if request.path.startswith("/job/f/")]


def test_a_job_that_a_person_has_disabled_stays_so(jenkins: ContractJenkins, pool: Pool) -> None:
    updated(pool, [job("a")])
    jenkins.disable("a")
    updated(pool, [job("a", "v2")])
    assert parsed(jenkins.config("a")).findtext("disabled") == "true"
    assert "v2" in jenkins.config("a")
    jenkins.disable("a", disabled=False)
    updated(pool, [job("a", "v3")])
    assert parsed(jenkins.config("a")).findtext("disabled") == "false"


def test_a_descriptor_disables_and_enables(jenkins: ContractJenkins, pool: Pool) -> None:
    updated(pool, [job("a", disabled=True)])
    assert jenkins.state.find("a").disabled
    updated(pool, [job("a")])
    assert not jenkins.state.find("a").disabled


def test_an_adopted_job_keeps_its_state(jenkins: ContractJenkins, pool: Pool) -> None:
    jenkins.add_item("a", "<flow-definition><description>by hand</description></flow-definition>")
    jenkins.disable("a")
    with pytest.raises(RefusedError, match="job a: a person made it, not jjbgen"):
        changes(pool, [job("a")])
    assert errors(updated(pool, [job("a")], adopt=True)) == {}
    assert jenkins.state.find("a").disabled
    assert not planned(pool, [job("a")]).differs


def test_a_folder_keeps_what_others_put_into_it(jenkins: ContractJenkins, pool: Pool) -> None:
    updated(pool, [folder("f"), view("f/ours")])
    jenkins.add_view("theirs", "<hudson.model.ListView/>", "f")
    root = parsed(jenkins.config("f"))
    properties = next(root.iter("properties"))
    ElementTree.SubElement(properties, f"{FOLDER}.Credentials", {"plugin": "cloudbees-folder"})
    ElementTree.SubElement(properties[-1], "id").text = "kept"
    jenkins.edit("f", ElementTree.tostring(root, encoding="unicode"))
    assert errors(updated(pool, [folder("f", "new"), view("f/ours")])) == {}
    assert parsed(jenkins.config("f")).findtext("description", "").startswith("new<!-- jjbgen")
    assert {"theirs", "ours"} <= set(jenkins.views("f"))
    assert "kept" in jenkins.config("f")


def test_a_folder_of_others_is_used_and_left_as_it_is(jenkins: ContractJenkins, pool: Pool) -> None:
    jenkins.add_item("f", f"<{FOLDER}><description>theirs</description></{FOLDER}>", saved=False)
    before = jenkins.config("f")
    assert errors(updated(pool, [folder("f"), job("f/a")], adopt=True)) == {}
    assert jenkins.config("f") == before


def test_a_job_that_somebody_deletes_is_back_also_in_its_view(jenkins: ContractJenkins, pool: Pool) -> None:
    wanted = [job("a"), job("b"), view("v", "a", "b")]
    updated(pool, wanted)
    jenkins.remove_item("a")
    assert "<string>a</string>" not in jenkins.views()["v"]
    jenkins.reset_log()
    updated(pool, wanted)
    assert "<string>a</string>" in jenkins.views()["v"]
    # A run that ends after the job is made must have mended the view before.
    assert written(jenkins) == ["/view/v/config.xml", "/createItem?name=a"]


def test_a_view_gets_a_job_back_that_a_person_has_put_into_its_place(jenkins: ContractJenkins, pool: Pool) -> None:
    wanted = [folder("f"), job("f/a"), job("f/b"), view("f/v", "a", "b")]
    updated(pool, wanted)
    copy = jenkins.config("f/b")
    jenkins.remove_item("f/a")
    jenkins.add_item("f/a", copy)
    assert errors(updated(pool, [folder("f", "new"), *wanted[1:]], adopt=True)) == {}
    assert "<string>a</string>" in jenkins.views("f")["v"]


@pytest.mark.parametrize("part", ["createItem", "createView", "config.xml", "doDelete"])
def test_a_page_to_log_in_is_no_success(part: str, jenkins: ContractJenkins, pool: Pool) -> None:
    updated(pool, [job("a"), job("gone"), *(job(f"kept{number}") for number in range(9))])
    kept = [job(f"kept{number}") for number in range(9)]
    jenkins.faults.append(Fault("login-page", when=lambda _, path: part in path, times=None))
    failed = errors(updated(pool, [job("a", "v2"), job("b"), view("v"), *kept], prune=True))
    assert len(failed) == 1
    assert "answers with a page: " in failed.popitem()[1]


def test_what_is_pruned_was_ours_and_a_copy_of_ours_is_not(jenkins: ContractJenkins, pool: Pool) -> None:
    updated(pool, [job("a"), job("b"), view("v", "a")])
    jenkins.add_item("copy of a", jenkins.config("a"))
    jenkins.add_item("theirs", "<flow-definition><description/></flow-definition>")
    assert errors(updated(pool, [job("b")], prune=True, prune_limit=2)) == {}
    assert set(jenkins.items()) == {"b", "copy of a", "theirs"}
    assert "v" not in jenkins.views()


def test_what_is_not_pruned_is_left(jenkins: ContractJenkins, pool: Pool) -> None:
    updated(pool, [job("a"), job("b")])
    assert updated(pool, [job("b")]) == []
    assert set(jenkins.items()) == {"a", "b"}


def test_a_job_of_another_type_is_refused_and_never_deleted(jenkins: ContractJenkins, pool: Pool) -> None:
    updated(pool, [job("a")])
    freestyle = item(Kind.JOB, "a", "<project><description/></project>")
    with pytest.raises(RefusedError, match="it is a WorkflowJob, which Jenkins cannot turn into a FreeStyleProject"):
        changes(pool, [freestyle])
    assert "flow-definition" in jenkins.config("a")


def test_all_that_cannot_be_looked_at_is_told(jenkins: ContractJenkins, pool: Pool) -> None:
    updated(pool, [job("a"), job("b"), job("c")])
    made = planned(pool, [job("a"), job("b"), job("c")])
    jenkins.remove_item("a")
    jenkins.remove_item("b")
    with pytest.raises(ControllerError) as error:
        sync.live_xml(pool, keys(sync.unchanged(made, OWNER)))
    assert ["/job/a/" in line or "/job/b/" in line for line in str(error.value).splitlines()] == [True, True]


def test_a_job_is_not_made_when_its_view_could_not_be_mended_first(jenkins: ContractJenkins, pool: Pool) -> None:
    wanted = [job("a"), job("b"), view("v", "a", "b")]
    updated(pool, wanted)
    jenkins.remove_item("a")
    jenkins.faults.append(Fault("500", when=lambda _, path: path == "/view/v/config.xml", times=None))
    found = errors(updated(pool, [*wanted, job("c")]))
    assert found.pop("a") == "the view v, which it is in, could not be updated"
    assert set(found) == {"v"}
    assert set(jenkins.items()) == {"b", "c"}
    jenkins.faults.clear()
    assert errors(updated(pool, [*wanted, job("c")])) == {}
    assert "<string>a</string>" in jenkins.views()["v"]


def test_a_controller_that_is_away_is_given_up(jenkins: ContractJenkins, pool: Pool) -> None:
    jenkins.faults.append(Fault("reset-before-reading", when=posts, times=None))
    found = errors(updated(pool, [job(f"j{number}") for number in range(40)]))
    assert len(found) == 40
    assert sum("not tried" in error for error in found.values()) >= 30


def test_what_cannot_be_read_keeps_nobody_else_from_being_looked_at(jenkins: ContractJenkins, pool: Pool) -> None:
    wanted = [job("a"), job("b"), job("c")]
    updated(pool, wanted)
    jenkins.edit("a", jenkins.config("a").replace("v1", "by hand"))
    jenkins.faults.append(Fault("login-redirect", when=lambda _, path: path == "/job/b/config.xml", times=None))
    made = planned(pool, wanted)
    read = sync.live_xml_or_reason(pool, keys(sync.unchanged(made, OWNER)), lambda: None)
    drifted = sync.with_drift(made, read, jenkins.state.installed)
    found = {step.full_name: (step.action, step.reason) for step in drifted.steps}
    assert found["a"][0] is Action.UPDATE
    assert found["b"][0] is Action.UNSEEN
    assert "answers with a redirect" in found["b"][1]
    assert found["c"][0] is Action.UNCHANGED


def left(pool: Pool, kept: tuple[Change, ...]) -> list[str]:
    return [change.full_name for change in sync.still_to_do(kept, pool, OWNER)]


def test_a_kept_plan_is_done_once_and_again_where_it_was_cut_short(jenkins: ContractJenkins, pool: Pool) -> None:
    updated(pool, [job("a"), job("gone")])
    kept = changes(pool, [job("a", "v2"), job("b"), view("v")], prune=True)
    assert left(pool, kept) == ["a", "b", "v", "gone"]
    list(sync.apply(pool, kept[:2]))
    assert left(pool, kept) == ["v", "gone"]
    list(sync.apply(pool, sync.still_to_do(kept, pool, OWNER)))
    assert left(pool, kept) == []


@pytest.mark.parametrize("action", ["edit", "disable", "remove", "update"])
def test_a_kept_plan_is_refused_when_the_controller_has_moved_on(
    action: str, jenkins: ContractJenkins, pool: Pool
) -> None:
    updated(pool, [job("a")])
    kept = changes(pool, [job("a", "v2")])
    if action == "edit":
        jenkins.edit("a", jenkins.config("a").replace("<description>d", "<description>mine"))
    elif action == "disable":
        jenkins.disable("a")
    elif action == "remove":
        jenkins.remove_item("a")
    else:
        updated(pool, [job("a", "v3")])
    with pytest.raises(RefusedError, match="the controller has moved on since the plan was made:\n  job a\n"):
        left(pool, kept)


def test_a_kept_plan_is_refused_when_somebody_took_a_name(jenkins: ContractJenkins, pool: Pool) -> None:
    kept = changes(pool, [job("a")])
    jenkins.add_item("a", "<flow-definition><description/></flow-definition>")
    with pytest.raises(RefusedError, match="job a"):
        left(pool, kept)


def test_a_plan_that_was_made_with_the_xml_sees_edits_that_a_listing_does_not(
    jenkins: ContractJenkins, pool: Pool
) -> None:
    updated(pool, [job("a")])
    made = planned(pool, [job("a", "v2")])
    kept = sync.changes(made, sync.live_xml(pool, keys(made.changes)))
    assert left(pool, kept) == ["a"]
    jenkins.edit("a", jenkins.config("a").replace("v1", "by hand"))
    with pytest.raises(RefusedError, match="job a"):
        left(pool, kept)


def test_a_kept_plan_that_undoes_an_edit_is_done_once(jenkins: ContractJenkins, pool: Pool) -> None:
    updated(pool, [job("a")])
    jenkins.edit("a", jenkins.config("a").replace("v1", "by hand"))
    made = planned(pool, [job("a")])
    live = sync.live_xml(pool, keys(sync.unchanged(made, OWNER)))
    kept = sync.changes(sync.with_drift(made, live, jenkins.state.installed), live)
    assert left(pool, kept) == ["a"]
    list(sync.apply(pool, kept))
    jenkins.resave("a")
    assert left(pool, kept) == []


def test_drift_is_an_update_and_a_missing_plugin_is_none(jenkins: ContractJenkins, pool: Pool) -> None:
    tag = "org.jenkinsci.plugins.workflow.job.properties.PipelineTriggersJobProperty"
    triggers = f'<{tag}><triggers><com.example.Trigger plugin="example"/></triggers></{tag}>'
    xml = f"<flow-definition>{DESCRIBED}<properties>{triggers}</properties></flow-definition>"
    with_trigger = item(Kind.JOB, "b", xml)
    wanted = [job("a"), with_trigger, job("c")]
    updated(pool, wanted)
    jenkins.edit("a", jenkins.config("a").replace("v1", "by hand"))
    jenkins.resave("b")
    made = planned(pool, wanted)
    live = sync.live_xml(pool, keys(sync.unchanged(made, OWNER)))
    found = {step.full_name: step for step in sync.with_drift(made, live, jenkins.state.installed).steps}
    assert {name: step.action for name, step in found.items()} == {
        "a": Action.UPDATE,
        "b": Action.INCOMPLETE,
        "c": Action.UNCHANGED,
    }
    assert found["a"].reason == "somebody has edited it in Jenkins"
    assert found["b"].reason.endswith("no installed plugin knows: com.example.Trigger (plugin example)")
