"""Whether a chart's version is in a chart repository already: an OCI registry, or a classic one with an index.

Asked without credentials, since untrusted changes are checked with it too. What cannot be seen is said to be
unseen. Protocol: OCI distribution specification 1.0, and the token authentication of the Docker registry.
"""

from __future__ import annotations

import re
from urllib.parse import urlsplit

import requests
import yaml
from urllib3.exceptions import HTTPError

from jjbgen.errors import JjbgenError, without_secrets

_TIMEOUT = 20
"""Seconds for one request."""

_MAX_INDEX = 64 * 1024 * 1024
_MANIFESTS = "application/vnd.oci.image.manifest.v1+json, application/vnd.oci.image.index.v1+json"
_CHALLENGE = re.compile(r'(realm|service|scope)="([^"]*)"')
_LOOPBACK = ("localhost", "127.0.0.1", "::1")


class RepositoryError(JjbgenError):
    """A chart repository does not answer as one."""


def is_published(repository: str, name: str, version: str) -> bool | None:
    """Whether `repository` has this version of a chart; None when that cannot be seen without credentials.

    `repository` is a registry, with or without `oci://`, or the http(s) URL of a classic chart repository.
    Raises RepositoryError when it cannot be reached or answers with an error.
    """
    try:
        if repository.startswith(("http://", "https://")):
            return _in_index(repository, name, version)
        return _in_registry(repository.removeprefix("oci://"), name, version)
    except (requests.RequestException, HTTPError, yaml.YAMLError, ValueError) as error:
        raise RepositoryError(f"{without_secrets(repository)}: cannot be read: {type(error).__name__}") from None


def _as_nobody(request: requests.PreparedRequest) -> requests.PreparedRequest:
    """Keeps requests from looking for a login in the agent's ~/.netrc."""
    return request


def _in_index(repository: str, name: str, version: str) -> bool | None:
    place = f"{repository.rstrip('/')}/index.yaml"
    with requests.get(place, timeout=_TIMEOUT, stream=True, auth=_as_nobody) as answer:
        if answer.status_code in (401, 403):
            return None
        _expect(repository, answer)
        index = yaml.load(answer.raw.read(_MAX_INDEX, decode_content=True), Loader=yaml.CSafeLoader)
    entries = index.get("entries") if isinstance(index, dict) else None
    listed = entries.get(name) if isinstance(entries, dict) else None
    return any(isinstance(each, dict) and str(each.get("version")) == version for each in listed or ())


def _in_registry(repository: str, name: str, version: str) -> bool | None:
    host, _, path = repository.partition("/")
    scheme = "http" if urlsplit(f"//{host}").hostname in _LOOPBACK else "https"
    # A tag cannot hold the '+' of build metadata; Helm writes '_' for it.
    place = "/".join(part for part in (path, name) if part)
    url = f"{scheme}://{host}/v2/{place}/manifests/{version.replace('+', '_')}"
    headers = {"Accept": _MANIFESTS}
    answer = requests.head(url, headers=headers, timeout=_TIMEOUT, allow_redirects=True, auth=_as_nobody)
    if answer.status_code == 401:
        token = _token(answer.headers.get("WWW-Authenticate", ""))
        if token is None:
            return None
        headers["Authorization"] = f"Bearer {token}"
        answer = requests.head(url, headers=headers, timeout=_TIMEOUT, allow_redirects=True, auth=_as_nobody)
    if answer.status_code in (401, 403):
        return None
    if answer.status_code == 404:
        return False
    _expect(repository, answer)
    return True


def _token(challenge: str) -> str | None:
    """The token that a registry gives to anybody; None when it gives none."""
    found = dict(_CHALLENGE.findall(challenge))
    realm = found.pop("realm", "")
    place = urlsplit(realm)
    is_safe = place.scheme == "https" or place.hostname in _LOOPBACK
    if not challenge.lower().startswith("bearer ") or not is_safe:
        return None
    answer = requests.get(realm, params=found, timeout=_TIMEOUT, auth=_as_nobody)
    try:
        given = answer.json() if answer.ok else {}
    except ValueError:
        return None
    token = (given.get("token") or given.get("access_token")) if isinstance(given, dict) else None
    return token if isinstance(token, str) else None


def _expect(repository: str, answer: requests.Response) -> None:
    if not answer.ok:
        raise RepositoryError(f"{without_secrets(repository)}: answers with {answer.status_code}")
