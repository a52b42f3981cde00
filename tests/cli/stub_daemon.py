"""The API's contract kept in memory behind a real HTTP server on a real unix socket: routes nothing, runs nothing.

A target whose command is ``./broken`` is taken back, ``./no-such-program`` before the answer, ``./slow`` never gets
anywhere. Every request is noted.
``python -m tests.cli.stub_daemon SOCKET`` serves until it is told to stop, as the daemon would.
"""

from __future__ import annotations

import json
import os
import re
import socketserver
import sys
import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any, cast, get_type_hints
from urllib.parse import parse_qs, unquote, urlsplit

from pydantic import TypeAdapter, ValidationError

from stranglerfig import __version__
from stranglerfig.api import versions, wire
from stranglerfig.api.shifts import wire as shifts_wire
from stranglerfig.errors import Conflict, FigError, NotFound, UsageError
from tests.cli.builders import a_proxy, a_route, a_server, a_target

Answer = tuple[int, object]
#: How often a target is looked at before it has become what was ordered.
LOOKS_UNTIL_SETTLED = 2
#: More tasks than this do not become healthy.
MOST_REPLICAS = 5


class Books:
    """What the daemon would hold."""

    def __init__(self, home: str) -> None:
        self.home = home
        self.running = True
        self.proxies: dict[str, wire.ProxyWire] = {}
        self.balancers: list[wire.BalancerWire] = []
        self.targets: dict[str, wire.TargetWire] = {}
        self.previous: dict[str, wire.TargetWire] = {}
        self.looks: dict[str, int] = {}
        self.findings: list[wire.FindingWire] = []
        self.shifts: list[shifts_wire.ShiftWire] = []
        self.decisions: list[shifts_wire.DecisionWire] = []
        self.version = __version__
        self.build = versions.build()
        self.api_version = str(versions.API_VERSION)
        self.stopped = threading.Event()

    # daemon

    def get_version(self, query: Any) -> Answer:
        known = {"version": self.version, "pid": os.getpid(), "home": self.home, "running": self.running, "api": 1}
        return 200, {**known, "build": self.build}

    def get_status(self, query: Any) -> Answer:
        status: wire.StatusWire = {
            "version": self.version,
            "home": self.home,
            "pid": os.getpid(),
            "running": self.running,
            "haproxy": "2.8.25",
            "workers": 1,
            "proxies": list(self.proxies.values()),
            "balancers": self.balancers,
            "targets": list(self.targets.values()),
            "shifts": [shift for shift in self.shifts if shift["ended_at"] is None],
        }
        return 200, status

    def get_journal(self, query: Any) -> Answer:
        entry = {"time": "2026-01-02T03:04:05Z", "subject": "shop", "what": "route", "reason": "fig route add"}
        return 200, [entry] * min(2, int(query["limit"][0]))

    def get_metrics(self, query: Any) -> Answer:
        return 200, "# HELP fig_up Whether it is.\n# TYPE fig_up gauge\nfig_up 1.0\n"

    def post_up(self, body: Any) -> Answer:
        self.running = True
        return 200, {}

    def post_down(self, body: Any) -> Answer:
        assert set(body) == {"purge"}, body
        self.stopped.set()
        return 200, {}

    def post_stop(self, body: Any) -> Answer:
        self.stopped.set()
        return 200, {}

    # proxies and routes

    def get_proxies(self, query: Any) -> Answer:
        return 200, list(self.proxies.values())

    def post_proxies(self, body: Any) -> Answer:
        check(body, wire.CreateProxy)
        if body["name"] in self.proxies:
            raise Conflict(
                f"proxy {body['name']} exists already", hint="Choose another name, or `fig proxy delete` it."
            )
        proxy = a_proxy(name=body["name"], default=body["to"], port=body.get("port", 8080))
        proxy["url"] = f"http://{body.get('host', '127.0.0.1')}:{proxy['port']}"
        self.proxies[proxy["name"]] = proxy
        return 201, proxy

    def get_proxy(self, query: Any, name: str) -> Answer:
        return 200, self._proxy(name)

    def patch_proxy(self, body: Any, name: str) -> Answer:
        check(body, wire.ChangeProxy)
        self._proxy(name)["default"] = body["to"]
        return 200, self._proxy(name)

    def delete_proxy(self, name: str) -> Answer:
        self._proxy(name)
        del self.proxies[name]
        return 204, None

    def get_routes(self, query: Any, name: str) -> Answer:
        return 200, self._proxy(name)["routes"]

    def post_routes(self, body: Any, name: str) -> Answer:
        check(body, wire.CreateRoute)
        routes = self._proxy(name)["routes"]
        route = a_route(**{**body, "id": f"r{len(routes) + 1}", "proxy": name})
        routes.append(route)
        return 201, route

    def get_route(self, query: Any, name: str, route: str) -> Answer:
        return 200, self._route(name, route)

    def patch_route(self, body: Any, name: str, route: str) -> Answer:
        check(body, wire.ChangeRoute)
        found = self._route(name, route)
        found.update(cast("wire.RouteWire", body))
        return 200, found

    def delete_route(self, name: str, route: str) -> Answer:
        self._proxy(name)["routes"].remove(self._route(name, route))
        return 204, None

    def post_explain(self, body: Any, name: str) -> Answer:
        check(body, wire.ExplainRequest)
        explanation: wire.ExplanationWire = {
            "verdict": "forward",
            "rule": "r1",
            "why": "longest prefix",
            "canonical": urlsplit(body["url"]).path,
            "upstreams": [{"group": "users", "share": 0.25, "url": "http://127.0.0.1:40001/api/users/3"}],
            "location": None,
            "status": None,
            "shadowed": [{"rule": "r2", "because": "its prefix is shorter"}],
        }
        self._proxy(name)
        return 200, explanation

    def get_lint(self, query: Any, name: str) -> Answer:
        self._proxy(name)
        return 200, self.findings

    # targets

    def get_targets(self, query: Any) -> Answer:
        return 200, list(self.targets.values())

    def post_targets(self, body: Any) -> Answer:
        check(body, wire.CreateTarget)
        old = self.targets.get(body["name"])
        revision = old["revision"] + 1 if old else 1
        target = a_target(name=body["name"], revision=revision, health=body.get("health", {}))
        if "urls" in body:
            target.update({"kind": "url", "urls": body["urls"], "command": [], "servers": []})
        else:
            target.update({"command": body["command"], "replicas": body.get("replicas", 1), "state": "STARTING"})
            if old:
                self.previous[target["name"]] = old
                target["state"] = "UPDATING"
        if not self.running:
            target["state"] = "DOWN"
        self.targets[target["name"]] = target
        self.looks[target["name"]] = 0
        if old and target["command"] == ["./no-such-program"]:
            old.update({"failed_revision": revision, "problem": "./no-such-program: command not found"})
            target = self.targets[target["name"]] = old
        return 202, {**target, "ordered_revision": revision}

    def get_target(self, query: Any, name: str) -> Answer:
        target = self._target(name)
        self.looks[name] += 1
        if target["state"] in {"STARTING", "UPDATING"} and self.looks[name] >= LOOKS_UNTIL_SETTLED:
            target = self._settle(target)
        return 200, target

    def _settle(self, target: wire.TargetWire) -> wire.TargetWire:
        name = target["name"]
        if target["replicas"] > MOST_REPLICAS:
            target["problem"] = "exited with status 1; last output:\n    no memory left"
            return target
        if target["command"] == ["./slow"]:
            return target
        if target["command"] == ["./broken"]:
            problem = "exited with status 3; last output:\n    no such table: users"
            if name in self.previous:
                failed, target = target["revision"], self.previous.pop(name)
                target.update({"failed_revision": failed, "problem": problem})
            else:
                target.update({"state": "FAILED", "problem": problem})
        else:
            task = f"{name}-{target['revision']}-{{}}-1"
            servers = [
                a_server(id=task.format(index), task=task.format(index), revision=target["revision"])
                for index in range(target["replicas"])
            ]
            target.update({"state": "ACTIVE", "servers": servers})
        self.targets[name] = target
        return target

    def post_scale(self, body: Any, name: str) -> Answer:
        assert set(body) == {"replicas"}, body
        target = self._target(name)
        target.update({"replicas": body["replicas"], "state": "UPDATING"})
        self.looks[name] = 0
        return 202, target

    def post_rollback(self, body: Any, name: str) -> Answer:
        assert set(body) == {"revision"}, body
        target = self._target(name)
        target.update({"revision": target["revision"] + 1, "state": "UPDATING"})
        self.looks[name] = 0
        return 202, target

    def get_shifts(self, query: Any) -> Answer:
        return 200, self.shifts if query["ended"] == ["1"] else self.shifts[:1]

    def post_shift(self, body: Any, proxy: str, route: str) -> Answer:
        check(body, shifts_wire.StartShift)
        self._route(proxy, route)
        return 201, self.shifts[0]

    def get_shift(self, query: Any, proxy: str, route: str) -> Answer:
        """Each look finds what comes next, until the last."""
        return 200, self.shifts.pop(0) if len(self.shifts) > 1 else self.shifts[0]

    def get_history(self, query: Any, proxy: str, route: str) -> Answer:
        return 200, self.decisions

    def post_verb(self, body: Any, proxy: str, route: str, verb: str) -> Answer:
        check(body, shifts_wire.SteerShift)
        return 200, self.shifts[-1]

    def delete_target(self, name: str) -> Answer:
        if self._target(name)["used_by"]:
            raise Conflict(f"target {name} is used by shop", hint="`fig route delete shop r1` first.")
        del self.targets[name]
        return 204, None

    def log_lines(self, name: str, tail: int) -> list[wire.LogLineWire]:
        self._target(name)
        return [{"task": f"{name}-1-0-1", "line": f"line {number}"} for number in range(1, tail + 1)]

    def _proxy(self, name: str) -> wire.ProxyWire:
        if name not in self.proxies:
            raise NotFound(f"no proxy is called {name}", hint="`fig proxy ls` lists them.")
        return self.proxies[name]

    def _route(self, proxy: str, route: str) -> wire.RouteWire:
        for found in self._proxy(proxy)["routes"]:
            if found["id"] == route:
                return found
        raise NotFound(f"no route of {proxy} is called {route}", hint=f"`fig route ls {proxy}` lists them.")

    def _target(self, name: str) -> wire.TargetWire:
        if name not in self.targets:
            raise NotFound(f"no target is called {name}", hint="`fig target ls` lists them.")
        return self.targets[name]


def check(body: Any, shape: Any) -> None:
    """What the wire shape has, and nothing besides."""
    unknown = set(body) - set(get_type_hints(shape))
    if unknown:
        raise UsageError(f"not in {shape.__name__}: {unknown}")
    try:
        TypeAdapter(shape).validate_python(body, strict=True)
    except ValidationError as error:
        raise UsageError(f"not a {shape.__name__}: {error}") from error


N = "([^/]+)"
ENDPOINTS: list[tuple[str, str, Callable[..., Answer]]] = [
    ("GET", "/v1/version", Books.get_version),
    ("GET", "/v1/status", Books.get_status),
    ("GET", "/v1/journal", Books.get_journal),
    ("GET", "/v1/metrics", Books.get_metrics),
    ("POST", "/v1/up", Books.post_up),
    ("POST", "/v1/down", Books.post_down),
    ("POST", "/v1/daemon/stop", Books.post_stop),
    ("GET", "/v1/proxies", Books.get_proxies),
    ("POST", "/v1/proxies", Books.post_proxies),
    ("GET", f"/v1/proxies/{N}", Books.get_proxy),
    ("PATCH", f"/v1/proxies/{N}", Books.patch_proxy),
    ("DELETE", f"/v1/proxies/{N}", Books.delete_proxy),
    ("GET", f"/v1/proxies/{N}/routes", Books.get_routes),
    ("POST", f"/v1/proxies/{N}/routes", Books.post_routes),
    ("GET", f"/v1/proxies/{N}/routes/{N}", Books.get_route),
    ("PATCH", f"/v1/proxies/{N}/routes/{N}", Books.patch_route),
    ("DELETE", f"/v1/proxies/{N}/routes/{N}", Books.delete_route),
    ("GET", "/v1/shifts", Books.get_shifts),
    ("POST", f"/v1/proxies/{N}/routes/{N}/shift", Books.post_shift),
    ("GET", f"/v1/proxies/{N}/routes/{N}/shift", Books.get_shift),
    ("GET", f"/v1/proxies/{N}/routes/{N}/shift/history", Books.get_history),
    ("POST", f"/v1/proxies/{N}/routes/{N}/shift/{N}", Books.post_verb),
    ("POST", f"/v1/proxies/{N}/explain", Books.post_explain),
    ("GET", f"/v1/proxies/{N}/lint", Books.get_lint),
    ("GET", "/v1/targets", Books.get_targets),
    ("POST", "/v1/targets", Books.post_targets),
    ("GET", f"/v1/targets/{N}", Books.get_target),
    ("DELETE", f"/v1/targets/{N}", Books.delete_target),
    ("POST", f"/v1/targets/{N}/scale", Books.post_scale),
    ("POST", f"/v1/targets/{N}/rollback", Books.post_rollback),
]


class Server(socketserver.ThreadingUnixStreamServer):
    daemon_threads = True

    def __init__(self, socket_path: Path) -> None:
        self.books = Books(str(socket_path.parent.parent))
        #: every request as ``METHOD path``
        self.requests: list[str] = []
        self.bodies: list[Any] = []
        super().__init__(str(socket_path), Handler)


class Handler(BaseHTTPRequestHandler):
    server: Server
    protocol_version = "HTTP/1.1"

    def handle_any(self) -> None:
        self.server.requests.append(f"{self.command} {self.path}")
        raw = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        body = json.loads(raw) if raw else None
        if body is not None:
            self.server.bodies.append(body)
        url = urlsplit(self.path)
        try:
            if url.path.endswith("/logs"):
                self.send_lines(unquote(url.path.split("/")[3]), parse_qs(url.query))
                return
            status, answer = self.answer(url.path, body if self.command in {"POST", "PATCH"} else parse_qs(url.query))
        except FigError as error:
            status = error.http_status
            answer = {"code": error.code, "message": error.message, "hint": error.hint}
        self.send_answer(status, answer)

    do_GET = do_POST = do_PATCH = do_DELETE = handle_any  # noqa: N815 - the base class asks for these names

    def answer(self, path: str, given: Any) -> Answer:
        for method, pattern, handler in ENDPOINTS:
            found = re.fullmatch(pattern, path)
            if found and method == self.command:
                names = [unquote(name) for name in found.groups()]
                return (
                    handler(self.server.books, *names)
                    if method == "DELETE"
                    else handler(self.server.books, given, *names)
                )
        raise NotFound(f"no such endpoint: {self.command} {path}")

    def send_answer(self, status: int, answer: object) -> None:
        payload = b"" if answer is None else answer.encode() if isinstance(answer, str) else json.dumps(answer).encode()
        self.send_response(status)
        self.send_identity()
        self.send_header("Content-Length", str(len(payload)))
        self.end_headers()
        self.wfile.write(payload)

    def send_lines(self, name: str, query: dict[str, list[str]]) -> None:
        lines = self.server.books.log_lines(name, int(query["tail"][0]))
        self.send_response(200)
        self.send_identity()
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        for line in lines:
            chunk = json.dumps(line).encode() + b"\n"
            self.wfile.write(f"{len(chunk):x}\r\n".encode() + chunk + b"\r\n")
            self.wfile.flush()
        if query["follow"] == ["1"]:
            self.server.books.stopped.wait()
        self.wfile.write(b"0\r\n\r\n")

    def send_identity(self) -> None:
        self.send_header(versions.VERSION_HEADER, self.server.books.version)
        self.send_header(versions.API_HEADER, self.server.books.api_version)

    def log_message(self, format: str, *args: Any) -> None:
        """Quiet."""


def serve(socket_path: Path) -> None:
    """Answer until the API is told to stop."""
    socket_path.parent.mkdir(parents=True, exist_ok=True)
    socket_path.unlink(missing_ok=True)
    with Server(socket_path) as server:
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
        server.books.stopped.wait()
        server.shutdown()
    socket_path.unlink(missing_ok=True)


if __name__ == "__main__":
    serve(Path(sys.argv[1]))
