"""The client, against the Jenkins of the recorded contract, also when things go wrong on the way."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Literal

import pytest

from jjbgen.controller import Client
from jjbgen.marks import JJB
from jjbgen.session import ATTEMPTS, ControllerError, Login, Session
from jjbgen.syncplan import Kind, Live
from jjbgen.xmlform import Element, canonical, parsed
from tests.contract_jenkins import ContractJenkins
from tests.jenkins_faults import Fault, http_date, posts

JOB = "<flow-definition><description>d</description></flow-definition>"
OTHER = "<flow-definition><description>\u00e9 \U0001f600</description></flow-definition>"
FOLDER = '<com.cloudbees.hudson.plugins.folder.Folder plugin="cloudbees-folder"/>'
VIEW = "<hudson.model.ListView><name>all of it</name></hudson.model.ListView>"
PIPELINE = "org.jenkinsci.plugins.workflow.job.WorkflowJob"
SECRET = "not-to-be-told"  # noqa: S105 - of nobody


@pytest.fixture
def jenkins() -> Iterator[ContractJenkins]:
    with ContractJenkins() as running:
        yield running


@pytest.fixture
def waits() -> list[float]:
    """How long the client wanted to wait, each time."""
    return []


@pytest.fixture
def client(jenkins: ContractJenkins, waits: list[float]) -> Iterator[Client]:
    with Client(Session(jenkins.url, Login(*jenkins.login), sleep=waits.append)) as made:
        yield made


def form(xml: str | None) -> Element | None:
    """What an item is, however Jenkins writes it down."""
    return None if xml is None else canonical(parsed(xml))


def asked(jenkins: ContractJenkins) -> list[tuple[str, str, int | None]]:
    return [(request.method, request.path.partition("?")[0], request.status) for request in jenkins.requests]


def test_items_are_made_read_changed_and_removed_with_one_request_each(
    jenkins: ContractJenkins, client: Client
) -> None:
    client.create(Kind.FOLDER, "team", FOLDER)
    client.create(Kind.JOB, "team/a job", JOB)
    client.create(Kind.VIEW, "team/all of it", VIEW)
    client.update(Kind.JOB, "team/a job", OTHER)
    assert form(client.config(Kind.JOB, "team/a job")) == form(OTHER)
    client.update(Kind.VIEW, "team/all of it", VIEW)
    client.delete(Kind.VIEW, "team/all of it")
    client.delete(Kind.JOB, "team/a job")
    assert [item.full_name for item in client.items(1) if item.kind is not Kind.VIEW] == ["team"]
    assert len(jenkins.requests) == 9
    assert "/job/team/view/all%20of%20it/doDelete" in [path for _, path, _ in asked(jenkins)]


def test_a_listing_tells_what_plans_are_made_of(jenkins: ContractJenkins, client: Client) -> None:
    jenkins.add_item("team", FOLDER)
    jenkins.add_item("team/a", JOB.replace("d<", f"d{JJB.replace('<', '&lt;')}<"))
    jenkins.add_item("b", JOB)
    jenkins.disable("b")
    jenkins.reset_log()
    found = {(item.kind, item.full_name): item for item in client.items(1)}
    assert found[Kind.JOB, "team/a"] == Live(Kind.JOB, "team/a", f"d{JJB}", type=PIPELINE)
    assert found[Kind.JOB, "b"] == Live(Kind.JOB, "b", "d", disabled=True, type=PIPELINE)
    assert (Kind.FOLDER, "team") in found
    assert len(jenkins.requests) == 1


def test_deeper_folders_cost_one_more_request(jenkins: ContractJenkins, client: Client) -> None:
    for name in ("a", "a/b", "a/b/c"):
        jenkins.add_item(name, FOLDER)
    jenkins.add_item("a/b/c/job", JOB)
    jenkins.reset_log()
    assert "a/b/c/job" in [item.full_name for item in client.items(1)]
    assert len(jenkins.requests) == 2


def test_who_asks_and_what_is_installed(client: Client) -> None:
    assert client.user() == "admin"
    assert (client.plugins() or {})["workflow-job"] == "1546.v62a_c59c112dd"


def test_a_password_needs_one_crumb_for_a_session_and_a_new_one_when_it_has_ended(jenkins: ContractJenkins) -> None:
    with Client(Session(jenkins.url, Login(*jenkins.password))) as client:
        client.create(Kind.JOB, "a", JOB)
        client.update(Kind.JOB, "a", OTHER)
        assert [path for _, path, _ in asked(jenkins)].count("/crumbIssuer/api/json") == 1
        jenkins.expire_sessions()
        client.update(Kind.JOB, "a", JOB)
        assert [path for _, path, _ in asked(jenkins)].count("/crumbIssuer/api/json") == 2
    assert form(jenkins.config("a")) == form(JOB)


CALLS = {
    "create": (partial(Client.create, kind=Kind.JOB, full_name="new", xml=JOB), "new", JOB),
    "update": (partial(Client.update, kind=Kind.JOB, full_name="old", xml=JOB), "old", JOB),
    "delete": (partial(Client.delete, kind=Kind.JOB, full_name="old"), "old", None),
}
LOST = [
    *(Fault(kind, when=posts, after=after) for kind in ("500", "502", "503") for after in (False, True)),
    *(Fault(kind, when=posts) for kind in ("429", "restart", "reset-before-reading", "reset-in-request")),
    *(Fault(kind, when=posts) for kind in ("reset-before-answer", "reset-in-answer", "close-after")),
]


@pytest.mark.parametrize("call", CALLS)
@pytest.mark.parametrize("fault", LOST, ids=lambda fault: f"{fault.kind}{'-after' if fault.after else ''}")
def test_what_gets_lost_on_the_way_is_asked_again_and_done_once(
    call: str, fault: Fault, jenkins: ContractJenkins, client: Client
) -> None:
    change, name, expected = CALLS[call]
    jenkins.add_item("old", OTHER)
    jenkins.faults.append(Fault(fault.kind, when=fault.when, after=fault.after))
    change(client)
    assert form(jenkins.config(name) if name in jenkins.items() else None) == form(expected)


BUSY: list[Literal["429", "503"]] = ["429", "503"]


@pytest.mark.parametrize("kind", BUSY)
def test_a_busy_controller_is_waited_for_as_long_as_it_says(
    kind: Literal["429", "503"], jenkins: ContractJenkins, client: Client, waits: list[float]
) -> None:
    jenkins.faults += [
        Fault(kind, retry_after="7"),
        Fault(kind, on=2, retry_after=http_date(20)),
        Fault(kind, on=3, retry_after="soon"),
        Fault(kind, on=4, retry_after="86400"),
    ]
    assert client.user() == "admin"
    assert (waits[0], waits[2:]) == (7.0, [2.0, 60.0])
    assert 15 < waits[1] <= 20


def test_it_gives_up_after_some_attempts(jenkins: ContractJenkins, client: Client, waits: list[float]) -> None:
    jenkins.faults.append(Fault("503", times=None))
    with pytest.raises(ControllerError) as told:
        client.user()
    assert told.value.status == 503
    assert (len(jenkins.requests), waits) == (ATTEMPTS, [0.5, 1.0, 2.0, 4.0])


def test_a_controller_that_is_not_there_is_told_without_a_trace(waits: list[float]) -> None:
    with (
        Client(Session("http://127.0.0.1:9/ci", Login("me", SECRET), sleep=waits.append)) as client,
        pytest.raises(ControllerError) as told,
    ):
        client.items()
    assert str(told.value) == "http://127.0.0.1:9/ci: cannot be reached: ConnectionError"
    assert told.value.__cause__ is None
    assert len(waits) == ATTEMPTS - 1


@pytest.mark.parametrize(
    ("change", "status", "said"),
    [
        (partial(Client.create, kind=Kind.JOB, full_name="old", xml=JOB), 400, "/createItem: answers 400: "),
        (partial(Client.create, kind=Kind.JOB, full_name="no/a", xml=JOB), 404, "/job/no/createItem: is not there, or"),
        (partial(Client.update, kind=Kind.JOB, full_name="no", xml=JOB), 404, "/job/no/config.xml: is not there, or"),
        (partial(Client.delete, kind=Kind.JOB, full_name="no"), 404, "/job/no/doDelete: is not there, or"),
    ],
)
def test_a_mistake_is_told_at_once_and_never_tried_again(
    change: partial[None], status: int, said: str, jenkins: ContractJenkins, client: Client
) -> None:
    jenkins.add_item("old", OTHER)
    jenkins.reset_log()
    with pytest.raises(ControllerError) as told:
        change(client)
    assert told.value.status == status
    assert said in str(told.value)
    assert len(jenkins.requests) == 1
    assert form(jenkins.config("old")) == form(OTHER)


def test_a_wrong_login_is_told_without_its_secret(jenkins: ContractJenkins) -> None:
    login = Login("admin", SECRET)
    address = jenkins.url.replace("://", f"://me:{SECRET}@")
    with Client(Session(address, login)) as client, pytest.raises(ControllerError) as told:
        client.items()
    assert str(told.value) == f"{jenkins.url}/api/json: refuses the login of the user 'admin'"
    assert SECRET not in repr(login)
    assert SECRET not in repr(told.value)


@pytest.mark.parametrize("kind", ["no-json", "truncated-json", "login-page"])
def test_an_answer_that_is_not_of_jenkins_is_told(kind: str, jenkins: ContractJenkins, client: Client) -> None:
    jenkins.faults.append(Fault(kind))  # type: ignore[arg-type] # one of its kinds
    with pytest.raises(ControllerError, match="does not answer as Jenkins"):
        client.items()


def test_a_redirect_is_not_followed(jenkins: ContractJenkins, client: Client) -> None:
    # A login sent after it would go to whoever the redirect names.
    jenkins.faults.append(Fault("login-redirect"))
    with pytest.raises(ControllerError, match="answers with a redirect"):
        client.items()
    assert len(jenkins.requests) == 1


def test_a_listing_with_odd_values_is_told(jenkins: ContractJenkins, client: Client) -> None:
    jenkins.add_item("a", JOB)
    jenkins.faults.append(Fault("hostile-names"))
    with pytest.raises(ControllerError, match="does not answer as Jenkins"):
        client.items()


def test_a_redirect_to_a_page_to_log_in_deletes_nothing(jenkins: ContractJenkins, client: Client) -> None:
    jenkins.add_item("a", JOB)
    for location in ("https://sso.example.org/", "/login?from=%2Fjob%2Fa%2FdoDelete"):
        jenkins.faults = [Fault("login-redirect", when=posts, location=location)]
        with pytest.raises(ControllerError, match="answers with a redirect"):
            client.delete(Kind.JOB, "a")
    assert "a" in jenkins.items()


def test_folders_of_others_cost_two_listings_however_deep_they_are(jenkins: ContractJenkins, client: Client) -> None:
    name = "a"
    for _ in range(20):
        jenkins.add_item(name, FOLDER)
        name += "/a"
    jenkins.reset_log()
    assert len(client.items()) > 10
    assert len(jenkins.requests) == 2


def test_a_busy_issuer_of_crumbs_is_waited_for(jenkins: ContractJenkins) -> None:
    jenkins.faults += [Fault("503", when=lambda _, path: "crumbIssuer" in path, times=2)]
    with Client(Session(jenkins.url, Login(*jenkins.password), sleep=lambda _: None)) as client:
        client.create(Kind.JOB, "a", JOB)
    assert "a" in jenkins.items()


@pytest.mark.parametrize("kind", ["no-json", "truncated-json", "login-page"])
def test_an_issuer_of_crumbs_that_is_none_is_told(kind: str, jenkins: ContractJenkins) -> None:
    jenkins.faults.append(Fault(kind, when=lambda _, path: "crumbIssuer" in path))  # type: ignore[arg-type] # one of its kinds
    with (
        Client(Session(jenkins.url, Login(*jenkins.password), sleep=lambda _: None)) as client,
        pytest.raises(ControllerError, match="does not answer as Jenkins"),
    ):
        client.create(Kind.JOB, "a", JOB)


def test_an_address_is_asked_as_it_is_and_never_another_one() -> None:
    session = Session("https://good.example.org/ci@evil.example.org", None)
    assert session.url == "https://good.example.org/ci@evil.example.org"
