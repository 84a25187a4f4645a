"""What a controller lacks is named with the jobs that need it; what it does not tell is said to be unseen."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from jjbgen.controller import Client
from jjbgen.needs import Need, What
from jjbgen.preflight import Finding, State, permissions, plugins, preflight
from jjbgen.session import Login, Session
from tests.contract_jenkins import ADMIN, ContractJenkins
from tests.jenkins_state import (
    ITEM_CREATE,
    ITEM_READ,
    READ,
    VIEW_READ,
    Agent,
    Cloud,
    Credential,
    User,
)

READER = User("reader", "no password", "11" + "ab" * 16, frozenset({READ, ITEM_READ, VIEW_READ}))
MAKER = User("maker", "no password", "11" + "cd" * 16, frozenset({READ, ITEM_READ, ITEM_CREATE}))
JOBS = ("a", "b")
FOLDER = "<com.cloudbees.hudson.plugins.folder.Folder/>"


@pytest.fixture
def jenkins() -> Iterator[ContractJenkins]:
    with ContractJenkins(users=[READER, MAKER]) as running:
        yield running


def client(jenkins: ContractJenkins, user: User = ADMIN) -> Client:
    return Client(Session(jenkins.url, Login(user.name, user.token), sleep=lambda _: None))


def found(
    jenkins: ContractJenkins, what: What, name: str, user: User = ADMIN, folders: tuple[str, ...] = ()
) -> Finding:
    """What is found of the one thing that two jobs need."""
    with client(jenkins, user) as asking:
        version, finding = preflight(asking, {Need(what, name): JOBS}, [], folders)
    assert (version.what, version.name) == ("Jenkins", "version")
    assert (finding.what, finding.name, finding.jobs) == (what.value, name, JOBS)
    return finding


def test_an_agent_or_a_cloud_has_a_label(jenkins: ContractJenkins) -> None:
    jenkins.state.agents.append(Agent("one", ("linux", "docker")))
    jenkins.state.clouds.append(Cloud("hudson.plugins.ec2.EC2Cloud", ("big",)))
    for label in ("linux", "linux && docker", "big", "one"):
        assert found(jenkins, What.AGENT, label).state is State.FINE
    lacking = found(jenkins, What.AGENT, "linux && big")
    assert (lacking.state, lacking.why) == (State.MISSING, "no agent and no cloud has it")
    assert lacking.needed_by == "needed by a, b"


def test_credentials_are_in_the_store_of_the_system_or_of_a_folder(jenkins: ContractJenkins) -> None:
    jenkins.add_item("ci", FOLDER)
    jenkins.state.credentials = {"": [Credential("push")], "ci": [Credential("lab")]}
    assert found(jenkins, What.CREDENTIALS, "push").state is State.FINE
    assert found(jenkins, What.CREDENTIALS, "lab").state is State.MISSING
    assert found(jenkins, What.CREDENTIALS, "lab", folders=("ci", "not/there")).state is State.FINE
    assert "others are not looked into" in found(jenkins, What.CREDENTIALS, "none").why


def test_a_gerrit_server_is_known_by_name_where_the_plugin_tells(jenkins: ContractJenkins) -> None:
    assert found(jenkins, What.GERRIT_SERVER, "review").state is State.UNSEEN
    jenkins.state.gerrit_servers = ["review"]
    assert found(jenkins, What.GERRIT_SERVER, "review").state is State.FINE
    assert found(jenkins, What.GERRIT_SERVER, "other").state is State.MISSING


def test_a_class_that_nobody_knows_is_unseen(jenkins: ContractJenkins) -> None:
    assert found(jenkins, What.CLASS, "com.example.Thing").state is State.UNSEEN


@pytest.mark.parametrize(
    ("what", "why"),
    [
        (What.PLUGIN, "the user may not see the plugins"),
        (What.CREDENTIALS, "the user may not see the credentials"),
    ],
)
def test_what_the_user_may_not_see_is_unseen(what: What, why: str, jenkins: ContractJenkins) -> None:
    finding = found(jenkins, what, "git", READER)
    assert (finding.state, finding.why) == (State.UNSEEN, why)


@pytest.mark.parametrize(
    ("installed", "listed", "state", "why"),
    [
        ({"git": "5.7.0"}, "5.7.0", State.FINE, "5.7.0"),
        ({"git": "5.10.0"}, "5.7.0", State.FINE, "5.10.0"),
        ({"git": "5.2.1"}, "5.7.0", State.DIFFERS, "it is 5.2.1, and the list of the config repo says 5.7.0"),
        (
            {"git": "3.1900.vab"},
            "3.1969.v65d614ec771a_",
            State.DIFFERS,
            "it is 3.1900.vab, and the list of the config repo says 3.1969.v65d614ec771a_",
        ),
        ({"git": "1.0"}, None, State.FINE, "1.0"),
        ({"other": "1.0"}, "5.7.0", State.MISSING, "it is not installed, or not active"),
    ],
)
def test_a_plugin_is_there_and_no_older_than_the_list_says(
    installed: dict[str, str], listed: str | None, state: State, why: str
) -> None:
    pinned = [] if listed is None else [{"shortName": "git", "version": listed}]
    (finding,) = plugins({Need(What.PLUGIN, "git"): JOBS}, installed, pinned)
    assert (finding.state, finding.why, finding.jobs) == (state, why, JOBS)


def test_an_inactive_plugin_is_missing(jenkins: ContractJenkins) -> None:
    assert found(jenkins, What.PLUGIN, "git").state is State.FINE
    jenkins.state.plugins["git"].active = False
    assert found(jenkins, What.PLUGIN, "git").state is State.MISSING


@pytest.mark.parametrize("folder", ["", "ci"])
def test_whether_the_user_may_create_jobs_is_seen_without_creating_any(folder: str, jenkins: ContractJenkins) -> None:
    jenkins.add_item("ci", FOLDER)
    for user, state in ((ADMIN, State.FINE), (MAKER, State.FINE), (READER, State.MISSING)):
        with client(jenkins, user) as asking:
            create, others = permissions(asking, folder)
        assert (create.name, create.state) == ("create jobs", state)
        assert others.state is State.UNSEEN
    assert jenkins.writes() == []
    with client(jenkins) as asking:
        assert next(iter(permissions(asking, "not/there"))).state is State.UNSEEN


def test_nothing_is_asked_that_nothing_needs(jenkins: ContractJenkins) -> None:
    with client(jenkins) as asking:
        (version,) = preflight(asking, {}, [], ())
    assert (version.state, version.why) == (State.FINE, "2.516.2")
    assert [request.path.partition("?")[0] for request in jenkins.requests] == ["/pluginManager/api/json"]
