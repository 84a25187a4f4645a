"""plan, update and doctor as a person meets them."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from jjbgen.controller import Client
from jjbgen.errors import ExitCode
from jjbgen.session import Login, Session
from jjbgen.syncplan import Kind
from jjbgen.xmlform import parsed
from tests.contract_jenkins import ADMIN, ContractJenkins
from tests.helpers import COMPONENT, SETTINGS, Outcome, config_repo, on_a_terminal, read_tree, run
from tests.jenkins_faults import Fault
from tests.jenkins_state import Agent, Credential, Plugin

JOBS = ["widget-post-merge-main", "widget-pre-merge-main", "widget-publish-main"]
NAMES = {*JOBS, "All components", "widget"}
CHANGED = COMPONENT.replace("targets: [build]", "targets: [all]")
FOLDER = SETTINGS.replace("owner: example}", "owner: example, folder: team/ci}")


@pytest.fixture
def jenkins(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[ContractJenkins]:
    """A controller, reached by the environment."""
    with ContractJenkins() as running:
        monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
        monkeypatch.setenv("JENKINS_URL", running.url)
        monkeypatch.setenv("JENKINS_USER", ADMIN.name)
        monkeypatch.setenv("JENKINS_API_TOKEN", ADMIN.token)
        monkeypatch.delenv("HUDSON_URL", raising=False)
        yield running


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A config repo that is up to date."""
    return generated(tmp_path / "repo")


def generated(root: Path, **files: str) -> Path:
    """A config repo with files of these names in `components/`, or `jjbgen`, generated."""
    paths = {("jjbgen.yaml" if name == "jjbgen" else f"components/{name}.yaml"): text for name, text in files.items()}
    config_repo(root, paths)
    assert run(root, "generate").code == 0
    return root


def header(jenkins: ContractJenkins) -> str:
    return f"controller main, {jenkins.url} (of JENKINS_URL), as admin of the environment"


def lines(outcome: Outcome) -> list[str]:
    """What was printed, without what the controller lacks."""
    return [line for line in outcome.out.splitlines() if not line.startswith(("missing ", "unseen ", "differs "))]


def test_a_plan_shows_what_update_does_and_then_there_is_nothing_left(jenkins: ContractJenkins, root: Path) -> None:
    planned = run(root, "plan")
    assert planned.code == ExitCode.DIFFERENCES
    assert lines(planned) == [
        header(jenkins),
        *(f"create job {name}: it is not there" for name in JOBS),
        "create view All components: it is not there",
        "create view widget: it is not there",
        "5 to create, 0 to update, 0 unchanged",
    ]
    assert jenkins.writes() == []
    done = run(root, "update", "--workers", "1")
    assert (done.code, done.err) == (0, "")
    assert lines(done) == [
        *lines(planned)[:-1],
        *(f"created job {name}" for name in JOBS),
        "created view All components",
        "created view widget",
        "5 created, 0 updated, 0 unchanged",
    ]
    jenkins.resave_all()
    again = run(root, "plan", "--drift")
    assert (again.code, lines(again)) == (0, [header(jenkins), "0 to create, 0 to update, 5 unchanged"])


def test_an_update_of_nothing_is_one_request(jenkins: ContractJenkins, root: Path) -> None:
    run(root, "update")
    jenkins.reset_log()
    assert run(root, "update").code == 0
    assert [request.method for request in jenkins.requests] == ["GET"]


def test_an_agent_that_knows_nothing_need_not_generate_to_see_that_all_is_in_step(
    jenkins: ContractJenkins, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = run(root, "update")
    monkeypatch.setattr("jjbgen.survey.target", None)
    outcome = run(root, "update")
    assert outcome.code == ExitCode.OK
    assert lines(outcome) == [lines(before)[0], "0 created, 0 updated, 5 unchanged"]


def test_the_seal_of_a_controller_is_in_the_mark_of_its_root_view(jenkins: ContractJenkins, root: Path) -> None:
    run(root, "update")
    assert re.search(r"&lt;!-- jjbgen-all 5 [0-9a-f]{32} --&gt;&lt;!-- jjbgen ", jenkins.views()["All components"])


def test_an_update_of_some_jobs_leaves_a_new_seal_and_the_root_view_as_people_have_made_it(
    jenkins: ContractJenkins, root: Path
) -> None:
    run(root, "update")
    edited = jenkins.views()["All components"].replace("<filterQueue>false", "<filterQueue>true")
    with Client(Session(jenkins.url, Login(ADMIN.name, ADMIN.token))) as person:
        person.update(Kind.VIEW, "All components", edited)
    generated(root, widget=CHANGED)
    sealed = jenkins.views()["All components"]
    jenkins.reset_log()
    assert lines(run(root, "update"))[-1] == "0 created, 3 updated, 2 unchanged"
    assert [request.path for request in jenkins.requests if "/view/" in request.path] == [
        "/view/All%20components/config.xml"
    ] * 2
    assert jenkins.views()["All components"] != sealed
    assert "filterQueue>true" in jenkins.views()["All components"]
    jenkins.reset_log()
    assert lines(run(root, "update"))[-1] == "0 created, 0 updated, 5 unchanged"
    assert len(jenkins.requests) == 1


def test_a_new_seal_is_no_change_for_a_plan_that_was_kept(jenkins: ContractJenkins, root: Path) -> None:
    run(root, "update")
    edited = jenkins.views()["All components"].replace("<string>widget-pre-merge-main</string>", "")
    with Client(Session(jenkins.url, Login(ADMIN.name, ADMIN.token))) as person:
        person.update(Kind.VIEW, "All components", edited)
    plan_file = str(root / "today.plan")
    assert run(root, "plan", "--drift", "-o", plan_file).code == ExitCode.DIFFERENCES
    sealed = jenkins.views()["All components"]
    (root / "components/widget.yaml").write_text(f"{COMPONENT}# another state of the config repo\n")
    assert lines(run(root, "update"))[-1] == "0 created, 0 updated, 5 unchanged"
    assert jenkins.views()["All components"] != sealed
    done = run(root, "update", plan_file)
    assert (done.code, done.err, lines(done)[-1]) == (0, "", "0 created, 1 updated")
    assert "widget-pre-merge-main" in jenkins.views()["All components"]
    assert lines(run(root, "update", plan_file))[-1] == "0 created, 0 updated"


@pytest.mark.parametrize("odd", ["x.groovy/", "jjb/x.yaml/", "templates/x.j2/", "components/x/"])
def test_folders_with_the_names_of_files_are_no_reason_to_end(odd: str, jenkins: ContractJenkins, root: Path) -> None:
    run(root, "update")
    (root / odd).mkdir(parents=True)
    expected = run(root, "plan")
    outcome = run(root, "update")
    assert (outcome.code, outcome.err) == (expected.code, expected.err)


def test_everything_that_is_wrong_is_told_before_a_controller_is_asked(jenkins: ContractJenkins, root: Path) -> None:
    settings = (root / "jjbgen.yaml").read_text()
    config_repo(root, {"jjbgen.yaml": f"{settings}odd: 1\n", "components/widget.yaml": f"{COMPONENT}odd: 1\n"})
    outcome = run(root, "update")
    assert outcome.code == ExitCode.USAGE
    assert [line.partition(":")[0] for line in outcome.err.splitlines()[:2]] == [
        "components/widget.yaml",
        "jjbgen.yaml",
    ]
    assert jenkins.requests == []


def test_what_a_person_does_to_a_job_is_seen_under_a_seal(jenkins: ContractJenkins, root: Path) -> None:
    run(root, "update")
    jenkins.remove_item(JOBS[0])
    assert lines(run(root, "update"))[-1] == "1 created, 2 updated, 2 unchanged"


def test_a_failure_leaves_no_seal(jenkins: ContractJenkins, root: Path) -> None:
    run(root, "update")
    generated(root, widget=CHANGED)
    jenkins.faults.append(
        Fault("login-redirect", when=lambda _, path: path.endswith(JOBS[1] + "/config.xml"), times=None)
    )
    sealed = jenkins.views()["All components"]
    assert run(root, "update").code == ExitCode.FAILED
    assert jenkins.views()["All components"] == sealed
    jenkins.faults.clear()
    assert lines(run(root, "update"))[-1] == "0 created, 1 updated, 4 unchanged"


def test_without_leave_to_change_the_root_view_the_rest_is_done(jenkins: ContractJenkins, root: Path) -> None:
    run(root, "update")
    generated(root, widget=CHANGED)
    jenkins.faults.append(Fault("login-redirect", when=lambda _, path: path.startswith("/view/All"), times=None))
    outcome = run(root, "update")
    assert outcome.code == ExitCode.OK
    assert outcome.err.startswith("no seal, without which the next update takes longer: ")
    assert lines(outcome)[-1] == "0 created, 3 updated, 2 unchanged"


def test_everything_works_with_a_password_and_in_folders(
    jenkins: ContractJenkins, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = generated(tmp_path / "repo", jjbgen=FOLDER)
    monkeypatch.setenv("JENKINS_API_TOKEN", ADMIN.password)
    assert run(root, "update").code == 0
    assert set(jenkins.items()) == {"team", "team/ci", *(f"team/ci/{name}" for name in JOBS)}
    assert {"All components", "widget"} <= set(jenkins.views("team/ci"))
    jenkins.resave_all()
    jenkins.reset_log()
    assert run(root, "update").code == 0
    assert len(jenkins.requests) == 1
    assert run(root, "plan", "--drift").code == 0


def test_a_difference_is_shown_as_groovy(jenkins: ContractJenkins, root: Path) -> None:
    run(root, "update")
    generated(root, widget=CHANGED)
    outcome = run(root, "plan", "--diff", "--jobs", "widget-post*")
    assert outcome.code == ExitCode.DIFFERENCES
    assert "update job widget-post-merge-main: it differs" in outcome.out.splitlines()
    assert "    -        sh 'make build'" in outcome.out.splitlines()
    assert "    +        sh 'make all'" in outcome.out.splitlines()
    assert "&apos;" not in outcome.out


def test_an_edit_is_found_shown_and_mended_where_that_is_asked_for(jenkins: ContractJenkins, root: Path) -> None:
    run(root, "update")
    jenkins.edit(JOBS[0], jenkins.config(JOBS[0]).replace("make build", "make mischief"))
    assert run(root, "plan").code == 0
    shown = run(root, "plan", "--drift", "--diff")
    assert shown.code == ExitCode.DIFFERENCES
    assert f"update job {JOBS[0]}: somebody has edited it in Jenkins" in shown.out
    assert "    -        sh 'make mischief'" in shown.out.splitlines()
    assert run(root, "update", "--drift").code == 0
    assert "make mischief" not in jenkins.config(JOBS[0])
    assert run(root, "plan", "--drift").code == 0


def test_what_is_on_a_terminal_is_plain_text_whatever_the_controller_says(jenkins: ContractJenkins, root: Path) -> None:
    run(root, "update")
    jenkins.edit(JOBS[0], jenkins.config(JOBS[0]).replace("make build", "make \u202e\u009b31m"))
    outcome = run(root, "plan", "--drift", "--diff")
    assert "\\u202e\\x9b31m" in outcome.out
    assert not {"\u202e", "\x9b"} & set(outcome.out)


def test_only_some_jobs_are_touched_and_none_is_deleted(jenkins: ContractJenkins, root: Path) -> None:
    assert run(root, "update", "--jobs", "widget-p*").code == 0
    assert set(jenkins.items()) == set(JOBS)
    assert set(jenkins.views()) == {"all"}
    generated(root, widget=CHANGED)
    assert run(root, "update", "--jobs", JOBS[0], "--jobs", "widget").code == 0
    assert ["make all" in jenkins.config(name) for name in JOBS] == [True, False, False]


def test_a_part_that_is_nothing_is_told(jenkins: ContractJenkins, root: Path) -> None:
    outcome = run(root, "update", "--jobs", "widgte-*")
    assert outcome.code == ExitCode.USAGE
    assert "no job or view has a name like 'widgte-*'; did you mean 'widget" in outcome.err
    assert jenkins.requests == []


def test_what_is_no_longer_wanted_is_named_and_deleted_only_on_request(jenkins: ContractJenkins, root: Path) -> None:
    run(root, "update")
    jenkins.add_item("theirs", "<flow-definition><description>x</description></flow-definition>")
    generated(root, widget=COMPONENT.replace("  publish:\n", ""))
    left = run(root, "plan")
    assert "no longer wanted, and left (--prune deletes them): widget-publish-main" in left.out
    run(root, "update")
    assert "widget-publish-main" in jenkins.items()
    assert run(root, "plan").code == 0
    assert "delete job widget-publish-main: no longer wanted" in run(root, "plan", "--prune").out
    pruned = run(root, "update", "--prune")
    assert (pruned.code, lines(pruned)[-1]) == (0, "0 created, 0 updated, 1 deleted, 4 unchanged")
    assert set(jenkins.items()) == {"theirs", *JOBS[:2]}


def test_more_than_the_limit_is_never_deleted(jenkins: ContractJenkins, root: Path) -> None:
    generated(root, gadget=COMPONENT.replace("widget", "gadget"))
    run(root, "update")
    (root / "components/gadget.yaml").unlink()
    run(root, "generate")
    outcome = run(root, "update", "--prune")
    assert outcome.code == ExitCode.REFUSED
    assert "4 of 9 items would be deleted, and 1 may be:\n  gadget\n  gadget-post-merge-main\n" in outcome.err
    assert len(jenkins.items()) == 6
    assert run(root, "update", "--prune", "--prune-limit", "4").code == 0
    assert set(jenkins.items()) == set(JOBS)


def test_what_others_have_made_is_in_the_way_unless_it_is_adopted(jenkins: ContractJenkins, root: Path) -> None:
    jenkins.add_item(JOBS[0], "<flow-definition><description>by hand</description></flow-definition>")
    before = jenkins.items()
    planned = run(root, "plan")
    assert planned.code == ExitCode.REFUSED
    assert f"conflict job {JOBS[0]}: a person made it, not jjbgen" in planned.out
    refused = run(root, "update")
    assert refused.code == ExitCode.REFUSED
    assert refused.err.splitlines() == [
        "these are in the way:",
        f"  job {JOBS[0]}: a person made it, not jjbgen",
        "--adopt takes over what a person or JJB has made.",
    ]
    assert jenkins.items() == before
    adopted = run(root, "update", "--adopt")
    assert (adopted.code, lines(adopted)[-1]) == (0, "4 created, 0 updated, 1 adopted, 0 unchanged")


def test_two_config_repos_share_a_controller(jenkins: ContractJenkins, tmp_path: Path, root: Path) -> None:
    run(root, "update")
    naming = "naming: {root-view: Others}\n"
    settings = SETTINGS.replace("owner: example}", "owner: others}") + naming
    other = config_repo(tmp_path / "other", {"jjbgen.yaml": settings})
    (other / "components/widget.yaml").rename(other / "components/gadget.yaml")
    run(other, "generate")
    before = jenkins.items()
    assert run(other, "update", "--prune", "--prune-limit", "100").code == 0
    assert {name: jenkins.items()[name] for name in before} == before
    clash = config_repo(tmp_path / "clash", {"jjbgen.yaml": settings})
    run(clash, "generate")
    assert "it belongs to the config repo 'example'" in run(clash, "update", "--adopt").err


def test_a_kept_plan_is_carried_out_without_the_descriptors(jenkins: ContractJenkins, root: Path) -> None:
    plan_file = str(root / "today.plan")
    assert run(root, "plan", "-o", plan_file).code == ExitCode.DIFFERENCES
    (root / "components/widget.yaml").write_text("broken: [")
    assert ADMIN.token not in Path(plan_file).read_text()
    done = run(root, "update", plan_file)
    assert (done.code, done.out.splitlines()[-1]) == (0, "5 created, 0 updated")
    assert set(jenkins.items()) == set(JOBS)
    again = run(root, "update", plan_file)
    assert (again.code, again.out.splitlines()[-1]) == (0, "0 created, 0 updated")


@pytest.mark.parametrize("words", [(), ("--adopt",), ("--prune",)])
def test_a_kept_plan_sees_edits_that_no_listing_shows(
    words: tuple[str, ...], jenkins: ContractJenkins, root: Path
) -> None:
    if "--adopt" in words:
        jenkins.add_item(JOBS[0], "<flow-definition><description>by hand</description></flow-definition>")
    else:
        run(root, "update")
        generated(root, widget=CHANGED if not words else COMPONENT.replace("  post-merge:\n", ""))
    plan_file = str(root / "today.plan")
    assert run(root, "plan", "-o", plan_file, *words).code == ExitCode.DIFFERENCES
    edited = jenkins.config(JOBS[0]).replace("</flow-definition>", "<quietPeriod>7</quietPeriod></flow-definition>")
    jenkins.edit(JOBS[0], edited)
    outcome = run(root, "update", plan_file)
    assert (outcome.code, f"  job {JOBS[0]}" in outcome.err) == (ExitCode.REFUSED, True)
    assert "quietPeriod" in jenkins.config(JOBS[0])


def test_a_kept_plan_too_is_refused_for_want_of_a_plugin(jenkins: ContractJenkins, root: Path) -> None:
    del jenkins.state.plugins["gerrit-trigger"]
    plan_file = str(root / "today.plan")
    run(root, "plan", "-o", plan_file)
    assert run(root, "update", plan_file).code == ExitCode.REFUSED
    assert jenkins.items() == {}
    assert run(root, "update", plan_file, "--allow-missing").code == 0


def test_a_plan_that_cannot_be_carried_out_is_not_kept(jenkins: ContractJenkins, root: Path) -> None:
    plan_file = root / "today.plan"
    plan_file.write_text("that of yesterday")
    jenkins.add_item(JOBS[0], "<flow-definition><description>by hand</description></flow-definition>")
    assert run(root, "plan", "-o", str(plan_file)).code == ExitCode.REFUSED
    assert not plan_file.exists()


def test_a_kept_plan_is_refused_when_the_controller_has_moved_on(jenkins: ContractJenkins, root: Path) -> None:
    plan_file = str(root / "today.plan")
    run(root, "plan", "-o", plan_file)
    jenkins.add_item(JOBS[0], "<flow-definition><description>by hand</description></flow-definition>")
    before = jenkins.items()
    outcome = run(root, "update", plan_file)
    assert outcome.code == ExitCode.REFUSED
    assert outcome.err == (f"the controller has moved on since the plan was made:\n  job {JOBS[0]}\nMake a new plan.\n")
    assert jenkins.items() == before


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("plan", "--jobs", "x", "--prune"), "nothing is deleted under a filter"),
        (("update", "--jobs", "x", "--prune"), "nothing is deleted under a filter"),
        (("update", "--prune-limit", "3"), "--prune-limit goes with --prune"),
        (("update", "a.plan", "--adopt", "--drift"), "A kept plan leaves nothing to choose: --drift, --adopt"),
        (("update", "--via-jjb", "--prune"), "--via-jjb leaves nothing to choose: --prune"),
        (("update", "a.plan", "--via-jjb"), "JJB knows no plans"),
        (("update", "--workers", "0"), "0 is not in the range 1<=x<=32"),
        (("update", "gone.plan"), "gone.plan: cannot be read: No such file or directory"),
        (("plan", "--controller", "mian"), "unknown controller 'mian'; did you mean 'main'?"),
        (("plan", "--conf", "gone.ini"), "gone.ini: cannot be read: No such file or directory"),
    ],
)
def test_options_that_make_no_sense_are_told_before_anything_is_asked(
    words: tuple[str, ...], told: str, jenkins: ContractJenkins, root: Path
) -> None:
    outcome = run(root, *words)
    assert outcome.code == ExitCode.USAGE
    assert told in outcome.err
    assert jenkins.requests == []


def test_an_outdated_output_is_never_pushed(jenkins: ContractJenkins, root: Path) -> None:
    config_repo(root, {"components/widget.yaml": CHANGED})
    for command, asked in (("plan", []), ("update", ["GET"]), ("doctor", [])):
        jenkins.reset_log()
        outcome = run(root, command)
        assert outcome.code == ExitCode.DIFFERENCES
        assert "Run `jjbgen generate` first." in outcome.err
        assert [request.method for request in jenkins.requests] == asked


def test_a_failure_is_told_the_rest_is_done_and_the_next_run_mends_it(jenkins: ContractJenkins, root: Path) -> None:
    jenkins.faults.append(Fault("login-redirect", when=lambda _, path: path.endswith(JOBS[1]), times=None))
    outcome = run(root, "update")
    assert outcome.code == ExitCode.FAILED
    assert outcome.err.startswith(f"failed to create job {JOBS[1]}: {jenkins.url}/createItem: answers with a redirect")
    assert lines(outcome)[-1] == "4 created, 0 updated, 1 failed, 0 unchanged"
    jenkins.faults.clear()
    # The views name a job that was not there.
    assert lines(run(root, "update"))[-1] == "1 created, 2 updated, 2 unchanged"
    assert set(jenkins.items()) == set(JOBS)


def test_a_job_whose_plugin_is_missing_is_not_pushed_unless_it_is_allowed(jenkins: ContractJenkins, root: Path) -> None:
    del jenkins.state.plugins["gerrit-trigger"]
    refused = run(root, "update")
    assert refused.code == ExitCode.REFUSED
    assert (
        "  gerrit-trigger: needed by widget-post-merge-main, widget-pre-merge-main, widget-publish-main" in refused.err
    )
    assert jenkins.items() == {}
    assert run(root, "update", "--allow-missing").code == 0
    jenkins.resave_all()
    drifted = run(root, "plan", "--drift")
    assert drifted.code == ExitCode.DIFFERENCES
    assert "incomplete job widget-pre-merge-main: Jenkins has dropped what no installed plugin knows" in drifted.out
    assert "GerritTrigger (plugin gerrit-trigger)" in drifted.out
    assert "somebody" not in drifted.out


def test_a_plan_as_json_says_everything(jenkins: ContractJenkins, root: Path) -> None:
    outcome = run(root, "plan", "--diff", "--format", "json")
    assert outcome.code == ExitCode.DIFFERENCES
    found = outcome.json()
    assert (found["controller"], found["url"], found["user"]) == ("main", jenkins.url, "admin")
    assert {step["name"] for step in found["steps"]} == NAMES
    assert found["counts"]["create"] == 5
    assert {finding["state"] for finding in found["findings"]} == {"fine", "missing", "unseen"}


def test_an_update_as_json_says_what_became_of_each(jenkins: ContractJenkins, root: Path) -> None:
    jenkins.faults.append(Fault("login-redirect", when=lambda _, path: path.endswith(JOBS[1]), times=None))
    outcome = run(root, "update", "--format", "json")
    assert outcome.code == ExitCode.FAILED
    found = {each["name"]: each["error"] for each in outcome.json()["changes"]}
    assert set(found) == NAMES
    assert {name for name, error in found.items() if error} == {JOBS[1]}
    assert outcome.err == ""


def test_the_doctor_names_what_is_missing_and_for_which_jobs(jenkins: ContractJenkins, root: Path) -> None:
    outcome = run(root, "doctor")
    assert outcome.code == ExitCode.FAILED
    assert "fine     Jenkins version: 2.516.2" in outcome.out.splitlines()
    assert f"missing  agent label ubuntu: no agent and no cloud has it (needed by {', '.join(JOBS)})" in outcome.out
    assert "unseen   Gerrit server review: the controller does not tell its Gerrit servers" in outcome.out
    jenkins.state.agents.append(Agent("one", ("ubuntu",)))
    assert run(root, "doctor").code == 0
    assert jenkins.writes() == []


def test_the_doctor_finds_credentials_of_a_folder(jenkins: ContractJenkins, tmp_path: Path) -> None:
    image = "images:\n  server: {repository: widget, registry: hub}\n"
    root = generated(tmp_path / "repo", jjbgen=FOLDER, widget=COMPONENT + image)
    assert "missing  credentials hub-push" in run(root, "doctor").out
    run(root, "update")
    jenkins.state.credentials["team"] = [Credential("hub-push")]
    assert "fine     credentials hub-push" in run(root, "doctor").out


def test_a_login_that_is_refused_is_told_without_its_secret(
    jenkins: ContractJenkins, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    word = "not-the-password"
    monkeypatch.setenv("JENKINS_API_TOKEN", word)
    for words in (("plan",), ("update",), ("doctor",), ("update", "--via-jjb")):
        outcome = run(root, *words)
        assert outcome.code == ExitCode.FAILED
        assert word not in outcome.out + outcome.err
    assert "refuses the login of the user 'admin'" in run(root, "plan").err


def test_nobody_may_look_without_a_login(jenkins: ContractJenkins, root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("JENKINS_USER")
    monkeypatch.delenv("JENKINS_API_TOKEN")
    outcome = run(root, "plan")
    assert outcome.code == ExitCode.FAILED
    assert "refuses nobody in particular: " in outcome.err
    assert "JENKINS_USER and JENKINS_API_TOKEN" in outcome.err


def test_jjb_writes_everything_and_says_so_before(jenkins: ContractJenkins, root: Path) -> None:
    jenkins.add_item("theirs", "<flow-definition><description>x</description></flow-definition>")
    before = jenkins.config("theirs")
    outcome = run(root, "update", "--via-jjb")
    assert (outcome.code, outcome.out) == (0, "5 jobs and views updated by JJB\n")
    assert outcome.err.startswith(f"JJB writes all of jobs-output/, 5 folders, jobs and views, to {jenkins.url}, also")
    assert set(jenkins.items()) == {"theirs", *JOBS}
    assert jenkins.config("theirs") == before
    assert "jjbgen example" not in jenkins.config(JOBS[0])
    assert run(root, "plan").code == ExitCode.REFUSED
    assert run(root, "update", "--adopt").code == 0


def test_what_jjb_posts_is_what_jenkins_jobs_posts(
    jenkins: ContractJenkins, root: Path, tmp_path: Path, plain_environment: dict[str, str]
) -> None:
    assert run(root, "update", "--via-jjb").code == 0
    ours = jenkins.items()
    for name in ours:
        jenkins.remove_item(name)
    conf = tmp_path / "jjb.ini"
    conf.write_text(f"[jenkins]\nurl={jenkins.url}\nuser={ADMIN.name}\npassword={ADMIN.token}\n")
    words = ["jenkins-jobs", "--conf", str(conf), "update", "-r", "jobs-output", "-p", "plugins.yaml"]
    program = Path(sys.executable).with_name(words[0])
    environment = {**plain_environment, "XDG_CACHE_HOME": str(tmp_path / "cache")}
    subprocess.run([str(program), *words[1:]], cwd=root, env=environment, check=True, capture_output=True)
    assert jenkins.items() == ours


def test_jjb_leaves_nothing_behind_on_this_machine(jenkins: ContractJenkins, root: Path) -> None:
    before, names = dict(os.environ), read_tree(root)
    assert run(root, "update", "--via-jjb").code == 0
    assert (dict(os.environ), read_tree(root)) == (before, names)


def test_a_bar_is_shown_on_a_terminal_and_the_output_is_not_touched(jenkins: ContractJenkins, root: Path) -> None:
    generated(root, **{name: COMPONENT.replace("widget", name) for name in ("a", "b", "c")})
    words = [sys.executable, "-m", "jjbgen", "-C", str(root), "update", "--format", "json"]
    out, seen = on_a_terminal(words)
    assert len(json.loads(out)["changes"]) == 17
    assert b"Updating" in seen


def test_no_bar_is_shown_in_a_log(jenkins: ContractJenkins, root: Path) -> None:
    generated(root, **{name: COMPONENT.replace("widget", name) for name in ("a", "b", "c")})
    words = [sys.executable, "-m", "jjbgen", "-C", str(root), "update"]
    child = subprocess.run(words, capture_output=True, check=True)
    assert child.stderr == b""
    assert b"\x1b" not in child.stdout


def test_verbose_says_also_what_is_fine(jenkins: ContractJenkins, root: Path) -> None:
    run(root, "update")
    jenkins.disable(JOBS[0])
    out = run(root, "plan", "-v").out.splitlines()
    assert f"unchanged job {JOBS[0]}: it stays disabled, as somebody wants it" in out
    assert f"unchanged job {JOBS[1]}" in out
    assert "fine     plugin gerrit-trigger: 3.1969.v65d614ec771a_" in out


def test_quiet_says_nothing_but_failures(jenkins: ContractJenkins, root: Path) -> None:
    outcome = run(root, "update", "-q")
    assert (outcome.code, outcome.out, outcome.err) == (0, "", "")
    assert set(jenkins.items()) == set(JOBS)


def test_several_controllers_have_their_own(
    jenkins: ContractJenkins, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("JENKINS_URL")
    with ContractJenkins() as lab:
        own = f"  main: {{url: '{jenkins.url}', owner: example}}\n"
        of_lab = f"  lab: {{url: '{lab.url}', owner: example, labels: [lab]}}\n"
        settings = SETTINGS.replace("  main: {url: https://jenkins.example.org, owner: example}\n", own + of_lab)
        gadget = COMPONENT.replace("title:", "labels: [lab]\ntitle:")
        root = generated(tmp_path / "repo", jjbgen=settings, gadget=gadget)
        assert "name one with --controller: main, lab" in run(root, "update").err
        assert run(root, "update", "--controller", "main").code == 0
        assert run(root, "update", "--controller", "lab").code == 0
        assert set(jenkins.items()) == set(JOBS)
        assert set(lab.items()) == {name.replace("widget", "gadget") for name in JOBS}
        assert set(lab.views()) == {"all", "All components (lab)", "gadget"}
        kept = str(root / "kept.plan")
        generated(root, jjbgen=settings, gadget=gadget.replace("[build]", "[all]"))
        run(root, "plan", "--controller", "lab", "-o", kept)
        assert run(root, "update", kept).out.splitlines()[-1] == "0 created, 3 updated"
        by_jjb = run(root, "update", "--via-jjb", "--controller", "lab")
        assert (by_jjb.code, "to one" in by_jjb.err) == (ExitCode.REFUSED, True)


def test_a_wrong_address_cannot_put_one_controllers_jobs_on_another(jenkins: ContractJenkins, tmp_path: Path) -> None:
    lab = "  lab: {url: https://lab.example.org, owner: example, labels: [lab]}\n"
    own = f"  main: {{url: '{jenkins.url}', owner: example}}\n"
    settings = SETTINGS.replace("  main: {url: https://jenkins.example.org, owner: example}\n", own + lab)
    gadget = COMPONENT.replace("title:", "labels: [lab]\ntitle:")
    root = generated(tmp_path / "repo", jjbgen=settings, gadget=gadget)
    assert run(root, "update", "--controller", "main").code == 0
    before = jenkins.items()
    outcome = run(root, "update", "--controller", "lab", "--prune", "--prune-limit", "9")
    assert outcome.code == ExitCode.USAGE
    assert outcome.err.startswith(
        f"JENKINS_URL: is {jenkins.url}, and the controller 'lab' is at https://lab.example.org"
    )
    assert jenkins.items() == before


def test_a_filter_takes_only_the_folders_around_what_it_lets_through(jenkins: ContractJenkins, tmp_path: Path) -> None:
    by_hand = "- job:\n    name: others/by-hand\n    project-type: freestyle\n    disabled: false\n"
    root = config_repo(tmp_path, {"jjbgen.yaml": FOLDER, "jjb/own.yaml": by_hand})
    run(root, "generate")
    assert run(root, "update", "--jobs", "widget-pre*").code == 0
    assert set(jenkins.items()) == {"team", "team/ci", "team/ci/widget-pre-merge-main"}


def test_a_job_that_its_descriptor_disables_is_shown_so(jenkins: ContractJenkins, root: Path) -> None:
    run(root, "update")
    generated(root, widget=COMPONENT.replace("  publish:\n", "  publish: {disabled: {reason: broken}}\n"))
    out = run(root, "plan", "--diff").out
    assert "    +  <disabled>true</disabled>" in out.splitlines()


def test_folders_that_are_no_longer_wanted_are_told_apart(jenkins: ContractJenkins, tmp_path: Path) -> None:
    root = generated(tmp_path / "repo", jjbgen=FOLDER)
    run(root, "update")
    generated(root)
    out = run(root, "plan", "--prune", "--prune-limit", "99").out
    assert "folders no longer wanted, and left, for there may be more in them: team, team/ci" in out
    assert "--prune deletes them" not in out


def test_what_no_one_can_tell_of_the_controller_does_not_hide_the_plan(jenkins: ContractJenkins, root: Path) -> None:
    def is_about_it(_: str, path: str) -> bool:
        return any(what in path for what in ("/label/", "/pluginManager/", "/credentials/"))

    jenkins.faults.append(Fault("login-page", when=is_about_it, times=None))
    outcome = run(root, "plan")
    assert outcome.code == ExitCode.DIFFERENCES
    assert f"unseen   agent label ubuntu: {jenkins.url}: does not answer as Jenkins" in outcome.out


def test_what_jjb_has_done_is_told_as_json(jenkins: ContractJenkins, root: Path) -> None:
    outcome = run(root, "update", "--via-jjb", "--format", "json")
    assert outcome.json() == {"controller": "main", "url": jenkins.url, "user": "admin", "updated": 5}


def test_a_disabled_job_is_told(jenkins: ContractJenkins, root: Path) -> None:
    run(root, "update")
    jenkins.disable(JOBS[0])
    generated(root, widget=CHANGED)
    planned = run(root, "plan")
    assert f"update job {JOBS[0]}: it differs; it stays disabled, as somebody wants it" in planned.out
    run(root, "update")
    assert parsed(jenkins.config(JOBS[0])).findtext("disabled") == "true"
    assert run(root, "plan", "--drift").code == 0


def test_the_examples_plugin_list_is_what_the_recorded_controller_has(jenkins: ContractJenkins, root: Path) -> None:
    jenkins.state.plugins["gerrit-trigger"] = Plugin("gerrit-trigger", "3.1900.vab", "Gerrit Trigger")
    found = json.loads(run(root, "doctor", "--format", "json").out)
    (old,) = [each for each in found["findings"] if each["state"] == "differs"]
    assert (old["name"], old["jobs"]) == ("gerrit-trigger", JOBS)
