"""The HTML pages of Jenkins, and of what stands in front of it.

Recorded (`tests/jenkins_contract/exchanges.json`): what an error page says, its length, and the page of Jetty. From
sources (the views of Jenkins 2.516.2): the markup around it, a refusal for want of a permission, of a GET where a POST
is due, and the page while Jenkins starts. The proxy's pages are those of nginx.
"""

from __future__ import annotations

import uuid
from html import escape
from http import HTTPStatus

VERSION = "2.516.2"

_SYMBOL = (
    '<svg class="svg-icon" viewBox="0 0 512 512"><path d="M256 48C141.1 48 48 141.1 48 256s93.1 208 208 208"/></svg>'
)
_SYMBOLS = f'<template id="symbols">{_SYMBOL * 802}</template>'
"""Most of a page is symbols: what a client shows of an error must not be the page."""

_LAYOUT = """<!DOCTYPE html><html class=""><head resURL="/static/ab12cd34" data-crumb-header="Jenkins-Crumb">
<title>{title}</title><link rel="stylesheet" href="/static/ab12cd34/jsbundles/styles.css" type="text/css">
<script src="/static/ab12cd34/scripts/behavior.js" type="text/javascript"></script></head>
<body id="jenkins" class="two-column jenkins-{version}" data-version="{version}">
<a href="#skip2content" class="jenkins-skip-link">Skip to content</a>{symbols}
<div id="page-body" class="app-page-body clear"><div id="main-panel"><a id="skip2content"></a>{content}</div></div>
<footer class="page-footer"><a class="rest-api" href="api/">REST API</a><button>Jenkins {version}</button></footer>
</body></html>
"""


def page(content: str, title: str = "Jenkins") -> str:
    """A page of Jenkins."""
    return _LAYOUT.format(title=title, version=VERSION, symbols=_SYMBOLS, content=content)


def failure(message: str) -> str:
    """The page that says why Jenkins refuses."""
    return page(f"<h1>Error</h1><p>{escape(message)}</p>")


def missing() -> str:
    """The page where nothing is."""
    return page(
        '<h1 style="text-align: center"><img src="/images/rage.svg"> <span>&nbsp;Oops!</span></h1>'
        '<div id="error-description"><h2>Not Found</h2>'
        "<p>This page may not exist, or you may not have permission to see it.</p></div>",
        "Not Found - Jenkins",
    )


def denied(user: str, permission: str) -> str:
    """The page for somebody who lacks a permission."""
    group, name = permission.split(".")[-2:]
    title = {"Item": "Job", "Hudson": "Overall", "CredentialsProvider": "Credentials"}.get(group, group)
    return page(f'<h1>Access Denied</h1><p class="error">{escape(user)} is missing the {title}/{name} permission</p>')


def post_required(url: str) -> str:
    """The page for a GET of what changes something."""
    return page(
        f"<h1>This URL requires POST</h1><p><code>{escape(url)}</code></p>"
        '<form method="post" name="retry"><button>Retry using POST</button></form>',
        "Method Not Allowed - Jenkins",
    )


def broken() -> str:
    """The page of an error inside of Jenkins; it has no navigation."""
    return _LAYOUT.format(
        title="Jenkins",
        version=VERSION,
        symbols="",
        content='<h1 style="text-align: center"><img src="/images/rage.svg"> <span>&nbsp;Oops!</span></h1>'
        '<div id="error-description"><h2>A problem occurred while processing the request</h2>'
        f"<p>Logging ID={uuid.uuid4()}</p></div>",
    )


def login_required(back_to: str) -> str:
    """The nearly empty page for somebody who has not said who they are."""
    url = f"/login?from={escape(back_to)}"
    return (
        f"<html><head><meta http-equiv='refresh' content='1;url={url}'/>"
        f"<script>window.location.replace('{url}');</script></head>"
        "<body style='background-color:white; color:white;'>Authentication required<!--\n-->\n\n</body></html>"
        + " "
        * 300
    )


def login() -> str:
    """The page that asks for name and password."""
    return page(
        '<h1>Sign in to Jenkins</h1><form name="login" action="j_spring_security_check" method="post">'
        '<input name="j_username"><input name="j_password" type="password"><button>Sign in</button></form>',
        "Sign in - Jenkins",
    )


def jetty(status: int, message: str, path: str) -> str:
    """The page of the servlet container below Jenkins."""
    rows = {"URI": path, "STATUS": str(status), "MESSAGE": message, "SERVLET": "Stapler"}
    table = "".join(f"<tr><th>{name}:</th><td>{escape(value)}</td></tr>\n" for name, value in rows.items())
    return (
        '<html>\n<head>\n<meta http-equiv="Content-Type" content="text/html;charset=ISO-8859-1"/>\n'
        f"<title>Error {status} {escape(message)}</title>\n</head>\n<body>\n"
        f"<h2>HTTP ERROR {status} {escape(message)}</h2>\n<table>\n{table}</table>\n"
        '<hr/><a href="https://jetty.org/">Powered by Jetty:// 12.0.22</a><hr/>\n</body>\n</html>\n'
    )


def wait() -> str:
    """The page while Jenkins starts."""
    return (
        '<!DOCTYPE html><html lang="en"><head><title>Starting Jenkins</title></head><body><div class="simple-page">'
        '<h1 class="loading">Please wait while Jenkins is getting ready to work</h1>'
        '<p class="restarting">Your browser will reload automatically when Jenkins is ready</p></div></body></html>'
    )


def proxy(status: int) -> str:
    """The page of a proxy in front of Jenkins."""
    title = f"{status} {HTTPStatus(status).phrase}"
    return (
        f"<html>\r\n<head><title>{title}</title></head>\r\n<body>\r\n<center><h1>{title}</h1></center>\r\n"
        "<hr><center>nginx</center>\r\n</body>\r\n</html>\r\n"
    )
