"""Literals that look like secrets are found, and what only resembles them is left alone.

The literals are put together here from two parts, so that no scanner takes this file for a leak.
"""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jjbgen import secretscan, source

SECRETS = {
    "a private key": [
        "-----BEGIN RSA " + "PRIVATE KEY-----",
        "-----BEGIN " + "PRIVATE KEY-----",
        "-----BEGIN OPENSSH " + "PRIVATE KEY-----\nx",
    ],
    "an AWS access key": ["AKIA" + "ABCDEFGHIJKLMNOP", "ASIA" + "0123456789ABCDEF"],
    "a GitHub token": [*(f"gh{kind}_" + "a1B2" * 9 for kind in "pousr"), "github_pat_" + "a1B2_" * 5],
    "a Slack token": [*(f"xox{kind}-" + "1234567890-abc" for kind in "abprs")],
    "a GitLab token": ["glpat-" + "a1B2c" * 4],
    "a PyPI token": ["pypi-" + "a1B2" * 8],
    "a JSON web token": ["eyJ" + "a1B2c3D4e5f6" + ".eyJ" + "a1B2c3D4e5f6" + ".x"],
    "a password in a URL": ["https://me:" + "pw@example.org/x", "ssh://git:" + "x1@example.org"],
}

HARMLESS = [
    "",
    "main",
    "AKIA",
    "AKIA" + "abcdefghijklmnop",
    "XAKIA" + "ABCDEFGHIJKLMNOP",
    "ghp_short",
    "eyJhbGciOi",
    "xoxb",
    "glpat-",
    "pypi-server",
    "https://example.org/a:b@c",
    "https://$USER:$PASSWORD@example.org",
    "https://me@example.org",
    "http://localhost:8080/x@y",
    "-----BEGIN CERTIFICATE-----",
    "docker.io/example/image@sha256:" + "0123456789abcdef" * 4,
]


@pytest.mark.parametrize(("what", "text"), [(what, text) for what, texts in SECRETS.items() for text in texts])
def test_the_shapes_of_secrets_are_seen_anywhere_in_a_text(what: str, text: str) -> None:
    assert secretscan.looks_like_secret(text) == what
    assert secretscan.looks_like_secret(f"curl -u '{text}' example.org") == what


@pytest.mark.parametrize("text", HARMLESS)
def test_what_only_resembles_a_secret_passes(text: str) -> None:
    assert secretscan.looks_like_secret(text) is None


@pytest.mark.parametrize(
    "name",
    [
        "PASSWORD",
        "DB_PASSWORD",
        "db-password",
        "MY_PASSWD",
        "KEY_PASSPHRASE",
        "CLIENT_SECRET",
        "GITHUB_TOKEN",
        "API_KEY",
        "APIKEY",
        "X_API-KEY",
        "PRIVATE_KEY",
        "ACCESS_KEY",
        "token",
    ],
)
def test_the_value_of_a_secret_variable_is_a_secret(name: str) -> None:
    assert secretscan.looks_like_secret("abc-def-012", name) == f"the value of {name}"


@pytest.mark.parametrize(
    "name", ["", "TOKEN_FILE", "TOKENS", "API_KEY_ID", "SECRETS_DIR", "MONKEY", "MYTOKEN", "PASSWORDLESS", "KEY"]
)
def test_other_variables_may_hold_the_same(name: str) -> None:
    assert secretscan.looks_like_secret("abc-def-012", name) is None


@pytest.mark.parametrize(
    "text",
    [
        "",
        "$FROM_JENKINS",
        "${FROM_JENKINS}",
        "/run/secrets/token",
        "vault/token.txt",
        "true",
        "false",
        "changes",
        "123456",
    ],
)
def test_a_reference_is_no_secret(text: str) -> None:
    assert secretscan.looks_like_secret(text, "A_TOKEN") is None


@pytest.mark.parametrize("text", ["hunter2", "changeme1", "1234567", "correct horse", "abcdefgh", "x$y"])
def test_a_literal_in_a_secret_variable_is_a_secret(text: str) -> None:
    assert secretscan.looks_like_secret(text, "A_TOKEN") == "the value of A_TOKEN"


@given(st.text(), st.text(max_size=12))
def test_any_text_can_be_looked_at(text: str, name: str) -> None:
    found = secretscan.looks_like_secret(text, name)
    assert found is None or found in SECRETS or found == f"the value of {name}"


def told(text: str) -> list[str]:
    """What is told about a file."""
    return sorted(str(problem) for problem in secretscan.problems(source.parse(text, "x.yaml")))


def test_every_value_of_a_file_is_looked_at_and_told_at_its_place() -> None:
    token = "ghp_" + "a1B2" * 9
    text = f"title: {token}\nbuild:\n  commands:\n    - echo\n    - curl {token}\n"
    hint = "keep it in Jenkins and name its credentials id"
    assert told(text) == [
        f"x.yaml:1:8: title: looks like a secret: a GitHub token; {hint}",
        f"x.yaml:5:7: build.commands[1]: looks like a secret: a GitHub token; {hint}",
    ]


@pytest.mark.parametrize(
    ("text", "field"),
    [
        ("environment: {A_TOKEN: abc-def-012}", "environment.A_TOKEN"),
        ("tests: {unit: {environment: {A_TOKEN: abc-def-012}}}", "tests.unit.environment.A_TOKEN"),
        ("images: {x: {build-arguments: {A_TOKEN: abc-def-012}}}", "images.x.build-arguments.A_TOKEN"),
        ("parameters: {A_TOKEN: {default: abc-def-012}}", "parameters.A_TOKEN.default"),
    ],
)
def test_a_variable_is_known_by_where_it_stands(text: str, field: str) -> None:
    (line,) = told(text)
    assert f": {field}: looks like a secret: the value of A_TOKEN; " in line


@pytest.mark.parametrize(
    "text",
    [
        "parameters: {A_TOKEN: {description: abc-def-012}}",
        "credentials: {A_TOKEN: abc-def-012}",
        "environment: {A_TOKEN: }",
        "labels: [abc-def-012]",
    ],
)
def test_an_id_or_a_description_is_no_value_of_a_variable(text: str) -> None:
    assert told(text) == []


def test_the_secret_itself_is_not_repeated() -> None:
    token = "glpat-" + "a1B2c" * 4
    assert token not in "".join(told(f"a: {token}\nenvironment: {{A_TOKEN: {token}}}\n"))


@pytest.mark.parametrize("text", [text for texts in SECRETS.values() for text in texts if "\n" not in text])
@pytest.mark.parametrize(
    "written",
    ["key: {}", "key: '{}'", 'key: "{}"', "- {}", "key: >-\n  words\n  {}\n  words", "key: |\n  {}", "escaped"],
)
def test_a_secret_is_seen_however_it_is_written(text: str, written: str) -> None:
    escaped = 'key: "' + "".join(f"\\u{ord(char):04x}" for char in text) + '"'
    document = source.parse(escaped if written == "escaped" else written.format(text), "some.yaml")
    assert len(list(secretscan.problems(document))) == 1
