"""How a controller is reached: from the places where people keep that, the strongest one wins, and no secret shows."""

from __future__ import annotations

from pathlib import Path

import pytest

from jjbgen.connection import Connection, chosen, connection
from jjbgen.errors import ConfigError
from jjbgen.session import Login
from jjbgen.settings import load_settings
from tests.helpers import SETTINGS, config_repo, write_tree

URL = "https://jenkins.example.org"
WORD = "word-of-nobody"
INI = "[jenkins]\nurl=https://ini.example.org/\nuser=of-ini\npassword=100%-ini\n[job_builder]\nignore_cache=True\n"


@pytest.fixture(autouse=True)
def _no_netrc(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))


def reached(
    root: Path, environment: dict[str, str] | None = None, conf: Path | None = None, settings: str = SETTINGS
) -> Connection:
    config_repo(root, {"jjbgen.yaml": settings})
    return connection(load_settings(root).project, root, "main", environment or {}, conf)


def test_settings_say_where_and_nobody_says_who(tmp_path: Path) -> None:
    found = reached(tmp_path)
    assert (found.url, found.url_from, found.owner, found.login) == (URL, "jjbgen.yaml", "example", None)
    assert found.shown == "controller main, https://jenkins.example.org, as nobody in particular"


def test_the_environment_says_who_and_where(tmp_path: Path) -> None:
    found = reached(
        tmp_path, {"JENKINS_URL": "http://inside:8080/ci/", "JENKINS_USER": "deploy", "JENKINS_API_TOKEN": WORD}
    )
    assert (found.url, found.login) == ("http://inside:8080/ci", Login("deploy", WORD))
    assert found.shown == "controller main, http://inside:8080/ci (of JENKINS_URL), as deploy of the environment"


def test_a_build_says_where_it_runs_and_not_where_jobs_go(tmp_path: Path) -> None:
    own = {"JENKINS_URL": "https://other.example.org/", "HUDSON_URL": "https://other.example.org/"}
    assert reached(tmp_path, own).url == URL
    assert reached(tmp_path, {**own, "JENKINS_URL": "https://third.example.org/"}).url == "https://third.example.org"


def test_a_file_of_jjb_named_on_the_command_line_is_stronger_than_the_environment(tmp_path: Path) -> None:
    conf = write_tree(tmp_path / "etc", {"jjb.ini": INI}) / "jjb.ini"
    environment = {"JENKINS_URL": "https://env.example.org", "JENKINS_USER": "of-env", "JENKINS_API_TOKEN": "env"}
    found = reached(tmp_path, environment, conf)
    assert (found.url, found.login) == ("https://ini.example.org", Login("of-ini", "100%-ini"))


def test_a_file_of_jjb_may_leave_the_secret_to_the_environment(tmp_path: Path) -> None:
    conf = write_tree(tmp_path / "etc", {"jjb.ini": "[jenkins]\nuser=of-ini\n"}) / "jjb.ini"
    assert reached(tmp_path, {"JENKINS_API_TOKEN": WORD}, conf).login == Login("of-ini", WORD)


def test_netrc_is_asked_last_and_for_the_host_in_use(tmp_path: Path) -> None:
    lines = f"machine jenkins.example.org login of-netrc password {WORD}\n"
    write_tree(tmp_path, {"netrc": lines})
    assert reached(tmp_path / "a").login == Login("of-netrc", WORD)
    assert reached(tmp_path / "b", {"JENKINS_URL": "https://other.example.org"}).login is None
    both = {"JENKINS_USER": "of-env", "JENKINS_API_TOKEN": "env"}
    assert reached(tmp_path / "c", both).login == Login("of-env", "env")


def test_a_secret_of_netrc_is_that_of_its_own_user_only(tmp_path: Path) -> None:
    write_tree(tmp_path, {"netrc": f"machine jenkins.example.org login alice password {WORD}\n"})
    assert reached(tmp_path / "a", {"JENKINS_USER": "alice"}).login == Login("alice", WORD)
    with pytest.raises(ConfigError, match="there is no API token for the user 'bob'"):
        reached(tmp_path / "b", {"JENKINS_USER": "bob"})


def test_with_several_controllers_each_is_where_the_settings_say(tmp_path: Path) -> None:
    more = "owner: example}\n  lab: {url: https://lab.example.org, owner: example, labels: [lab]}"
    settings = SETTINGS.replace("owner: example}", more)
    assert reached(tmp_path / "a", {"JENKINS_URL": "https://JENKINS.example.org:443/"}, settings=settings).url
    with pytest.raises(ConfigError, match="the controller 'main' is at https://jenkins"):
        reached(tmp_path / "b", {"JENKINS_URL": "https://lab.example.org"}, settings=settings)


def test_a_netrc_that_is_no_text_is_told(tmp_path: Path) -> None:
    (tmp_path / "netrc").write_bytes(b"machine jenkins.example.org login \xff password x\n")
    with pytest.raises(ConfigError, match="netrc: is not UTF-8"):
        reached(tmp_path / "a")


@pytest.mark.parametrize(
    ("environment", "told"),
    [
        (
            {"JENKINS_USER": "me"},
            "jjbgen.yaml: there is no API token for the user 'me' of the environment; set JENKINS_API_TOKEN",
        ),
        (
            {"JENKINS_API_TOKEN": WORD},
            "jjbgen.yaml: there is an API token in the environment, and nobody it is of; set JENKINS_USER",
        ),
        (
            {"JENKINS_URL": "jenkins.example.org"},
            "JENKINS_URL: is not the URL of a controller; write it like https://jenkins.example.org",
        ),
        (
            {"JENKINS_URL": f"https://me:{WORD}@jenkins.example.org"},
            "JENKINS_URL: a URL must not hold a user or a password; use JENKINS_USER and JENKINS_API_TOKEN",
        ),
        ({"JENKINS_URL": "file:///etc"}, "JENKINS_URL: is not the URL of a controller; write it like"),
        ({"JENKINS_URL": "http://[x"}, "JENKINS_URL: is not the URL of a controller; write it like"),
        (
            {"JENKINS_URL": "https://jenkins.example.org/?a=b"},
            "JENKINS_URL: is not the URL of a controller; write it like",
        ),
        ({"JENKINS_URL": f"https://a/ci@{WORD}"}, "JENKINS_URL: a URL must not hold a user or a password"),
        ({"JENKINS_URL": "https://a b"}, "JENKINS_URL: is not the URL of a controller; write it like"),
    ],
)
def test_half_a_login_and_odd_urls_are_told_without_a_secret(
    environment: dict[str, str], told: str, tmp_path: Path
) -> None:
    with pytest.raises(ConfigError) as error:
        reached(tmp_path, environment)
    assert str(error.value).startswith(told)
    assert WORD not in str(error.value)


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (None, "cannot be read: No such file or directory"),
        (f"password={WORD}\n", "is not a file of JJB's settings"),
        (f"[jenkins]\npassword={WORD}\npassword={WORD}\n", "is not a file of JJB's settings"),
        ("\udcff", "is not a file of JJB's settings"),
    ],
)
def test_a_file_that_is_not_jjbs_is_told_without_its_content(content: str | None, told: str, tmp_path: Path) -> None:
    conf = tmp_path / "jjb.ini"
    if content is not None:
        conf.write_bytes(content.encode("utf-8", "surrogateescape"))
    with pytest.raises(ConfigError) as error:
        reached(tmp_path, conf=conf)
    assert str(error.value) == f"{conf}: {told}"


def test_certificates_are_a_file_of_the_config_repo_or_of_the_machine(tmp_path: Path) -> None:
    settings = SETTINGS.replace("owner: example}", "owner: example, ca-bundle: own.pem, proxy: 'http://proxy:3128'}")
    write_tree(tmp_path, {"own.pem": "x"})
    found = reached(tmp_path, settings=settings)
    assert (found.ca_bundle, found.proxy) == (tmp_path / "own.pem", "http://proxy:3128")
    absolute = settings.replace("own.pem", str(tmp_path / "own.pem"))
    assert reached(tmp_path, settings=absolute).ca_bundle == tmp_path / "own.pem"
    with pytest.raises(ConfigError, match=r"the ca-bundle 'gone\.pem' is not there"):
        reached(tmp_path, settings=settings.replace("own.pem", "gone.pem"))


def test_of_several_controllers_one_is_named(tmp_path: Path) -> None:
    more = "owner: example}\n  lab: {url: https://lab.example.org, owner: example, labels: [lab]}"
    config_repo(tmp_path, {"jjbgen.yaml": SETTINGS.replace("owner: example}", more)})
    project = load_settings(tmp_path).project
    assert chosen(project, "lab") == "lab"
    with pytest.raises(ConfigError, match="there are several controllers; name one with --controller: main, lab"):
        chosen(project, None)
    with pytest.raises(ConfigError, match="unknown controller 'lob'; did you mean 'lab'"):
        chosen(project, "lob")


def test_no_secret_is_in_what_is_printed_of_a_connection(tmp_path: Path) -> None:
    found = reached(tmp_path, {"JENKINS_USER": "me", "JENKINS_API_TOKEN": WORD})
    assert WORD not in repr(found) + str(found) + found.shown
