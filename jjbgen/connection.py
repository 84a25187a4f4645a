"""How to reach a controller, and who asks: from the places where people keep that.

From the weakest to the strongest: the settings, netrc, the environment, a file of JJB named on the command line. Each
value knows where it is from. A secret is in none of them shown, and is never in the settings.
"""

from __future__ import annotations

import configparser
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from jjbgen.errors import ConfigError, Pos, Problem, nearest
from jjbgen.model import check_url
from jjbgen.places import SETTINGS
from jjbgen.project import Project
from jjbgen.session import Login

URL, USER, TOKEN = "JENKINS_URL", "JENKINS_USER", "JENKINS_API_TOKEN"
"""Variables of the environment."""

_IN_A_BUILD = "HUDSON_URL"
"""Jenkins gives it to its builds, with the value of JENKINS_URL."""


@dataclass(frozen=True, slots=True)
class Connection:
    """All that is needed to talk to a controller."""

    controller: str
    """Its name in the settings."""
    owner: str
    url: str
    url_from: str
    login: Login | None
    login_from: str
    ca_bundle: Path | None = None
    proxy: str | None = field(default=None, repr=False)

    @property
    def shown(self) -> str:
        """Who talks to whom, for people."""
        who = f"{self.login.user} of {self.login_from}" if self.login else "nobody in particular"
        where = "" if self.url_from == SETTINGS else f" (of {self.url_from})"
        return f"controller {self.controller}, {self.url}{where}, as {who}"


def chosen(project: Project, name: str | None) -> str:
    """The controller to work on: the one that is named, or the only one; raises ConfigError."""
    if name is None and len(project.controllers) == 1:
        return next(iter(project.controllers))
    if name is None:
        listed = ", ".join(project.controllers)
        raise _error("there are several controllers", f"name one with --controller: {listed}")
    if name not in project.controllers:
        raise _error(f"unknown controller {name!r}", nearest(name, project.controllers))
    return name


def connection(
    project: Project, root: Path, name: str, environment: Mapping[str, str], conf: Path | None = None
) -> Connection:
    """How to reach the controller `name` of the config repo at `root`; `conf` is a `jenkins_jobs.ini`.

    Raises ConfigError for half a login, for files that cannot be read, and where there are several controllers and
    something else than the settings says where one is.
    """
    controller = project.controllers[name]
    ini = _ini(conf) if conf else {}
    url, url_from = controller.url, SETTINGS
    if _is_a_choice(environment):
        url, url_from = _checked(environment[URL], URL), URL
    if conf and ini.get("url"):
        url, url_from = _checked(ini["url"], str(conf)), str(conf)
    if len(project.controllers) > 1 and _same(url) != _same(controller.url):
        # The jobs of one controller would be left-overs, or worse, on another one.
        what = f"is {url}, and the controller {name!r} is at {controller.url}"
        raise _error(what, "with several controllers their URLs are those of jjbgen.yaml", file=url_from)
    login, login_from = _login(url, environment, ini, str(conf))
    return Connection(
        controller=name,
        owner=controller.owner,
        url=url,
        url_from=url_from,
        login=login,
        login_from=login_from,
        ca_bundle=_certificates(root, controller.ca_bundle),
        proxy=controller.proxy,
    )


def _is_a_choice(environment: Mapping[str, str]) -> bool:
    """Whether a person has set JENKINS_URL. In a build it says where that runs, which need not be where jobs go."""
    return bool(environment.get(URL)) and environment[URL] != environment.get(_IN_A_BUILD)


def _checked(url: str, source: str) -> str:
    if "@" in url:
        raise _error(f"a URL must not hold a user or a password; use {USER} and {TOKEN}", file=source)
    try:
        kept = check_url(url)
        parts = urlsplit(kept)
    except ValueError:
        raise _error(_NO_URL, file=source) from None
    if parts.scheme not in ("http", "https") or parts.query or parts.fragment:
        raise _error(_NO_URL, file=source)
    return kept


_NO_URL = "is not the URL of a controller; write it like https://jenkins.example.org"


def _same(url: str) -> tuple[str, str, int, str]:
    """What is equal for URLs of one controller."""
    parts = urlsplit(url)
    port = parts.port or {"http": 80, "https": 443}.get(parts.scheme, 0)
    return parts.scheme.lower(), (parts.hostname or "").lower(), port, parts.path.rstrip("/")


def _login(url: str, environment: Mapping[str, str], ini: Mapping[str, str], conf: str) -> tuple[Login | None, str]:
    user, user_from, secret, secret_from = "", "", "", ""
    for source, name, word in (
        ("the environment", environment.get(USER, ""), environment.get(TOKEN, "")),
        (conf, ini.get("user", ""), ini.get("password", "")),
    ):
        if name:
            user, user_from = name, source
        if word:
            secret, secret_from = word, source
    if not secret:
        # A secret of netrc is that of its own user, and of nobody else.
        name, word = _netrc(url)
        if name and user in ("", name):
            user, user_from, secret, secret_from = name, user_from or "netrc", word, "netrc"
    if user and not secret:
        raise _error(f"there is no API token for the user {user!r} of {user_from}", f"set {TOKEN}")
    if secret and not user:
        raise _error(f"there is an API token in {secret_from}, and nobody it is of", f"set {USER}")
    return (Login(user, secret), user_from) if user else (None, "")


def _netrc(url: str) -> tuple[str, str]:
    # requests knows where people keep it, on each system, and passes over one that cannot be read.
    from requests.utils import get_netrc_auth

    try:
        return get_netrc_auth(url) or ("", "")
    except UnicodeDecodeError:
        raise _error("is not UTF-8", file="netrc") from None


def _ini(path: Path) -> Mapping[str, str]:
    parser = configparser.ConfigParser(interpolation=None)
    try:
        parser.read_string(path.read_text(encoding="utf-8"), str(path))
    except OSError as error:
        raise _error(f"cannot be read: {error.strerror}", file=str(path)) from None
    except (UnicodeDecodeError, configparser.Error):
        # The parser's own words hold lines of the file, and a password may be one.
        raise _error("is not a file of JJB's settings", file=str(path)) from None
    return parser["jenkins"] if parser.has_section("jenkins") else {}


def _certificates(root: Path, name: str | None) -> Path | None:
    if name is None:
        return None
    path = root / name
    if not path.is_file():
        raise _error(f"the ca-bundle {name!r} is not there")
    return path


def _error(what: str, hint: str = "", *, file: str = SETTINGS) -> ConfigError:
    return ConfigError([Problem(Pos(file), "", what, hint)])
