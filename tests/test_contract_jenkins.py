"""The controller of the tests answers as the recorded one, and fails as it is told to."""

from __future__ import annotations

import base64
import contextlib
import http.client
import importlib
import json
import re
import socket
import threading
import time
import xml.etree.ElementTree as ET
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from concurrent.futures import TimeoutError as FutureTimeoutError
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from html import unescape
from pathlib import Path
from typing import Any
from urllib.parse import urlencode, urlsplit

import pytest

from tests import contract_jenkins, jenkins_state, jenkins_xml
from tests.contract_jenkins import ADMIN, ContractJenkins
from tests.helpers import ROOT, run
from tests.jenkins_faults import HOSTILE_NAMES, Fault, Kind, http_date, posts
from tests.jenkins_labels import matches
from tests.jenkins_state import RECORDED, Agent, Cloud, Credential, Plugin, User, recorded_plugins

python_jenkins: Any = importlib.import_module("jenkins")
"""JJB's client library, which has no types."""

GHPRB = Plugin("ghprb", "1.42.2", "GitHub Pull Request Builder")
READER = User("reader", "r", "t-reader", frozenset({jenkins_state.READ, jenkins_state.ITEM_READ}))
JOB = "<flow-definition><description>d</description></flow-definition>"
FOLDER = "<com.cloudbees.hudson.plugins.folder.Folder/>"
VIEW = "<hudson.model.ListView><jobNames>{}</jobNames></hudson.model.ListView>"


@dataclass(frozen=True)
class Reply:
    """What came back."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def text(self) -> str:
        return self.body.decode()

    def json(self) -> Any:
        return json.loads(self.body)


class Client:
    """One connection to the controller, with the cookies of its session."""

    def __init__(self, jenkins: ContractJenkins, login: tuple[str, str] | None) -> None:
        self.connection = http.client.HTTPConnection(urlsplit(jenkins.url).netloc, timeout=5)
        self.path = urlsplit(jenkins.url).path
        self.headers: dict[str, str] = {}
        if login:
            self.headers["Authorization"] = "Basic " + base64.b64encode(":".join(login).encode()).decode()

    def ask(self, method: str, path: str, body: str | bytes | None = None, **headers: str) -> Reply:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        content = body.encode() if isinstance(body, str) else body
        self.connection.request(method, self.path + path, content, {**self.headers, **named})
        answer = self.connection.getresponse()
        reply = Reply(answer.status, dict(answer.headers), answer.read())
        if "Set-Cookie" in reply.headers:
            self.headers["Cookie"] = reply.headers["Set-Cookie"].partition(";")[0]
        return reply

    def get(self, path: str) -> Reply:
        return self.ask("GET", path)

    def json(self, path: str) -> Any:
        reply = self.get(path)
        assert reply.status == 200, reply.text
        return reply.json()

    def post(self, path: str, xml: str | bytes | None = None) -> Reply:
        return self.ask("POST", path, xml, **({} if xml is None else content()))

    def crumb(self) -> str:
        return str(self.json("/crumbIssuer/api/json")["crumb"])


def content(kind: str = "text/xml; charset=utf-8") -> dict[str, str]:
    """The header that says what a body is."""
    return {"Content_Type": kind}


@pytest.fixture
def jenkins() -> Iterator[ContractJenkins]:
    with ContractJenkins(users=[READER]) as controller:
        yield controller


@contextlib.contextmanager
def opened(jenkins: ContractJenkins, login: tuple[str, str] | None = (ADMIN.name, ADMIN.token)) -> Iterator[Client]:
    """A client, whose connection is closed afterwards."""
    client = Client(jenkins, login)
    with contextlib.closing(client.connection):
        yield client


@pytest.fixture
def client(jenkins: ContractJenkins) -> Iterator[Client]:
    with opened(jenkins) as found:
        yield found


COMPARED = ("Content-Type", "Location", "WWW-Authenticate", "X-Error", "X-Hudson", "X-Jenkins")


def exchanges() -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads((RECORDED / "exchanges.json").read_text(encoding="utf-8"))
    return found


def repeated(exchange: dict[str, Any], client: Client, jenkins: ContractJenkins, crumb: str) -> Reply:
    """Ask again what was asked when it was recorded."""
    title, request = exchange["title"], exchange["request"]
    headers = {name.replace("-", "_"): value.replace("<crumb>", crumb) for name, value in request["headers"].items()}
    body = request["body"]
    if isinstance(body, dict):
        headers["Content_Type"] = "application/x-www-form-urlencoded"
        body = urlencode(body)
    login = (
        None if request["auth"] is None else (ADMIN.name, "wrong") if title == "wrong password" else jenkins.password
    )
    if login == jenkins.password and "without its session cookie" not in title:
        return client.ask(request["method"], request["path"], body, **headers)
    with opened(jenkins, login) as other:
        return other.ask(request["method"], request["path"], body, **headers)


def differences(exchange: dict[str, Any], reply: Reply, url: str) -> Iterator[str]:
    """What is not as it was recorded."""
    recorded = exchange["response"]
    if reply.status != recorded["status"]:
        yield f"status {reply.status}"
    for name in COMPARED:
        was, now = (headers.get(name) for headers in (recorded["headers"], reply.headers))
        if name == "Location" and was and now:
            was, now = urlsplit(was).path, urlsplit(now).path
        if was != now:
            yield f"{name} {now!r}, not {was!r}"
    if not same_meaning(recorded["body"], reply, url):
        yield f"body {reply.body[:2000]!r}"


def same_meaning(recorded: str, reply: Reply, url: str) -> bool:
    """Whether a body says what the recorded one says."""
    page = re.fullmatch(r"\(an HTML page of \d+ characters that says: (.*)\)", recorded, re.DOTALL)
    if page:
        words = iter(visible(reply.body.decode(reply.headers["Content-Type"].rpartition("=")[2])).split())
        return all(word in words for word in re.sub(r"ID=\S+", "", page.group(1)).replace("Logging", "").split())
    now = reply.text.replace(url, "http://jenkins.example")
    cut = re.fullmatch(r"(.*)…\[cut, (\d+) chars in all\]", recorded, re.DOTALL)
    if cut:
        return now.startswith(cut.group(1)) and len(now) == int(cut.group(2)) and bool(json.loads(now))
    if recorded.startswith("{"):
        return re.sub(r'"[0-9a-f]{64}"', '"<64 hex digits>"', now) == recorded
    return now == recorded


def visible(page: str) -> str:
    """What people see of a page."""
    without = re.sub(r"<(script|style|template|svg)\b.*?</\1>", " ", page, flags=re.DOTALL)
    return unescape(re.sub(r"<[^>]*>", " ", without))


def test_answers_each_recorded_request_as_the_real_one_did(jenkins: ContractJenkins) -> None:
    found = {}
    with opened(jenkins, jenkins.password) as client:
        crumb = ""
        for exchange in exchanges():
            reply = repeated(exchange, client, jenkins, crumb)
            if exchange["title"] == "crumb":
                crumb = reply.json()["crumb"]
            if problems := list(differences(exchange, reply, jenkins.url)):
                found[exchange["title"]] = problems
    assert not found
    assert len(jenkins.requests) == len(exchanges()) == 48
    assert jenkins.items() == {}


def test_a_token_needs_no_crumb(client: Client) -> None:
    assert client.post("/createItem?name=a", JOB).status == 200


def test_a_crumb_is_good_only_in_its_session_and_for_its_user(jenkins: ContractJenkins) -> None:
    with opened(jenkins, jenkins.password) as one, opened(jenkins, jenkins.password) as other:
        crumb = one.crumb()
        assert one.ask("POST", "/createItem?name=a", JOB, Jenkins_Crumb=crumb, **content()).status == 200
        other.crumb()
        assert other.ask("POST", "/createItem?name=b", JOB, Jenkins_Crumb=crumb, **content()).status == 403
        with opened(jenkins, (READER.name, READER.password)) as reader:
            reader.headers["Cookie"] = one.headers["Cookie"]
            refused = reader.ask("POST", "/createItem?name=b", JOB, Jenkins_Crumb=crumb, **content())
    assert (refused.status, "No valid crumb" in refused.text) == (403, True)
    assert list(jenkins.items()) == ["a"]


def test_a_crumb_may_stand_in_the_form(jenkins: ContractJenkins) -> None:
    jenkins.add_item("a", JOB)
    with opened(jenkins, jenkins.password) as client:
        form = urlencode({"Jenkins-Crumb": client.crumb()})
        assert client.ask("POST", "/job/a/disable", form, **content("application/x-www-form-urlencoded")).status == 302


def test_sessions_end_with_their_crumbs(jenkins: ContractJenkins) -> None:
    with opened(jenkins, jenkins.password) as client:
        for end in (jenkins.expire_sessions, jenkins.restart):
            crumb = client.crumb()
            end()
            refused = client.ask("POST", "/createItem?name=a", JOB, Jenkins_Crumb=crumb, **content())
            assert (refused.status, "No valid crumb" in refused.text) == (403, True)
        crumb = client.crumb()
        assert client.ask("POST", "/createItem?name=a", JOB, Jenkins_Crumb=crumb, **content()).status == 200


def test_a_restart_shows_in_a_header(jenkins: ContractJenkins, client: Client) -> None:
    before = client.get("/api/json").headers["X-Jenkins-Session"]
    jenkins.restart()
    assert client.get("/api/json").headers["X-Jenkins-Session"] != before


@pytest.mark.parametrize("header", ["Basic !!!", "Basic bm8tY29sb24=", "Basic", "basic /w=="])
def test_nonsense_is_no_login(jenkins: ContractJenkins, header: str) -> None:
    with opened(jenkins, None) as client:
        assert client.ask("GET", "/api/json", Authorization=header).status in (401, 403)


def test_a_post_of_nobody_lacks_a_crumb(jenkins: ContractJenkins) -> None:
    with opened(jenkins, None) as client:
        assert "No valid crumb" in client.post("/createItem?name=a", JOB).text
        assert client.get("/login").status == 200


@pytest.mark.parametrize(
    ("method", "path", "permission", "said"),
    [
        ("POST", "/createItem?name=b", "hudson.model.Item.Create", "Job/Create"),
        ("GET", "/job/a/config.xml", "hudson.model.Item.ExtendedRead", "Job/ExtendedRead"),
        ("POST", "/job/a/config.xml", "hudson.model.Item.Configure", "Job/Configure"),
        ("POST", "/job/a/disable", "hudson.model.Item.Configure", "Job/Configure"),
        ("POST", "/job/a/doDelete", "hudson.model.Item.Delete", "Job/Delete"),
        ("POST", "/job/a/build", "hudson.model.Item.Build", "Job/Build"),
        ("POST", "/createView?name=v", "hudson.model.View.Create", "View/Create"),
        ("POST", "/view/all/doDelete", "hudson.model.View.Delete", "View/Delete"),
        ("GET", "/pluginManager/api/json", "hudson.model.Hudson.SystemRead", "Overall/SystemRead"),
    ],
)
def test_says_which_permission_is_missing(
    jenkins: ContractJenkins, method: str, path: str, permission: str, said: str
) -> None:
    jenkins.add_item("a", JOB)
    before = jenkins.items()
    with opened(jenkins, (READER.name, READER.token)) as client:
        reply = client.ask(method, path, JOB if method == "POST" else None, **content())
    assert (reply.status, reply.headers["X-Required-Permission"]) == (403, permission)
    assert f"reader is missing the {said} permission" in visible(reply.text)
    assert jenkins.items() == before
    assert jenkins.writes() == []


def test_what_may_not_be_seen_is_not_there(jenkins: ContractJenkins) -> None:
    jenkins.add_item("a", JOB)
    jenkins.state.users["blind"] = User("blind", "b", "t-blind", frozenset({jenkins_state.READ}))
    with opened(jenkins, ("blind", "t-blind")) as client:
        assert client.get("/job/a/api/json").status == 404
        assert client.json("/api/json?tree=jobs[name]")["jobs"] == []
        assert client.json("/whoAmI/api/json?tree=name,anonymous") == {
            "_class": "hudson.security.WhoAmI",
            "anonymous": False,
            "name": "blind",
        }


@pytest.mark.parametrize("path", ["/createItem?name=a", "/job/a/doDelete", "/job/a/disable", "/view/all/doDelete"])
def test_what_changes_something_needs_a_post(jenkins: ContractJenkins, client: Client, path: str) -> None:
    jenkins.add_item("a", JOB)
    reply = client.get(path)
    assert (reply.status, "requires POST" in visible(reply.text)) == (405, True)


def test_tree_goes_to_any_depth_below_any_folder(jenkins: ContractJenkins, client: Client) -> None:
    jenkins.add_item("a/b/c/d", JOB)
    deep = client.json("/api/json?tree=jobs[name,jobs[name,jobs[name,jobs[fullName,description,nothing]]]]")
    found = deep["jobs"][0]["jobs"][0]["jobs"][0]["jobs"]
    assert [(one["fullName"], one["description"]) for one in found] == [("a/b/c/d", "d")]
    assert "nothing" not in found[0]
    assert client.json("/job/a/job/b/api/json?tree=jobs[name]")["jobs"][0]["name"] == "c"
    assert "jobs" not in client.json("/api/json?tree=jobs[name]")["jobs"][0]


@pytest.mark.parametrize(
    ("tree", "names"), [("{0,2}", "ab"), ("{1}", "b"), ("{,1}", "a"), ("{2,}", "cd"), ("{9,10}", ""), ("", "abcd")]
)
def test_tree_takes_a_part_of_a_list(jenkins: ContractJenkins, client: Client, tree: str, names: str) -> None:
    for name in "abcd":
        jenkins.add_item(name, JOB)
    found = client.json(f"/api/json?tree=jobs[name]{tree}".replace("{", "%7B").replace("}", "%7D"))
    assert [job["name"] for job in found["jobs"]] == list(names)


@pytest.mark.parametrize("tree", ["jobs[name", "jobs[]", ",", "", "jobs[name]]", "jobs%7Bx%7D"])
def test_a_malformed_tree_is_an_error_of_the_server(client: Client, tree: str) -> None:
    assert client.get(f"/api/json?tree={tree}").status == 500


def test_a_star_is_every_name(jenkins: ContractJenkins, client: Client) -> None:
    jenkins.add_item("a", JOB)
    assert client.json("/api/json?tree=jobs[*]")["jobs"][0]["nextBuildNumber"] == 1


def test_without_tree_shows_what_is_near(jenkins: ContractJenkins, client: Client) -> None:
    jenkins.add_item("f/a", JOB)
    found = client.json("/api/json")
    assert [sorted(job) for job in found["jobs"]] == [["_class", "name", "url"]]
    assert found["views"] == [found["primaryView"]]
    assert found["primaryView"] == {"_class": "hudson.model.AllView", "name": "all", "url": f"{jenkins.url}/"}
    deeper = client.json("/api/json?depth=1&pretty=true")
    assert sorted(deeper["jobs"][0]["jobs"][0]) == ["_class", "color", "name", "url"]
    assert client.get("/api/json?depth=x").status == 500


def test_texts_are_what_they_were(jenkins: ContractJenkins, client: Client) -> None:
    text = "Grüße, «日本» 🚀 \"quoted\" 'single' \\ <b>&amp;</b>\n\ttab"
    posted = ET.tostring(element := ET.fromstring("<flow-definition><description/></flow-definition>"))  # noqa: S314
    element[0].text = text
    posted = ET.tostring(element, encoding="utf-8", xml_declaration=True)
    assert client.post("/createItem?name=gr%C3%BC%C3%9Fe%20%F0%9F%9A%80", posted).status == 200
    jenkins.resave_all()
    shown = client.json("/api/json?tree=jobs[name,description,url]")["jobs"][0]
    assert (shown["name"], shown["description"]) == ("grüße 🚀", text)
    assert client.get(urlsplit(shown["url"]).path + "api/json").json()["name"] == "grüße 🚀"


def test_the_client_library_of_jjb_is_content(jenkins: ContractJenkins) -> None:
    jenkins.add_item("f/old", JOB)
    library = python_jenkins.Jenkins(jenkins.url, *jenkins.password, timeout=5)
    with contextlib.closing(library._session):
        assert library.get_whoami()["id"] == "admin"
        assert library.get_version() == "2.516.2"
        assert library.get_plugins()["git"]["version"] == recorded_plugins()["git"].version
        library.create_job("f/new", JOB)
        library.reconfig_job("f/new", JOB.replace("d</", "e</"))
        assert [job["fullname"] for job in library.get_all_jobs()] == ["f", "f/new", "f/old"]
        assert library.get_job_info("f/new")["description"] == "e"
        library.disable_job("f/new")
        assert library.get_job_info("f/new")["color"] == "disabled"
        library.create_view("v", VIEW.format("<string>f</string>"))
        assert library.view_exists("v")
        assert [view["name"] for view in library.get_views()] == ["all", "v"]
        library.delete_view("v")
        library.delete_job("f")
        with pytest.raises(python_jenkins.JenkinsException, match=r"\[404\]|does not exist|Error in request"):
            library.create_job("no/folder", JOB)
    assert jenkins.items() == {}


def test_shows_agents_and_labels(jenkins: ContractJenkins, client: Client) -> None:
    jenkins.state.agents.append(Agent("box", ("linux", "large")))
    jenkins.state.agents.append(Agent("gone", ("windows",), offline=True))
    jenkins.state.clouds.append(Cloud("org.csanchez.KubernetesCloud", ("pod",)))
    found = client.json("/computer/api/json?tree=computer[displayName,offline,assignedLabels[name]]")["computer"]
    assert [one["displayName"] for one in found] == ["Built-In Node", "box", "gone"]
    assert [one["name"] for one in found[1]["assignedLabels"]] == ["box", "large", "linux"]
    label = client.json("/label/linux%20&&%20large/api/json?tree=nodes[nodeName],offline,clouds")
    assert ([node["nodeName"] for node in label["nodes"]], label["offline"]) == (["box"], False)
    assert client.json("/label/windows/api/json")["offline"] is True
    assert client.json("/label/unknown/api/json")["nodes"] == []
    pod = client.json("/label/pod/api/json")
    assert (pod["nodes"], len(pod["clouds"])) == ([], 1)


@pytest.mark.parametrize(
    ("expression", "holds"),
    [
        ("a", True),
        ("z", False),
        ("a && b", True),
        ("a&&!b", False),
        ("z || b", True),
        ("!(z || y)", True),
        ("z -> y", True),
        ("a -> z", False),
        ("a <-> b", True),
        ("a <-> z", False),
        ('"with space" && a', True),
        ("ubuntu22.04-docker-4c-8g", True),
        ("", False),
    ],
)
def test_understands_label_expressions(expression: str, holds: bool) -> None:
    assert matches(expression, ["a", "b", "with space", "ubuntu22.04-docker-4c-8g"]) is holds


def test_shows_credentials_to_those_who_may_see_them(jenkins: ContractJenkins, client: Client) -> None:
    jenkins.add_item("f/a", JOB)
    jenkins.state.credentials = {"": [Credential("hub-push")], "f": [Credential("lab", "Secret file")]}
    asked = "domain/_/api/json?tree=credentials[id,typeName]"
    system = client.json(f"/credentials/store/system/{asked}")
    assert system["credentials"] == [{"id": "hub-push", "typeName": "Username with password"}]
    folder = client.json(f"/job/f/credentials/store/folder/{asked}")
    assert folder["credentials"] == [{"id": "lab", "typeName": "Secret file"}]
    with opened(jenkins, (READER.name, READER.token)) as reader:
        assert reader.get(f"/credentials/store/system/{asked}").status == 404


def test_shows_gerrit_servers_only_if_told_to(jenkins: ContractJenkins, client: Client) -> None:
    path = "/descriptorByName/com.sonyericsson.hudson.plugins.gerrit.trigger.PluginImpl/api/json?tree=servers[name]"
    assert client.get(path).status == client.get("/gerrit-trigger/api/json").status == 404
    jenkins.state.gerrit_servers = ["review"]
    assert client.json(path)["servers"] == [{"name": "review"}]


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("%2e", "\u201c.\u201d is not an allowed name"),
        ("..", "\u201c..\u201d is not an allowed name"),
        ("a.", "A name cannot end with \u2018.\u2019"),
        ("a%07", "No control code is allowed: a\\u7;"),
        *((f"a%{ord(letter):02x}", f"\u2018{letter}\u2019 is an unsafe character") for letter in "?*/\\%!@#$^&|<>[]:;"),
    ],
)
def test_refuses_unsafe_names(jenkins: ContractJenkins, client: Client, name: str, said: str) -> None:
    for what, xml in (("createItem", JOB), ("createView", VIEW)):
        reply = client.post(f"/{what}?name={name}", xml)
        assert (reply.status, said in visible(reply.text)) == (400, True)
    assert jenkins.writes() == []


def test_refuses_a_create_that_is_not_whole(client: Client) -> None:
    assert client.ask("POST", "/createItem?name=a", JOB).headers["X-Error"] == "No Content-Type header set"
    assert client.post("/createItem", JOB).headers["X-Error"] == "Query parameter 'name' is required"
    plain = client.ask("POST", "/createView?name=a", VIEW, **content("text/plain"))
    assert plain.headers["X-Error"] == "No view type is specified"


def test_names_ignore_case_at_the_root_only(jenkins: ContractJenkins, client: Client) -> None:
    client.post("/createItem?name=%20Job%20", JOB)
    assert client.post("/createItem?name=jOB", JOB).status == 400
    assert client.json("/job/JOB/api/json?tree=fullName")["fullName"] == "Job"
    jenkins.add_item("f/Inner", JOB)
    assert client.post("/job/f/createItem?name=inner", JOB).status == 200
    assert list(jenkins.items()) == ["f", "f/Inner", "f/inner", "Job"]


def test_a_create_is_read_as_its_document_says(jenkins: ContractJenkins, client: Client) -> None:
    for encoding in ("utf-8", "iso-8859-1", "utf-16"):
        text = f"<?xml version='1.0' encoding='{encoding}'?>" + JOB.replace("d</", "ä</")
        assert client.post(f"/createItem?name={encoding}", text.encode(encoding)).status == 200
    assert {job["description"] for job in client.json("/api/json?tree=jobs[description]")["jobs"]} == {"ä"}
    assert client.post("/createItem?name=bad", JOB.replace("d</", "ä</").encode("iso-8859-1")).status == 500
    assert "bad" not in jenkins.items()


def test_an_update_is_read_as_its_header_says(jenkins: ContractJenkins, client: Client) -> None:
    jenkins.add_item("a", JOB)
    text = "<?xml version='1.0' encoding='utf-8'?>" + JOB.replace("d</", "ä</")
    for kind, found in (("text/xml", "Ã¤"), ("text/xml; charset=UTF-8", "ä"), ("text/plain", "ä")):
        assert client.ask("POST", "/job/a/config.xml", text, **content(kind)).status == 200
        assert client.json("/job/a/api/json?tree=description")["description"] == found


def installed(*more: Plugin) -> dict[str, str]:
    return {name: plugin.version for name, plugin in recorded_plugins().items()} | {
        one.name: one.version for one in more
    }


@pytest.mark.parametrize(
    ("posted", "served"),
    [
        ("<a>\n  <b/>\n</a>\n", "<a>\n  <b/>\n</a>"),
        ("<a><b></b><c> </c></a>", "<a><b/><c> </c></a>"),
        ("<a b='1' c=\"'\">&apos;&quot;&gt;></a>", '<a b="1" c="\'">\'"&gt;&gt;</a>'),
        ("<a b='&#10;&#9;\"&lt;'>&#13;&#9;\r\n</a>", '<a b="&#10;&#9;&quot;&lt;">&#13;\t\n</a>'),
        ("<!-- x --><a><!-- y --><![CDATA[<&>]]></a>", "<!-- x --><a><!-- y --><![CDATA[<&>]]></a>"),
        ("\ufeff<?xml version='1.1' encoding='latin-1'?>\n\n<a>ä🚀</a>", "<a>ä🚀</a>"),
    ],
)
def test_what_was_posted_is_served_as_the_transformer_copies_it(posted: str, served: str) -> None:
    assert jenkins_xml.copied(jenkins_xml.posted(posted).body) == '<?xml version="1.0" encoding="UTF-8"?>' + served


@pytest.mark.parametrize("posted", ["", "text", "<a>", "<a/><b/>", "<a b=1/>", "<a>&nbsp;</a>", "<a>\x00</a>"])
def test_what_is_no_xml_changes_nothing(jenkins: ContractJenkins, client: Client, posted: str) -> None:
    jenkins.add_item("a", JOB)
    before = jenkins.items()
    for path in ("/createItem?name=b", "/job/a/config.xml", "/createView?name=v"):
        assert client.post(path, posted).status == 500
    assert jenkins.items() == before
    assert jenkins.writes() == []


def saved_properties(xml: str, *more: Plugin) -> str:
    """What a save makes of a job's properties."""
    text = jenkins_xml.saved(f"<flow-definition><properties>{xml}</properties></flow-definition>", installed(*more))
    found = re.search(r"<properties>(.*)</properties>", text, re.DOTALL)
    return "".join(line.strip() for line in found.group(1).splitlines()) if found else ""


PULL_REQUESTS = "<org.jenkinsci.plugins.ghprb.GhprbTrigger><spec/></org.jenkinsci.plugins.ghprb.GhprbTrigger>"


@pytest.mark.parametrize(
    ("posted", "kept"),
    [
        (PULL_REQUESTS, False),
        ('<org.example.New plugin="git@1"/>', True),
        ('<org.example.New plugin="unknown@1"/>', False),
        ("<org.example.New/>", False),
        ("<NoPackage/>", False),
        ('<hudson.model.ParametersDefinitionProperty plugin="unknown@1"/>', True),
        ('<a class="org.example.New"/>', False),
        ("<hudson.plugins.build__timeout.Build_-Timeout/>", True),
    ],
)
def test_a_save_drops_what_no_plugin_knows(posted: str, kept: bool) -> None:
    assert bool(saved_properties(posted)) is kept


def test_a_save_keeps_what_an_installed_plugin_knows() -> None:
    assert saved_properties(PULL_REQUESTS, GHPRB) == (
        '<org.jenkinsci.plugins.ghprb.GhprbTrigger plugin="ghprb@1.42.2"><spec></spec>'
        "</org.jenkinsci.plugins.ghprb.GhprbTrigger>"
    )


def test_a_save_names_the_plugin_where_it_changes() -> None:
    inner = '<org.jenkinsci.plugins.workflow.job.X/><y class="hudson.plugins.git.Y" plugin="git@0"/>'
    version = recorded_plugins()["git"].version
    assert saved_properties(f"<hudson.model.A>{inner}</hudson.model.A>") == (
        "<hudson.model.A><org.jenkinsci.plugins.workflow.job.X/>"
        f'<y class="hudson.plugins.git.Y" plugin="git@{version}"/></hudson.model.A>'
    )


def test_a_save_writes_texts_and_objects_without_content_each_in_its_way(jenkins: ContractJenkins) -> None:
    jenkins.add_item(
        "a", "<flow-definition><description/><actions></actions><properties> </properties></flow-definition>"
    )
    found = jenkins.config("a")
    assert "<actions/>\n  <description></description>\n" in found
    assert "<properties/>\n" in found


def test_jenkins_adds_one_default_to_the_jobs_of_this_repository(tmp_path: Path) -> None:
    assert run(ROOT, "xml", "-o", str(tmp_path)).code == 0
    plugins = installed(GHPRB)
    added = set()
    for path in tmp_path.glob("*/config.xml"):
        posted = jenkins_xml.posted(path.read_text(encoding="utf-8"))
        if posted.root == "hudson.model.ListView":
            saved = jenkins_xml.saved_view(posted.body, path.parent.name, plugins)
        else:
            saved = jenkins_xml.saved(posted.body, plugins)
            assert jenkins_xml.saved(jenkins_xml.posted(saved).body, plugins) == saved
        before, after = leaves(posted.body), leaves(jenkins_xml.posted(saved).body)
        assert before <= after, path
        added |= after - before
    assert {(path.rpartition("/")[2], text) for path, text in added} == {("removeLastBuild", "false")}


def leaves(body: str) -> set[tuple[str, str]]:
    """Path and text of what has no elements inside."""

    def below(element: ET.Element, path: str) -> Iterator[tuple[str, str]]:
        if not len(element):
            yield path, (element.text or "").strip()
        for child in element:
            yield from below(child, f"{path}/{child.tag}")

    return set(below(ET.fromstring(body.strip()), ""))  # noqa: S314 - written by JJB


def test_a_job_is_as_posted_until_something_saves_it(jenkins: ContractJenkins, client: Client) -> None:
    client.post("/createItem?name=a", JOB)
    posted = client.get("/job/a/config.xml").text
    assert posted == '<?xml version="1.0" encoding="UTF-8"?>' + JOB
    client.post("/job/a/enable")
    assert client.get("/job/a/config.xml").text == posted
    client.post("/job/a/disable")
    rewritten = client.get("/job/a/config.xml").text
    assert rewritten.startswith("<?xml version='1.1' encoding='UTF-8'?>\n<flow-definition plugin=\"workflow-job@")
    client.post("/job/a/config.xml", rewritten)
    assert client.get("/job/a/config.xml").text.startswith('<?xml version="1.0"')
    jenkins.resave("a")
    assert client.get("/job/a/config.xml").text == rewritten
    assert [request.path for request in jenkins.writes()] == [
        "/createItem?name=a",
        "/job/a/disable",
        "/job/a/config.xml",
    ]


@pytest.mark.parametrize("root", ["flow-definition", "project"])
def test_the_posted_xml_decides_whether_a_job_is_disabled(client: Client, root: str) -> None:
    def state() -> tuple[bool, bool, str]:
        shown = client.json("/job/a/api/json?tree=disabled,buildable,color")
        return shown["disabled"], shown["buildable"], shown["color"]

    off = f"<{root}><disabled>true</disabled></{root}>"
    client.post("/createItem?name=a", off)
    assert state() == (True, False, "disabled")
    client.post("/job/a/config.xml", f"<{root}/>")
    assert state() == (False, True, "notbuilt")
    client.post("/job/a/disable")
    assert state() == (True, False, "disabled")
    assert "<disabled>true</disabled>" in client.get("/job/a/config.xml").text
    assert client.post("/job/a/build").status == 409
    client.post("/job/a/enable")
    assert "<disabled>false</disabled>" in client.get("/job/a/config.xml").text


def test_a_newer_jenkins_writes_anew_at_once() -> None:
    with ContractJenkins(writes_anew=True) as jenkins, opened(jenkins) as client:
        client.post("/createItem?name=a", JOB)
        client.post("/job/a/config.xml", "<flow-definition><com.example.Unknown/></flow-definition>")
        found = client.get("/job/a/config.xml").text
    assert found.startswith('<?xml version="1.1" encoding="UTF-8"?>\n<flow-definition plugin="workflow-job@')
    assert "Unknown" not in found


def test_a_plugin_that_goes_takes_its_elements_with_it(jenkins: ContractJenkins) -> None:
    jenkins.state.plugins["ghprb"] = GHPRB
    jenkins.add_item("a", f"<flow-definition><properties>{PULL_REQUESTS}</properties></flow-definition>")
    assert "Ghprb" in jenkins.config("a")
    del jenkins.state.plugins["ghprb"]
    jenkins.resave_all()
    assert "Ghprb" not in jenkins.config("a")


def test_an_update_of_a_folder_replaces_its_views(jenkins: ContractJenkins, client: Client) -> None:
    client.post("/createItem?name=f", FOLDER)
    assert client.post("/job/f/createView?name=mine", VIEW.format("<string>b</string><string>A</string>")).status == 200
    assert list(jenkins.views("f")) == ["All", "mine"]
    kept = client.get("/job/f/config.xml").text
    assert "<string>A</string>\n          <string>b</string>" in kept
    client.post("/job/f/config.xml", kept)
    assert list(jenkins.views("f")) == ["All", "mine"]
    assert client.json("/job/f/api/json?tree=views[name,url]")["views"] == [
        {"_class": "hudson.model.AllView", "name": "All", "url": f"{jenkins.url}/job/f/"},
        {"_class": "hudson.model.ListView", "name": "mine", "url": f"{jenkins.url}/job/f/view/mine/"},
    ]
    client.post("/job/f/config.xml", FOLDER)
    assert list(jenkins.views("f")) == ["All"]
    jenkins.resave("f")
    assert 'reference="../../../.."/>\n        <name>All</name>' in jenkins.config("f")


def test_an_update_of_a_folder_leaves_its_jobs(jenkins: ContractJenkins, client: Client) -> None:
    jenkins.add_item("f/a", JOB)
    inner = jenkins.config("f/a")
    assert client.post("/job/f/config.xml", FOLDER).status == 200
    assert jenkins.config("f/a") == inner


def test_views_are_changed_and_removed(jenkins: ContractJenkins, client: Client) -> None:
    jenkins.add_item("f/a", JOB)
    jenkins.add_item("b", JOB)
    client.post("/createView?name=v", VIEW.format("<string>b</string>"))
    assert [job["name"] for job in client.json("/view/v/api/json?tree=jobs[name]")["jobs"]] == ["b"]
    pattern = "<name>other</name><includeRegex>f/.*</includeRegex><recurse>true</recurse>"
    by_pattern = f"<hudson.model.ListView>{pattern}</hudson.model.ListView>"
    assert client.post("/view/v/config.xml", by_pattern).status == 200
    assert "<name>v</name>" in jenkins.views()["v"]
    assert [job["name"] for job in client.json("/view/v/api/json?tree=jobs[name]")["jobs"]] == ["a"]
    assert client.post("/view/v/config.xml", "<hudson.model.AllView/>").status == 500
    deleted = client.post("/view/v/doDelete")
    assert (deleted.status, deleted.headers["Location"]) == (302, "/")
    assert client.get("/view/v/config.xml").status == 404
    assert client.post("/view/all/doDelete").status == 500


def test_views_forget_jobs_that_go(jenkins: ContractJenkins, client: Client) -> None:
    for name in ("a", "b", "f/a"):
        jenkins.add_item(name, JOB)
    names = "".join(f"<string>{name}</string>" for name in ("f/a", "b", "a"))
    jenkins.add_view("v", VIEW.format(names))
    jenkins.add_view("w", VIEW.format("<string>a</string>"), "f")
    client.post("/job/b/doDelete")
    client.post("/job/f/doDelete")
    assert re.findall("<string>(.*)</string>", jenkins.views()["v"]) == ["a"]


def test_a_deleted_folder_leads_to_the_one_around_it(jenkins: ContractJenkins, client: Client) -> None:
    jenkins.add_item("f/g/a", JOB)
    assert client.post("/job/f/job/g/doDelete").headers["Location"] == "/job/f/"
    assert list(jenkins.items()) == ["f"]


def test_folders_are_not_disabled(jenkins: ContractJenkins, client: Client) -> None:
    jenkins.add_item("f/a", JOB)
    assert client.post("/job/f/disable").status == 404
    assert client.post("/job/f/job/a/createItem?name=b", JOB).status == 404


def test_may_be_below_a_path() -> None:
    with ContractJenkins(context="/ci") as jenkins, opened(jenkins) as client:
        assert client.post("/createItem?name=a", JOB).status == 200
        assert client.json("/api/json?tree=jobs[url]")["jobs"][0]["url"] == f"{jenkins.url}/job/a/"
        assert client.post("/job/a/disable").headers["Location"] == "/ci/job/a/"
        client.path = ""
        assert client.get("/api/json").status == 404


def test_people_change_things_too(jenkins: ContractJenkins, client: Client) -> None:
    jenkins.add_item("f/a", JOB)
    jenkins.add_item("raw", JOB, saved=False)
    assert jenkins.config("raw").endswith(JOB)
    jenkins.edit("f/a", JOB.replace("d</", "by hand</"))
    jenkins.disable("f/a")
    shown = client.json("/job/f/job/a/api/json?tree=description,disabled")
    assert (shown["description"], shown["disabled"]) == ("by hand", True)
    jenkins.remove_item("f")
    assert list(jenkins.items()) == ["raw"]
    assert jenkins.writes() == []


def test_notes_who_asked_what(jenkins: ContractJenkins) -> None:
    with opened(jenkins, jenkins.password) as client:
        crumb = client.crumb()
        client.ask("POST", "/createItem?name=a&b=c", JOB, Jenkins_Crumb=crumb, **content())
        client.ask("POST", "/createItem?name=a", JOB, Jenkins_Crumb=crumb, **content())
    with opened(jenkins, None) as nobody:
        nobody.get("/api/json")
    noted = [(one.number, one.method, one.path, one.user, one.status, one.changed) for one in jenkins.requests]
    assert noted == [
        (1, "GET", "/crumbIssuer/api/json", "admin", 200, False),
        (2, "POST", "/createItem?name=a&b=c", "admin", 200, True),
        (3, "POST", "/createItem?name=a", "admin", 400, False),
        (4, "GET", "/api/json", None, 403, False),
    ]
    first, second, third, fourth = jenkins.requests
    assert second.body == JOB.encode()
    assert first.session is None
    assert second.session == third.session == client.headers["Cookie"].partition("=")[2]
    assert first.connection == third.connection != fourth.connection
    jenkins.reset_log()
    assert (jenkins.requests, jenkins.writes()) == ([], [])


LOST = (ConnectionError, http.client.HTTPException)


def test_an_error_comes_before_or_after_the_change(jenkins: ContractJenkins, client: Client) -> None:
    for kind in ("429", "500", "502", "503"):
        for after in (False, True):
            jenkins.reset_log()
            jenkins.faults.append(Fault(kind, after=after))
            reply = client.post(f"/createItem?name={kind}{after}", JOB)
            assert (reply.status, "Retry-After" in reply.headers) == (int(kind), False)
            assert (f"{kind}{after}" in jenkins.items()) is after
            assert len(jenkins.writes()) == after
            assert client.get("/api/json").status == 200


def test_says_when_to_come_again(jenkins: ContractJenkins, client: Client) -> None:
    jenkins.faults += [Fault("429", retry_after="7"), Fault("503", on=2, retry_after=http_date(60))]
    assert client.get("/api/json").headers["Retry-After"] == "7"
    moment = parsedate_to_datetime(client.get("/api/json").headers["Retry-After"]).timestamp()
    assert 50 < moment - time.time() <= 60


@pytest.mark.parametrize(
    ("kind", "happened"),
    [
        ("reset-before-reading", False),
        ("reset-in-request", False),
        ("reset-before-answer", True),
        ("reset-in-answer", True),
    ],
)
def test_a_connection_is_reset(jenkins: ContractJenkins, client: Client, kind: Kind, happened: bool) -> None:
    jenkins.faults.append(Fault(kind))
    with pytest.raises(LOST):
        client.post("/createItem?name=a", JOB)
    assert ("a" in jenkins.items()) is happened
    assert len(jenkins.writes()) == happened
    client.connection.close()
    assert client.get("/api/json").status == 200


def test_half_of_an_answer_arrives(jenkins: ContractJenkins, client: Client) -> None:
    for number in range(2000):
        jenkins.add_item(f"a-job-with-quite-a-long-name-{number}", JOB, saved=False)
    jenkins.faults.append(Fault("reset-in-answer"))
    with pytest.raises(LOST):
        client.get("/api/json?tree=jobs[name,fullName,description]")


def test_a_connection_is_closed_without_a_word(jenkins: ContractJenkins, client: Client) -> None:
    jenkins.faults.append(Fault("close-after"))
    reply = client.get("/api/json")
    assert (reply.status, "Connection" in reply.headers) == (200, False)
    with pytest.raises(LOST):
        client.get("/api/json")


def test_a_latency_takes_its_time(jenkins: ContractJenkins, client: Client) -> None:
    jenkins.faults.append(Fault("latency", seconds=0.1))
    started = time.monotonic()
    assert client.get("/api/json").status == 200
    assert time.monotonic() - started >= 0.1


@pytest.mark.parametrize("after", [False, True])
def test_a_hang_ends_with_the_client(jenkins: ContractJenkins, client: Client, after: bool) -> None:
    jenkins.faults.append(Fault("hang", after=after))
    client.connection.timeout = 0.05
    with pytest.raises(TimeoutError):
        client.post("/createItem?name=a", JOB)
    assert jenkins.hanging.acquire(timeout=5)
    client.connection.close()
    client.connection.timeout = 5
    assert client.get("/api/json").status == 200
    assert ("a" in jenkins.items()) is after
    assert jenkins.requests[0].status is None


def test_sessions_expire_in_the_midst(jenkins: ContractJenkins) -> None:
    with opened(jenkins, jenkins.password) as client:
        jenkins.faults.append(Fault("sessions-expire", on=2))
        for status in (403, 200):
            crumb = client.crumb()
            reply = client.ask("POST", "/createItem?name=a", JOB, Jenkins_Crumb=crumb, **content())
            assert reply.status == status


def test_a_controller_restarts(jenkins: ContractJenkins) -> None:
    with opened(jenkins, jenkins.password) as client:
        crumb = client.crumb()
        jenkins.faults.append(Fault("restart", when=posts, times=2))
        for _ in range(2):
            reply = client.ask("POST", "/createItem?name=a", JOB, Jenkins_Crumb=crumb, **content())
            assert (reply.status, "X-Jenkins" in reply.headers) == (503, False)
            assert "Please wait while Jenkins is getting ready to work" in visible(reply.text)
        assert client.ask("POST", "/createItem?name=a", JOB, Jenkins_Crumb=crumb, **content()).status == 403
    assert jenkins.items() == {}


def test_answers_that_are_not_jenkins(jenkins: ContractJenkins, client: Client) -> None:
    kinds: list[Kind] = ["no-json", "truncated-json", "login-page", "login-redirect"]
    jenkins.faults += [Fault(kind, on=number) for number, kind in enumerate(kinds, 1)]
    for kind in kinds[:2]:
        reply = client.get("/api/json")
        assert (reply.status, reply.headers["Content-Type"]) == (200, "application/json;charset=UTF-8"), kind
        with pytest.raises(ValueError, match=r"Expecting|Unterminated|Invalid"):
            reply.json()
    page = client.get("/api/json")
    assert (page.status, page.headers["Content-Type"], "password" in page.text) == (
        200,
        "text/html;charset=UTF-8",
        True,
    )
    redirect = client.get("/api/json")
    assert (redirect.status, redirect.headers["Location"]) == (302, "/login?from=%2F")


def test_names_are_hostile(jenkins: ContractJenkins, client: Client) -> None:
    jenkins.add_item("a", JOB)
    jenkins.faults.append(Fault("hostile-names"))
    jobs = client.json("/api/json?tree=jobs[fullName,description,disabled]")["jobs"]
    assert [job["fullName"] for job in jobs] == ["a", *HOSTILE_NAMES]


def test_faults_meet_what_they_are_for_and_add_up(jenkins: ContractJenkins, client: Client) -> None:
    jenkins.faults += [
        Fault("500", on=3),
        Fault("502", when=posts, on=4, times=2),
        Fault("latency", times=None, seconds=0.01),
        Fault("503", when=lambda _, path: path.startswith("/job/"), times=None, after=True),
    ]
    asked = [
        ("GET", "/api/json", 200),
        ("POST", "/createItem?name=a", 200),
        ("GET", "/api/json", 500),
        ("POST", "/createItem?name=b", 502),
        ("GET", "/job/a/api/json", 503),
        ("POST", "/job/a/disable", 502),
        ("POST", "/job/a/disable", 503),
        ("POST", "/createItem?name=b", 200),
    ]
    started = time.monotonic()
    for method, path, status in asked:
        xml = JOB if method == "POST" else None
        assert client.ask(method, path, xml, **content()).status == status, path
    assert time.monotonic() - started >= 0.01 * len(asked)
    assert client.json("/api/json?tree=jobs[name,disabled]")["jobs"][0]["disabled"] is True
    assert len(jenkins.writes()) == 3


def test_eight_writers_do_not_disturb_each_other(jenkins: ContractJenkins) -> None:
    def write(worker: int) -> None:
        with opened(jenkins) as client:
            for number in range(30):
                name = f"{worker}-{number}"
                assert client.post(f"/createItem?name={name}", JOB).status == 200
                assert client.post(f"/job/{name}/config.xml", JOB.replace("d</", f"{name}</")).status == 200
                assert client.post(f"/job/{name}/disable").status == 302
                assert client.json(f"/job/{name}/api/json?tree=description,disabled")["disabled"] is True
                if number % 3 == 0:
                    assert client.post(f"/job/{name}/doDelete").status == 302
            assert client.post("/createItem?name=same", JOB).status in (200, 400)

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(write, range(8)))
    items = jenkins.items()
    assert len(items) == 8 * 20 + 1
    assert all(name == "same" or f">{name}</description>" in text for name, text in items.items())
    assert [request.number for request in jenkins.requests] == list(range(1, len(jenkins.requests) + 1))
    assert len(jenkins.writes()) == 8 * (30 * 3 + 10) + 1
    assert len({request.connection for request in jenkins.requests}) == 8


def test_stops_at_once_whatever_clients_do() -> None:
    threads = threading.active_count()
    jenkins = ContractJenkins()
    jenkins.faults += [Fault("hang"), Fault("latency", on=2, seconds=60)]
    sockets = []
    with jenkins:
        address = ("127.0.0.1", urlsplit(jenkins.url).port or 0)
        for text in (b"", b"POST / HTTP/1.1\r\n", b"GET / HTTP/1.1\r\n\r\n", b"GET / HTTP/1.1\r\n\r\n"):
            sockets.append(socket.create_connection(address))
            sockets[-1].sendall(text)
        assert jenkins.hanging.acquire(timeout=5)
        while len(jenkins.requests) < 2:
            time.sleep(0.001)
        started = time.monotonic()
    assert time.monotonic() - started < 1
    assert threading.active_count() == threads
    for one in sockets:
        one.close()
    with pytest.raises(ConnectionError):
        socket.create_connection(address)


def test_stops_while_a_client_comes(monkeypatch: pytest.MonkeyPatch) -> None:
    def late(handler: contract_jenkins._Handler) -> None:
        assert handler.server.jenkins.stopping.wait(5)
        time.sleep(0.05)
        setup(handler)

    setup = contract_jenkins._Handler.setup
    monkeypatch.setattr(contract_jenkins._Handler, "setup", late)
    with contextlib.ExitStack() as stack:
        with ContractJenkins() as jenkins:
            one = stack.enter_context(socket.create_connection(("127.0.0.1", urlsplit(jenkins.url).port or 0)))
            time.sleep(0.05)
            patience = threading.Timer(5, one.shutdown, (socket.SHUT_RDWR,))
            patience.start()
        assert patience.is_alive()
        patience.cancel()
        patience.join()


def test_answers_nobody_while_a_test_holds_the_lock(jenkins: ContractJenkins) -> None:
    jenkins.faults.append(Fault("latency", seconds=0.05))
    with opened(jenkins) as client, ThreadPoolExecutor(1) as pool:
        answer = pool.submit(client.post, "/createItem?name=a", JOB)
        while not jenkins.requests:
            time.sleep(0.001)
        with jenkins.lock, pytest.raises(FutureTimeoutError):
            answer.result(timeout=0.15)
        assert answer.result(timeout=5).status == 200


def test_a_request_that_is_cut_off_does_not_happen(jenkins: ContractJenkins) -> None:
    login = base64.b64encode(":".join(jenkins.login).encode()).decode()
    head = f"POST /createItem?name=a HTTP/1.1\r\nAuthorization: Basic {login}\r\nContent-Type: text/xml\r\n"
    with socket.create_connection(("127.0.0.1", urlsplit(jenkins.url).port or 0)) as one:
        one.sendall(f"{head}Content-Length: {len(JOB) + 1}\r\n\r\n{JOB}".encode())
        one.shutdown(socket.SHUT_WR)
        with contextlib.suppress(ConnectionError):
            one.recv(1)
    assert jenkins.items() == {}


def test_a_mistake_of_the_controller_fails_the_test() -> None:
    def lose() -> None:
        with ContractJenkins() as jenkins, opened(jenkins) as client:
            jenkins.state.plugins["git"] = None  # type: ignore[assignment]
            with pytest.raises(LOST):
                client.get("/pluginManager/api/json?depth=2")

    with pytest.raises(AssertionError, match="the controller of the test failed"):
        lose()
