"""moto's server in this process, on a port of its own. It says what it was asked, and fails as AWS does on demand."""

from __future__ import annotations

import json
import re
import socket
import threading
import time
import traceback
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field
from email.utils import formatdate
from io import BytesIO
from typing import Any, Literal, NoReturn
from urllib.parse import parse_qs

from moto.cloudformation.exceptions import ValidationError
from moto.cloudformation.models import cloudformation_backends
from moto.core.base_backend import BackendDict
from moto.ecs.models import ecs_backends
from moto.moto_server.werkzeug_app import DomainDispatcherApplication, MotoRequestHandler, create_backend_app
from werkzeug.exceptions import HTTPException
from werkzeug.serving import make_server

from stranglerfig.aws.running import logs
from tests.aws.standin import figures, formation, rights
from tests.aws.standin.formation import SCRIPT, Script
from tests.aws.standin.sessions import execute_command

ACCOUNT, REGION = "123456789012", "eu-west-1"

LOST: Literal["lost"] = "lost"
Environ = dict[str, Any]
StartResponse = Callable[..., Any]


@dataclass(frozen=True)
class Call:
    """``action`` is the operation's name, or method and path where the protocol has none. ``body`` is as it came."""

    action: str
    body: str
    agent: str = ""
    authorization: str = ""
    query: str = ""


@dataclass
class Fault:
    """``times`` None: until the end of ``failing``. As many calls as ``after`` says go well before."""

    action: str
    code: str
    message: str
    status: int = 400
    times: int | None = None
    after: int = 0


@dataclass
class Cloud:
    url: str = ""
    calls: list[Call] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)
    stacks: Script = field(default_factory=lambda: SCRIPT)
    #: what repositories are reached by in place of ECR's own name
    registry: str = ""
    #: what is done when an action is asked for, before it is done
    hooks: dict[str, Callable[[], None]] = field(default_factory=dict)
    #: what is done with every call, before and after
    watchers: list[Watcher] = field(default_factory=list)
    #: what roles were refused, for they may do what their policies allow, and nothing else
    denials: list[str] = field(default_factory=list)
    #: seconds UTC, as answers say it is
    clock: Callable[[], float] = time.time
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def environ(self, **others: str) -> dict[str, str]:
        """For a process that is to find itself on this cloud, with credentials that open nothing else."""
        return {
            "AWS_ENDPOINT_URL": self.url,
            "AWS_ACCESS_KEY_ID": "AKIATESTING",
            "AWS_SECRET_ACCESS_KEY": "testing",
            "AWS_REGION": REGION,
            "AWS_EC2_METADATA_DISABLED": "true",
            **others,
        }

    def actions(self) -> list[str]:
        return [call.action for call in self.calls]

    @contextmanager
    def failing(
        self,
        action: str,
        code: str,
        message: str = "",
        *,
        status: int = 400,
        times: int | None = None,
        after: int = 0,
    ) -> Iterator[Fault]:
        """``action`` "*" is all of them; code "hang up" answers nothing at all, "lose the answer" acts before that."""
        fault = Fault(action, code, message, status, times, after)
        self.faults.append(fault)
        try:
            yield fault
        finally:
            self.faults.remove(fault)

    @contextmanager
    def clock_of(self, clock: Callable[[], float]) -> Iterator[None]:
        self.clock = clock
        try:
            yield
        finally:
            self.clock = time.time

    def forget(self) -> None:
        BackendDict.reset()
        self.calls.clear()
        self.faults.clear()
        self.stacks.clear()
        self.registry = ""
        self.hooks.clear()
        self.watchers.clear()
        self.denials.clear()

    def _note(self, call: Call) -> Fault | None:
        if why := rights.denial(call.action, call.body, call.authorization, call.query):
            self.denials.append(why)
            return Fault(call.action, "AccessDenied", why, status=403)
        with self._lock:
            self.calls.append(call)
            for fault in self.faults:
                if fault.action in ("*", call.action) and fault.times != 0:
                    if fault.after:
                        fault.after -= 1
                        continue
                    if fault.times is not None:
                        fault.times -= 1
                    return fault
        return None


class Watcher:
    """Of calls that go well."""

    def before(self, call: Call) -> None:
        """It is about to be done."""

    def after(self, call: Call) -> Literal["lost"] | None:
        """It is done, and whoever asked has not heard of it; nor does that one, if it is ``LOST``."""
        return None


@contextmanager
def cloud_server() -> Iterator[Cloud]:
    formation.install()
    figures.install()
    # What moto is sent, it finds at once.
    logs.QUIET_S = 0.0
    cloud = Cloud()
    with served(cloud):
        yield cloud
    cloud.forget()


@contextmanager
def served(cloud: Cloud) -> Iterator[None]:
    """On a port of its own."""

    class Clocked(Quiet):
        def date_time_string(self, timestamp: float | None = None) -> str:
            return formatdate(cloud.clock(), usegmt=True)

    server = make_server("127.0.0.1", 0, to_app(cloud), threaded=True, request_handler=Clocked)
    cloud.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def to_app(cloud: Cloud) -> Callable[[Environ, StartResponse], Iterable[bytes]]:
    moto = DomainDispatcherApplication(telling_app)

    def serve(environ: Environ, respond: StartResponse) -> Iterable[bytes]:
        start_response, call = undated(respond), to_call(environ)
        fault = cloud._note(call)
        cloud.hooks.get(call.action, lambda: None)()
        if fault is None:
            return observed(cloud.watchers, call, environ, lambda: answered(call, environ, start_response))
        if fault.code == "lose the answer":
            b"".join(moto(environ, lambda *_: None))
        if fault.code in ("hang up", "lose the answer"):
            hang_up(environ)
        return replied(start_response, fault.status, *refusal(environ, fault))

    def answered(call: Call, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        if call.action in LACKING or call.action == EXECUTE:
            return lacking(call, environ, start_response)
        if call.action == "DescribeRepositories" and cloud.registry:
            return renamed(moto, environ, start_response, cloud.registry)
        # AWS does one thing after the other to a parameter and to a stack; moto looks first, then writes.
        with SCRIPT.turn if call.action in IN_TURN else nullcontext():
            answer: Iterable[bytes] = moto(environ, start_response)
        return answer

    return serve


def observed(
    watchers: Iterable[Watcher], call: Call, environ: Environ, answer: Callable[[], Iterable[bytes]]
) -> Iterable[bytes]:
    for watcher in watchers:
        watcher.before(call)
    found = answer()
    if LOST in [watcher.after(call) for watcher in watchers]:
        hang_up(environ)
    return found


def hang_up(environ: Environ) -> NoReturn:
    environ["werkzeug.socket"].shutdown(socket.SHUT_RDWR)
    raise ConnectionError("as told")


def undated(respond: StartResponse) -> StartResponse:
    """moto tells the time, and the server as well."""

    def start_response(status: str, headers: list[tuple[str, str]], *more: Any) -> Any:
        return respond(status, [pair for pair in headers if pair[0].lower() != "date"], *more)

    return start_response


def telling_app(service: Any) -> Any:
    """A fault of moto's own is shown with the test that met it."""
    app = create_backend_app(service)
    app.register_error_handler(Exception, told)
    return app


def told(error: Exception) -> tuple[str, int]:
    if isinstance(error, HTTPException):
        return str(error), error.code or 500
    traceback.print_exception(error)
    return f"{type(error).__name__}: {error}", 500


class Quiet(MotoRequestHandler):
    protocol_version = "HTTP/1.1"

    def log(self, type: str, message: str, *args: Any) -> None:
        """What is asked is in ``Cloud.calls``."""


def renamed(moto: Any, environ: Environ, start_response: StartResponse, registry: str) -> Iterable[bytes]:
    """With repositories where images can be pushed to."""
    begun: list[Any] = []
    text = b"".join(moto(environ, lambda *arguments: begun.append(arguments)))
    text = re.sub(rb"\d+\.dkr\.ecr\.[\w-]+\.amazonaws\.com", registry.encode(), text)
    status, headers = begun[0][:2]
    headers = [pair for pair in headers if pair[0].lower() != "content-length"]
    start_response(status, [*headers, ("Content-Length", str(len(text)))])
    return [text]


def lacking(call: Call, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
    """Operations that moto does not know: a session with a task, and some of CloudFormation's."""
    if call.action == EXECUTE:
        status, opened = execute_command(ecs_backends[ACCOUNT][region_of(call)], call.body)
        return replied(start_response, status, "application/x-amz-json-1.1", json.dumps(opened).encode())
    asked = {key: values[0] for key, values in parse_qs(call.body).items()}
    backend = cloudformation_backends[ACCOUNT][region_of(call)]
    assert isinstance(backend, formation.Formation)
    try:
        LACKING[call.action](backend, asked["StackName"], asked.get("ClientRequestToken", ""))
    except ValidationError as error:
        return replied(start_response, 400, *refusal(environ, Fault(call.action, "ValidationError", error.message)))
    body = f"<{call.action}Response><{call.action}Result/></{call.action}Response>".encode()
    return replied(start_response, 200, "text/xml", body)


def replied(start_response: StartResponse, status: int, kind: str, body: bytes) -> list[bytes]:
    words = "OK" if status == 200 else "Refused"
    start_response(f"{status} {words}", [("Content-Type", kind), ("Content-Length", str(len(body)))])
    return [body]


def region_of(call: Call) -> str:
    """As the request is signed."""
    return call.authorization.split("/")[2]


EXECUTE = "ExecuteCommand"
IN_TURN = {
    *("PutParameter", "CreateChangeSet", "ExecuteChangeSet", "DeleteChangeSet", "DeleteStack"),
    *("CreateStackSet", "UpdateStackSet", "DeleteStackSet", "CreateStackInstances", "DeleteStackInstances"),
}
LACKING: dict[str, Callable[[formation.Formation, str, str], None]] = {
    "CancelUpdateStack": formation.Formation.cancel_update,
    "ContinueUpdateRollback": formation.Formation.continue_rollback,
}


def to_call(environ: Environ) -> Call:
    length = int(environ.get("CONTENT_LENGTH") or 0)
    chunked = "chunked" in environ.get("HTTP_TRANSFER_ENCODING", "")
    body = b"" if chunked else environ["wsgi.input"].read(length)
    if not chunked:
        environ["wsgi.input"] = BytesIO(body)
    text = body.decode(errors="replace")
    agent, authorization = environ.get("HTTP_USER_AGENT", ""), environ.get("HTTP_AUTHORIZATION", "")
    return Call(to_action(environ, text), text, agent, authorization, environ.get("QUERY_STRING", ""))


def to_action(environ: Environ, body: str) -> str:
    if target := environ.get("HTTP_X_AMZ_TARGET"):
        return str(target).rpartition(".")[2]
    if "form-urlencoded" in environ.get("CONTENT_TYPE", ""):
        return parse_qs(body).get("Action", ["?"])[0]
    if found := re.search(r"/operation/(\w+)$", environ["PATH_INFO"]):
        return found[1]
    return f"{environ['REQUEST_METHOD']} {environ['PATH_INFO']}"


def refusal(environ: Mapping[str, Any], fault: Fault) -> tuple[str, bytes]:
    """In the words of the protocol that was spoken."""
    if environ.get("HTTP_X_AMZ_TARGET"):
        document = {"__type": fault.code, "message": fault.message}
        return "application/x-amz-json-1.1", json.dumps(document).encode()
    error = f"<Error><Code>{fault.code}</Code><Message>{fault.message}</Message></Error>"
    if "form-urlencoded" in environ.get("CONTENT_TYPE", ""):
        error = f"<ErrorResponse>{error}<RequestId>1</RequestId></ErrorResponse>"
    return "text/xml", error.encode()
