"""A Jenkins controller for tests: an HTTP server in this process that answers as a real one was recorded.

    with ContractJenkins() as jenkins:
        requests.get(f"{jenkins.url}/api/json", auth=jenkins.login, timeout=5)

What is recorded and what is from sources is said in the modules behind it, which are split by what they know:
`jenkins_answers.py` (requests), `jenkins_access.py` (logins, refusals), `jenkins_state.py` (items, views),
`jenkins_xml.py` and `jenkins_classes.py` (their XML), `jenkins_json.py` and `jenkins_tree.py` (the remote API),
`jenkins_pages.py` (HTML), `jenkins_faults.py` (what goes wrong). Here are connections, the log, and what tests do to
the controller behind a client's back. `tests/test_contract_jenkins.py` replays the records against it.
"""

from __future__ import annotations

import contextlib
import os
import socket
import socketserver
import struct
import sys
import threading
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any

from tests.jenkins_access import Access, Answer, Question
from tests.jenkins_answers import Answers
from tests.jenkins_faults import Fault
from tests.jenkins_state import Group, Plugin, State, User, recorded_plugins

ADMIN = User("admin", "a password: with colon", "11c0ffee11c0ffee11c0ffee11c0ffee11")
"""Who may do everything."""

FOLDER_XML = b"<com.cloudbees.hudson.plugins.folder.Folder/>"


@dataclass
class Request:
    """A request that has arrived, in the log."""

    method: str
    path: str
    """With query, as sent."""
    headers: Mapping[str, str]
    """By name in lower case."""
    connection: int
    """The number of the connection that it has come by."""
    number: int = 0
    """From 1 on, since the log was reset."""
    body: bytes = b""
    user: str | None = None
    session: str | None = None
    """The HTTP session that its cookie belongs to."""
    status: int | None = None
    """What was answered; None where no answer was sent."""
    changed: bool = False
    """Whether it changed something, whatever was answered."""


class ContractJenkins:
    """The controller, and its log; a context."""

    def __init__(
        self,
        *,
        plugins: Iterable[Plugin] = (),
        users: Iterable[User] = (),
        context: str = "",
        writes_anew: bool = False,
    ) -> None:
        """Prepare a controller.

        It has `plugins` and `users` beside those recorded and the administrator; its URLs have the path `context`.
        With `writes_anew` it saves what is posted at once, as Jenkins does since 2.568.
        """
        installed = recorded_plugins() | {plugin.name: plugin for plugin in plugins}
        people = {user.name: user for user in (ADMIN, *users)}
        self.state = State(people, installed, writes_anew=writes_anew)
        self.lock = threading.RLock()
        """Held while a request is answered; a test that changes the state itself takes it too."""
        self.faults: list[Fault] = []
        self.requests: list[Request] = []
        self.hanging = threading.Semaphore(0)
        """Released once for each request that hangs: a test can wait for it."""
        self.stopping = threading.Event()
        self.context = context
        self._access = Access(people)
        self._server = _Server(self)
        self._answers = Answers(self.state, self._access, self.url)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.005,), name="jenkins")

    @property
    def url(self) -> str:
        """Where it is, without a slash at the end."""
        return f"http://127.0.0.1:{self._server.server_port}{self.context}"

    @property
    def login(self) -> tuple[str, str]:
        """Name and API token of the administrator."""
        return ADMIN.name, ADMIN.token

    @property
    def password(self) -> tuple[str, str]:
        """Name and password of the administrator, who needs crumbs with it."""
        return ADMIN.name, ADMIN.password

    def __enter__(self) -> ContractJenkins:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stopping.set()
        self._server.shutdown()
        self._thread.join()
        self._server.end()
        if self._server.crashes and error is None:
            raise AssertionError("the controller of the test failed") from self._server.crashes[0]

    def writes(self) -> list[Request]:
        """The requests that changed something."""
        with self.lock:
            return [request for request in self.requests if request.changed]

    def reset_log(self) -> None:
        """Forget the requests; the next one is the first."""
        with self.lock:
            self.requests.clear()

    def items(self) -> dict[str, str]:
        """The XML of all items as it is served, by full name."""
        with self.lock:
            return {item.full_name: self.state.config(item) for item in self.state.root.descendants()}

    def config(self, full_name: str) -> str:
        """The XML of an item as it is served."""
        with self.lock:
            return self.state.config(self.state.find(full_name))

    def views(self, folder: str = "") -> dict[str, str]:
        """The XML of the views of the root or of a folder as it is served, by name."""
        with self.lock:
            group = self._group(folder)
            return {view.name: self.state.view_config(view) for view in group.views.values()}

    def add_item(self, full_name: str, xml: str, *, saved: bool = True) -> None:
        """Make a job or folder as a person does, with the folders around it; not `saved`, it is served as given."""
        with self.lock:
            *folders, name = full_name.split("/")
            group = self.state.root
            for folder in folders:
                group = group.get(folder) or self.state.create(group, folder, FOLDER_XML)
            item = self.state.create(group, name, xml.encode())
            if saved:
                self.state.save(item)

    def edit(self, full_name: str, xml: str) -> None:
        """Change a job as a person does in the browser, which saves it."""
        with self.lock:
            item = self.state.find(full_name)
            self.state.update(item, xml)
            self.state.save(item)

    def disable(self, full_name: str, *, disabled: bool = True) -> None:
        """Disable a job as a person does in the browser, or enable it."""
        with self.lock:
            self.state.set_disabled(self.state.find(full_name), disabled)

    def remove_item(self, full_name: str) -> None:
        """Delete a job or folder as a person does in the browser."""
        with self.lock:
            self.state.delete(self.state.find(full_name))

    def add_view(self, name: str, xml: str, folder: str = "") -> None:
        """Make a view as a person does in the browser."""
        with self.lock:
            self.state.create_view(self._group(folder), name, xml.encode())

    def resave(self, full_name: str) -> None:
        """Make Jenkins write an item anew, as many plugins and some builds do."""
        with self.lock:
            self.state.save(self.state.find(full_name))

    def resave_all(self) -> None:
        """Make Jenkins write all items anew."""
        with self.lock:
            for item in self.state.root.descendants():
                self.state.save(item)

    def expire_sessions(self) -> None:
        """Forget the sessions of all clients, and with them their crumbs."""
        with self.lock:
            self._access.expire_sessions()

    def restart(self) -> None:
        """Forget all that a restart forgets."""
        with self.lock:
            self._access.start()

    def _group(self, full_name: str) -> Group:
        return self.state.find(full_name) if full_name else self.state.root

    def arrived(self, request: Request) -> list[Fault]:
        """Note a request whose headers have been read; returns what goes wrong with it."""
        with self.lock:
            self.requests.append(request)
            request.number = len(self.requests)
            return [fault for fault in self.faults if fault.meets(request.number, request.method, request.path)]

    def answer(self, request: Request) -> Answer:
        """What Jenkins answers."""
        question = Question(request.method, request.path, request.headers, request.body)
        with self.lock:
            request.session = self._access.session(question)
            if self.context and not request.path.startswith(f"{self.context}/"):
                return Answer(404)
            question.target = request.path[len(self.context) :]
            answer, user = self._answers.answer(question)
            request.user = user.name if user else None
            request.changed = answer.changed
            return answer


class _ResetError(Exception):
    """The connection ends here, without a farewell."""


class _Server(ThreadingHTTPServer):
    daemon_threads = False
    request_queue_size = 128

    def __init__(self, jenkins: ContractJenkins) -> None:
        self.jenkins = jenkins
        self.crashes: list[BaseException] = []
        self.connections: dict[int, socket.socket] = {}
        self._opened = 0
        super().__init__(("127.0.0.1", 0), _Handler)

    def server_bind(self) -> None:
        # HTTPServer asks the name service for its own name.
        socketserver.TCPServer.server_bind(self)
        self.server_name, self.server_port = "127.0.0.1", self.server_address[1]

    def opened(self, connection: socket.socket) -> int:
        """Note a connection; returns its number."""
        with self.jenkins.lock:
            self._opened += 1
            self.connections[self._opened] = connection
            if self.jenkins.stopping.is_set():
                _end(connection)
            return self._opened

    def closed(self, number: int) -> None:
        """Forget a connection."""
        with self.jenkins.lock:
            del self.connections[number]

    def end(self) -> None:
        """End all connections, and wait for their threads."""
        with self.jenkins.lock:
            for connection in self.connections.values():
                _end(connection)
        self.server_close()

    def handle_error(self, *_: Any) -> None:
        """Keep what a handler died of; the context raises it."""
        error = sys.exc_info()[1]
        if error is not None and not isinstance(error, OSError):
            self.crashes.append(error)


def _end(connection: socket.socket) -> None:
    """Wake up whoever reads from a connection."""
    with contextlib.suppress(OSError):
        connection.shutdown(socket.SHUT_RDWR)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: _Server

    def setup(self) -> None:
        super().setup()
        self.number = self.server.opened(self.connection)

    def finish(self) -> None:
        self.server.closed(self.number)
        super().finish()

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the base class names it so
        pass

    def do_GET(self) -> None:
        headers = {name.lower(): value for name, value in self.headers.items()}
        request = Request(self.command, self.path, headers, self.number)
        faults = self.server.jenkins.arrived(request)
        try:
            self._serve(request, faults)
        except _ResetError:
            self._reset()
        except OSError:
            self.close_connection = True

    def do_HEAD(self) -> None:
        self.do_GET()

    def do_POST(self) -> None:
        self.do_GET()

    def _serve(self, request: Request, faults: list[Fault]) -> None:
        kinds = {fault.kind for fault in faults}
        if "reset-before-reading" in kinds:
            raise _ResetError
        assert "transfer-encoding" not in request.headers, "only bodies of a known length are read"
        length = int(request.headers.get("content-length", "0"))
        request.body = self.rfile.read(length // 2 if "reset-in-request" in kinds else length)
        if "reset-in-request" in kinds or len(request.body) < length:
            raise _ResetError
        self._wait(fault for fault in faults if not fault.after)
        answer = self._answer(request, faults)
        self._wait(fault for fault in faults if fault.after)
        if "reset-before-answer" in kinds:
            raise _ResetError
        request.status = answer.status
        self._send(answer, half="reset-in-answer" in kinds)
        if "close-after" in kinds:
            self.close_connection = True

    def _wait(self, faults: Iterable[Fault]) -> None:
        for fault in faults:
            if fault.kind == "latency":
                self.server.jenkins.stopping.wait(fault.seconds)
            elif fault.kind == "hang":
                self._hang()

    def _hang(self) -> None:
        jenkins = self.server.jenkins
        jenkins.hanging.release()
        while not jenkins.stopping.is_set() and self.connection.recv(1, socket.MSG_PEEK):
            jenkins.stopping.wait(0.05)
        raise _ResetError

    def _answer(self, request: Request, faults: list[Fault]) -> Answer:
        jenkins = self.server.jenkins
        kinds = {fault.kind for fault in faults}
        if "restart" in kinds:
            jenkins.restart()
        if "sessions-expire" in kinds:
            jenkins.expire_sessions()
        answer = next(filter(None, (fault.instead() for fault in faults)), None)
        if answer is None:
            answer = jenkins.answer(request)
            for fault in faults:
                answer = fault.instead_of(answer)
        return answer

    def _send(self, answer: Answer, *, half: bool) -> None:
        lines = [f"HTTP/1.1 {answer.status} {HTTPStatus(answer.status).phrase}", "Server: Jetty(12.0.22)"]
        lines += [f"{name}: {value}" for name, value in answer.headers.items()]
        head = "\r\n".join([*lines, f"Content-Length: {len(answer.body)}", "", ""]).encode("latin-1")
        body = b"" if self.command == "HEAD" else answer.body
        if half:
            self.wfile.write(head + body[: len(body) // 2] if body else head[: len(head) // 2])
            raise _ResetError
        self.wfile.write(head + body)

    def _reset(self) -> None:
        """End the connection with a reset: nothing that is still under way arrives."""
        self.close_connection = True
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        os.close(self.connection.detach())
