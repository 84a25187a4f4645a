"""The generated publish and pre-merge pipelines, run whole: real git, real buildah, a real registry."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest

from tests.pipeline_runner.runner import Stop

if TYPE_CHECKING:  # pytest has to import them itself, to rewrite their assertions
    from tests.git_repo import Files
    from tests.github_api import Api
    from tests.pipeline_runner.runner import Run
    from tests.publishing import Component, Release

pytest_plugins = ("tests.publishing",)

NOTHING_TO_DO = ["Checkout", "Version gate"]
GATED = ["Build", "Unit tests", "Build image hello", "Push image hello", "Tag"]
PUBLISHED = ["Checkout", "Version gate", *GATED, "Next version"]
COMPLETE = ["Checkout", "Version gate", "Next version"]
"""What runs for a release that is complete: it may be that nothing follows it yet."""
IMAGES = ["Build image world", "Build image moon", "Push image world", "Push image moon"]
ON_GITHUB = ["Checkout", "Version gate", "Build", "Unit tests", *IMAGES, "Tag", "Next version"]


def succeeded(run: Run) -> list[str]:
    """What a build ran that ended well."""
    assert run.result == "SUCCESS", said(run)
    return run.ran()


def passed_over(run: Run) -> dict[str, str]:
    """The stages of a build that were passed over, and why."""
    return {stage.name: stage.skipped for stage in run.stages if stage.skipped}


def said(run: Run) -> str:
    """The console of a build."""
    return "\n".join(run.console)


# What a commit leads to.


@pytest.mark.parametrize(
    "files",
    [
        pytest.param({"source": "better\n"}, id="the version stays as it is"),
        pytest.param({"VERSION": "1.3.0-dev\n"}, id="another version in development"),
        pytest.param({"VERSION": "1.2.4-rc.1\n"}, id="a release candidate"),
    ],
)
def test_a_commit_that_releases_nothing_passes_over_everything_behind_the_gate(
    files: Files, on_gerrit: Component
) -> None:
    on_gerrit.merge(files)
    before = on_gerrit.world(), on_gerrit.digests()
    run = on_gerrit.publish()
    assert succeeded(run) == NOTHING_TO_DO
    assert passed_over(run) == dict.fromkeys(["Publish", *GATED, "Next version"], "when")
    assert not run.calls("withCredentials")
    assert (on_gerrit.world(), on_gerrit.digests()) == before


@pytest.mark.parametrize(
    ("files", "message"),
    [
        pytest.param({"VERSION": "1.2.1\n"}, "1.2.1 is lower than 1.2.4-dev", id="a regression"),
        pytest.param({"VERSION": "1.2.3-dev\n"}, "1.2.3-dev is lower than 1.2.4-dev", id="a regression to a -dev"),
        pytest.param({"VERSION": "v1.2.4\n"}, "VERSION:1:1: version", id="a letter in front"),
        pytest.param({"VERSION": "$(touch ~/pwned)\n"}, "VERSION:1:1: version", id="a command"),
        pytest.param({"VERSION": None}, "VERSION", id="no version"),
    ],
)
def test_a_commit_with_a_wrong_version_fails_at_the_gate_and_publishes_nothing(
    files: Files, message: str, on_gerrit: Component
) -> None:
    on_gerrit.merge(files)
    before = on_gerrit.world(), on_gerrit.digests()
    run = on_gerrit.publish()
    assert (run.result, run.ran(), run.statuses()["Version gate"]) == ("FAILURE", NOTHING_TO_DO, "FAILED")
    assert passed_over(run) == dict.fromkeys(["Publish", *GATED, "Next version"], "failure")
    assert message in said(run)
    assert not run.calls("withCredentials")
    assert (on_gerrit.world(), on_gerrit.digests()) == before
    assert not (on_gerrit.publishing.home / "pwned").exists()


def test_a_release_goes_through_every_stage_and_arrives(released_on_gerrit: Release) -> None:
    release = released_on_gerrit
    assert succeeded(release.run) == PUBLISHED
    assert passed_over(release.run) == {}
    assert release.after.images == {
        "hello:1.2": "hello of 1.2.4",
        "hello:1.2.2": "hello of 1.2.2",
        "hello:1.2.4": "hello of 1.2.4",
    }
    assert release.digests["hello:1.2"] == release.digests["hello:1.2.4"]
    assert release.before.refs.items() <= release.after.refs.items()
    new = dict(release.after.refs.items() - release.before.refs.items())
    assert new.pop("refs/tags/1.2.4") == release.commit
    assert list(new.values()) == [f"1.2.5-dev after {release.commit}"]


def test_an_image_and_a_tag_arrive_once_however_often_the_job_is_started(released_on_gerrit: Release) -> None:
    release, component = released_on_gerrit, released_on_gerrit.component
    for event in (component.event(), {}):
        run = component.publish(environment=event)
        assert succeeded(run) == COMPLETE
        assert passed_over(run) == dict.fromkeys(["Publish", *GATED], "when")
        assert component.world() == release.after
    component.version("1.2.5-dev")
    assert succeeded(component.publish()) == NOTHING_TO_DO
    assert (component.digests(), component.tag_objects()) == (release.digests, release.tags)


def test_the_commit_of_the_merge_is_published_also_when_the_branch_has_moved_on(merged_on_gerrit: Release) -> None:
    component = merged_on_gerrit.component
    event = component.event()
    component.version("1.3.0-dev")
    before = component.world()
    run = component.publish(environment=event)
    assert succeeded(run) == PUBLISHED
    assert "main has moved on from 1.2.4 already" in said(run)
    after = component.world()
    assert dict(after.refs.items() - before.refs.items()) == {"refs/tags/1.2.4": merged_on_gerrit.commit}
    assert after.images["hello:1.2.4"] == "hello of 1.2.4"


def test_the_same_version_is_not_released_from_two_branches(released_on_gerrit: Release) -> None:
    component = released_on_gerrit.component
    on_stable(component, "1.2.4")
    before = component.world(), component.digests()
    run = component.publish("stable", environment={})
    assert (run.result, run.ran()) == ("FAILURE", NOTHING_TO_DO)
    assert "1.2.4 is released already" in said(run)
    assert (component.world(), component.digests()) == before


def test_a_patch_of_an_old_line_does_not_take_the_moving_tag_away(released_on_gerrit: Release) -> None:
    component = released_on_gerrit.component
    on_stable(component, "1.2.3")
    run = component.publish("stable", environment={})
    assert succeeded(run) == PUBLISHED
    assert component.world().images == {**released_on_gerrit.after.images, "hello:1.2.3": "hello of 1.2.3"}
    assert released_on_gerrit.digests.items() <= component.digests().items()


def on_stable(component: Component, version: str) -> None:
    """A branch of the release 1.2.2 with a release of its own."""
    clone = component.repository.clone
    clone.branch("stable", "main~2")
    clone.commit({"VERSION": f"{version}\n", "source": f"hello of {version}\n"})
    clone.git("push", "--quiet", "origin", "stable")


# What goes wrong before anything is published.

FAILING = {"test.sh": "exit 3\n"}
FLAWED = {"test.sh": """echo '<testsuite><testcase name="greets"><failure/></testcase></testsuite>'\n"""}


@pytest.mark.parametrize(
    ("files", "result", "last", "why"),
    [
        pytest.param({"Makefile": "build:\n\tfalse\n"}, "FAILURE", "Build", "failure", id="the build"),
        pytest.param(FAILING, "FAILURE", "Unit tests", "failure", id="the tests"),
        pytest.param(FLAWED, "UNSTABLE", "Unit tests", "unstable", id="one of the tests"),
        pytest.param({"Dockerfile": "FROM no\n"}, "FAILURE", "Build image hello", "failure", id="the image"),
    ],
)
def test_a_release_that_is_not_good_is_not_published_at_all(
    files: Files, result: str, last: str, why: str, on_gerrit: Component
) -> None:
    on_gerrit.version("1.2.4", files)
    before = on_gerrit.world(), on_gerrit.digests()
    run = on_gerrit.publish()
    behind = PUBLISHED[PUBLISHED.index(last) + 1 :]
    assert (run.result, run.ran()) == (result, PUBLISHED[: -len(behind)])
    assert passed_over(run) == dict.fromkeys(behind, why)
    assert not run.calls("withCredentials")
    assert (on_gerrit.world(), on_gerrit.digests()) == before


def test_a_registry_that_takes_nothing_keeps_the_tag_away(merged_on_gerrit: Release) -> None:
    stranger = {"username": "robot", "password": "wrong"}
    assert_not_pushed(merged_on_gerrit, credentials={"hub-push": stranger, "pusher": stranger})


def test_an_image_that_does_not_arrive_keeps_the_moving_tag_away_too(merged_on_gerrit: Release) -> None:
    assert_not_pushed(merged_on_gerrit, agent={"BROKEN": "push hello:1.2.4"})


def assert_not_pushed(release: Release, **values: Any) -> None:
    """A build fails when it pushes the image, and changes nothing."""
    run = release.component.publish(**values)
    assert (run.result, run.ran()[-1]) == ("FAILURE", "Push image hello")
    assert passed_over(run) == {"Tag": "failure", "Next version": "failure"}
    assert release.component.world() == release.before


# What follows a release.


def test_a_release_is_followed_by_one_gerrit_change_to_the_next_version(released_on_gerrit: Release) -> None:
    after, remote = released_on_gerrit.after, released_on_gerrit.component.repository.remote
    change = next(name for name, what in after.refs.items() if what == f"1.2.5-dev after {released_on_gerrit.commit}")
    assert re.fullmatch("refs/proposed/I[0-9a-f]{40}", change)
    author, *message = remote.git("log", "-1", "--format=%an <%ae>%n%B", change).splitlines()
    assert author == "jjbgen <jjbgen@localhost>"
    assert message[:3] == ["Begin 1.2.5-dev", "", f"Change-Id: {change.rpartition('/')[2]}"]
    assert remote.git("diff", "--name-only", "main", change) == "VERSION"
    # Another build of the same commit pushes the same change again.
    patch_set = remote.id(change)
    assert succeeded(released_on_gerrit.component.publish()) == COMPLETE
    assert remote.id(change) != patch_set
    assert released_on_gerrit.component.world() == after


def test_a_release_is_followed_by_one_pull_request_to_the_next_version(
    released_on_github: Release, github_api: Api
) -> None:
    after, component = released_on_github.after, released_on_github.component
    assert succeeded(released_on_github.run) == ON_GITHUB
    body = {"title": "Begin 1.2.5-dev", "head": "begin-1.2.5-dev", "base": "main"}
    assert after.pulls == (body,)
    assert after.refs["refs/heads/begin-1.2.5-dev"] == f"1.2.5-dev after {released_on_github.commit}"
    # Another build of the same commit: GitHub says that it is proposed already.
    branch = component.repository.remote.id("begin-1.2.5-dev")
    assert succeeded(component.publish()) == COMPLETE
    assert github_api.asked == [("/api/v3/repos/example/world/pulls", "Bearer a-token-for-git", body)]
    assert component.repository.remote.id("begin-1.2.5-dev") == branch
    assert component.world() == after


def test_what_follows_a_release_does_not_take_it_back_and_is_done_by_the_next_build(
    merged_on_github: Release, github_api: Api
) -> None:
    component = merged_on_github.component
    github_api.broken = True
    run = component.publish()
    assert (run.result, run.ran(), run.statuses()["Next version"]) == ("UNSTABLE", ON_GITHUB, "FAILED")
    assert component.world().refs == merged_on_github.after.refs
    assert component.world().pulls == ()
    github_api.broken = False
    assert succeeded(component.publish()) == COMPLETE
    assert component.world() == merged_on_github.after


# Pre-merge.


def test_pre_merge_refuses_a_change_that_keeps_the_released_version(released_on_gerrit: Release) -> None:
    component = released_on_gerrit.component
    start, propose = component.publishing.start, component.repository.propose
    kept = start("hello-pre-merge-main", environment=propose({"source": "better\n"}))
    assert (kept.result, kept.ran()) == ("FAILURE", ["Checkout", "Version check"])
    assert passed_over(kept) == {"Build": "failure", "Unit tests": "failure"}
    assert "jjbgen version next --dev --write" in said(kept)
    good = start("hello-pre-merge-main", environment=propose({"source": "better\n", "VERSION": "1.2.5-dev\n"}))
    assert succeeded(good) == ["Checkout", "Version check", "Build", "Unit tests"]
    assert not good.calls("withCredentials")


# JJBGEN_REVISION.


def chosen(component: Component, revision: str) -> Run:
    """A build that a person starts for one commit."""
    return component.publish(environment={}, parameters={"JJBGEN_REVISION": revision})


def test_a_release_that_was_passed_over_is_published_by_its_commit(merged_on_gerrit: Release) -> None:
    component, commit = merged_on_gerrit.component, merged_on_gerrit.commit
    component.version("1.2.5-dev")
    run = component.publish()
    assert succeeded(run) == NOTHING_TO_DO
    assert f"not published: 1.2.4 of commit {commit}" in said(run)
    assert succeeded(chosen(component, commit)) == PUBLISHED
    assert component.world().refs["refs/tags/1.2.4"] == commit
    assert component.world().images == merged_on_gerrit.after.images
    assert "not published" not in said(component.publish())


def test_a_chosen_commit_that_releases_nothing_publishes_nothing(merged_on_gerrit: Release) -> None:
    development = merged_on_gerrit.component.repository.clone.id("main^")
    run = chosen(merged_on_gerrit.component, development[:12])
    assert succeeded(run) == NOTHING_TO_DO
    gated = merged_on_gerrit.workspace.with_name(f"{merged_on_gerrit.workspace.name}@tmp") / "gate.env"
    assert "JJBGEN_VERSION=1.2.4-dev\n" in gated.read_text()
    assert merged_on_gerrit.component.world() == merged_on_gerrit.before


@pytest.mark.parametrize(
    "revision",
    [
        "HEAD",
        "1.2.2",
        "--force",
        "$(touch ~/pwned)",
        "`touch ~/pwned`",
        "x' in x) ;; esac; touch ~/pwned; case 'x",
        "'''; touch ~/pwned; '''",
        "${currentBuild.result}",
        "abc\ntouch ~/pwned",
        "0123456789abcdef0123456789abcdef01234567",
    ],
)
def test_only_a_commit_can_be_chosen(revision: str, merged_on_gerrit: Release) -> None:
    assert_refused(merged_on_gerrit.component, revision)


def test_only_a_commit_of_the_branch_can_be_chosen(on_gerrit: Component) -> None:
    proposed = on_gerrit.repository.propose({"VERSION": "1.2.4\n"})["GERRIT_PATCHSET_REVISION"]
    assert_refused(on_gerrit, proposed)
    # Also when the checkout has brought it, by a tag.
    on_gerrit.repository.remote.git("tag", "experiment", proposed)
    assert_refused(on_gerrit, proposed)


def assert_refused(component: Component, revision: str) -> None:
    """A build of this revision ends before the gate."""
    before = component.world()
    run = chosen(component, revision)
    assert (run.result, run.ran(), run.statuses()["Checkout"]) == ("FAILURE", ["Checkout"], "FAILED")
    assert set(passed_over(run).values()) == {"failure"}
    assert component.world() == before
    assert not (component.publishing.home / "pwned").exists()


# Credentials, and two builds at a time.

GIT_LOGIN = {"GIT_ASKPASS", "GIT_USERNAME", "GIT_PASSWORD", "GIT_TERMINAL_PROMPT"}
REGISTRY_LOGIN = {"REGISTRY_USR", "REGISTRY_PSW"}
API_LOGIN = {"PUSH_USR", "PUSH_PSW"}


def test_credentials_are_bound_only_where_something_is_pushed(released_on_github: Release) -> None:
    run = released_on_github.run
    bound = [
        (call.stage[-1], each["symbol"], each["credentialsId"])
        for call in run.calls("withCredentials")
        for each in call.arguments["bindings"]
    ]
    assert bound == [
        ("Push image world", "usernamePassword", "hub-push"),
        ("Push image moon", "usernamePassword", "hub-push"),
        ("Tag", "gitUsernamePassword", "pusher"),
        ("Next version", "gitUsernamePassword", "pusher"),
        ("Next version", "usernamePassword", "pusher"),
    ]
    known = GIT_LOGIN | REGISTRY_LOGIN | API_LOGIN
    seen = {(step.stage[-1], frozenset(known & step.environment.keys())) for step in run.shells()}
    assert {(stage, names) for stage, names in seen if names} == {
        ("Push image world", frozenset(REGISTRY_LOGIN)),
        ("Push image moon", frozenset(REGISTRY_LOGIN)),
        ("Tag", frozenset(GIT_LOGIN)),
        ("Next version", frozenset(GIT_LOGIN | API_LOGIN)),
    }
    assert {stage for stage, _ in seen} == set(ON_GITHUB) - {"Checkout"}


def test_no_password_is_in_what_a_build_tells_or_leaves_on_the_agent(released_on_github: Release) -> None:
    publishing = released_on_github.component.publishing
    told = {"the trace": released_on_github.run.trace.encode()}
    assert publishing.with_passwords({**told, **released_on_github.left}) == []
    left = [path for path in released_on_github.left if path.startswith(("agent/tmp/", "jenkins/world"))]
    assert left == ["jenkins/world-publish-main/workspace/world-publish-main@tmp/gate.env"]


def test_one_build_of_a_component_publishes_at_a_time_on_all_of_its_branches(on_gerrit: Component) -> None:
    on_gerrit.repository.clone.git("push", "--quiet", "origin", "main:stable")
    for branch in ("main", "stable"):
        job = on_gerrit.publishing.jobs[f"hello-publish-{branch}"]
        assert not job.concurrent
        assert "    disableConcurrentBuilds()\n" in job.script
        run = on_gerrit.publish(branch, environment={})
        assert succeeded(run) == NOTHING_TO_DO
        assert [call.arguments for call in run.calls("lock")] == [{"resource": "publish-hello"}]
        # From before the first stage to behind the last one.
        begin, end = run.console.index("[Pipeline] lock"), run.console.index("[Pipeline] // lock")
        stages = [at for at, line in enumerate(run.console) if line.endswith("[Pipeline] stage")]
        assert begin < min(stages) < max(stages) < end
        assert {step.step for step in run.steps[: run.calls("lock")[0].number]} == {"timestamps"}


# Builds that end early.

STEPS = 19
"""How many steps a build has that publishes the component on Gerrit; each is one at which it may be killed."""


def assert_nothing_half_published(release: Release) -> None:
    """What was released before is as it was; of the release there is nothing, or its beginning in the right order."""
    before, after, now = release.before, release.after, release.component.world()
    assert before.refs.items() <= now.refs.items() <= after.refs.items()
    assert before.images.keys() <= now.images.keys() <= after.images.keys()
    assert all(text in (before.images.get(name), after.images[name]) for name, text in now.images.items())
    digests = release.component.digests()
    for image in release.component.images:
        assert digests[f"{image}:1.2.2"] == release.digests[f"{image}:1.2.2"]
        moved = now.images[f"{image}:1.2"] == after.images[f"{image}:1.2"]
        assert not moved or f"{image}:1.2.4" in now.images
    tagged = "refs/tags/1.2.4" in now.refs
    assert not tagged or now.images == after.images
    assert tagged or (now.refs, now.pulls) == (before.refs, before.pulls)


@pytest.fixture(scope="module")
def proved() -> set[str]:
    """The states that were seen to lead to a complete release; from the same one no build has to be tried again."""
    return set()


def assert_completed(release: Release, proved: set[str]) -> None:
    """The next build brings everything to where an undisturbed one does, and the build after it publishes nothing."""
    component = release.component
    for _ in range(2):
        before = component.world(), component.digests(), component.tag_objects()
        state = repr((component.world(), component.publishing.on_the_agent()))
        if state in proved:
            return
        complete = "refs/tags/1.2.4" in component.world().refs
        assert succeeded(component.publish()) == (COMPLETE if complete else release.run.ran())
        assert component.world() == release.after
        assert not complete or (component.digests(), component.tag_objects()) == before[1:]
        assert not release.workspace.exists()
        proved.add(state)


@pytest.mark.parametrize("number", range(STEPS))
def test_a_build_that_is_killed_before_a_step_is_completed_by_the_next(
    number: int, merged_on_gerrit: Release, proved: set[str]
) -> None:
    assert len(merged_on_gerrit.run.steps) == STEPS
    run = merged_on_gerrit.component.publish(stop=Stop(step=number))
    assert (run.result, run.stopped, len(run.steps)) == (None, True, number + 1)
    assert_nothing_half_published(merged_on_gerrit)
    assert_completed(merged_on_gerrit, proved)


def held(release: Release, at: str, *, kill: bool = True) -> Run:
    """A build that is stopped in the middle of a script."""
    run = release.component.publish(agent={"HOLD": at}, stop=Stop(line=f"^held {at}$", by="kill" if kill else "person"))
    assert run.stopped, said(run)
    return run


@pytest.mark.parametrize(
    ("at", "arrived", "tagged"),
    [
        ("after push hello:1.2.4", {"hello:1.2.4"}, False),
        ("after refs/tags/1.2.4", {"hello:1.2.4", "hello:1.2"}, True),
        ("after refs/for/main", {"hello:1.2.4", "hello:1.2"}, True),
    ],
)
def test_a_build_that_is_killed_in_the_middle_of_a_script_is_completed_by_the_next(
    at: str, arrived: set[str], tagged: bool, merged_on_gerrit: Release, proved: set[str]
) -> None:
    assert held(merged_on_gerrit, at).result is None
    assert_nothing_half_published(merged_on_gerrit)
    world = merged_on_gerrit.component.world()
    assert {name for name, text in world.images.items() if text == "hello of 1.2.4"} == arrived
    assert ("refs/tags/1.2.4" in world.refs) == tagged
    assert_completed(merged_on_gerrit, proved)


def test_a_build_whose_agent_is_gone_for_ever_is_completed_on_another(
    merged_on_github: Release, proved: set[str]
) -> None:
    held(merged_on_github, "after push world:1.2")
    assert_nothing_half_published(merged_on_github)
    assert {"world:1.2.4", "moon:1.2.4"} & merged_on_github.component.world().images.keys() == {"world:1.2.4"}
    merged_on_github.component.publishing.new_agent()
    assert_completed(merged_on_github, proved)


def test_a_build_that_is_killed_while_it_builds_an_image_is_completed_by_the_next(
    merged_on_gerrit: Release, proved: set[str]
) -> None:
    run = merged_on_gerrit.component.publish(stop=Stop(line="^COMMIT example/hello"))
    assert (run.result, run.ran()[-1]) == (None, "Build image hello")
    assert merged_on_gerrit.component.world() == merged_on_gerrit.before
    assert_completed(merged_on_gerrit, proved)


def test_a_half_published_release_that_was_overtaken_is_completed_by_its_commit(merged_on_gerrit: Release) -> None:
    component, commit = merged_on_gerrit.component, merged_on_gerrit.commit
    held(merged_on_gerrit, "before refs/tags/1.2.4")
    component.version("1.2.5")
    overtaking = component.publish()
    assert succeeded(overtaking) == PUBLISHED
    newest = component.digests()["hello:1.2.5"]
    assert succeeded(chosen(component, commit)) == PUBLISHED
    assert component.world().refs["refs/tags/1.2.4"] == commit
    assert component.world().images["hello:1.2.4"] == "hello of 1.2.4"
    assert component.digests()["hello:1.2"] == newest
    assert f"not published: 1.2.4 of commit {commit}" in said(overtaking)


@pytest.mark.parametrize("at", ["after push hello:1.2.4", "after refs/tags/1.2.4"])
def test_a_build_that_a_person_aborts_cleans_up_and_is_completed_by_the_next(
    at: str, merged_on_gerrit: Release, proved: set[str]
) -> None:
    publishing = merged_on_gerrit.component.publishing
    run = held(merged_on_gerrit, at, kill=False)
    assert (run.result, [step.step for step in run.steps][-1]) == ("ABORTED", "cleanWs")
    assert not merged_on_gerrit.workspace.exists()
    assert not list(publishing.temporary.iterdir())
    assert publishing.with_passwords(publishing.on_the_agent()) == []
    assert_nothing_half_published(merged_on_gerrit)
    assert_completed(merged_on_gerrit, proved)


def test_a_login_would_be_found_on_the_agent(merged_on_gerrit: Release) -> None:
    held(merged_on_gerrit, "before push hello:1.2.4")
    publishing = merged_on_gerrit.component.publishing
    (found,) = publishing.with_passwords(publishing.on_the_agent())
    assert found.startswith("agent/tmp/")
