"""The typed client of the daemon's API: HTTP over its unix socket, and nothing that is slow to load.

One call is one request on a connection of its own. A daemon that is not there is ``DaemonAbsent``: nothing was sent, so
the call may be made again once it runs.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import closing
from typing import TYPE_CHECKING, Any, cast
from urllib.parse import quote

from stranglerfig import __version__
from stranglerfig.api.exchange import DaemonAbsent as DaemonAbsent
from stranglerfig.api.exchange import Exchange, Garbled
from stranglerfig.api.versions import API_HEADER, API_VERSION, VERSION_HEADER, build
from stranglerfig.errors import FigError, Refused, Unavailable, error_kinds

if TYPE_CHECKING:
    from stranglerfig.api.wire import (
        ChangeProxy,
        ChangeRoute,
        CreateProxy,
        CreateRoute,
        CreateTarget,
        ExplainRequest,
        ExplanationWire,
        FindingWire,
        JournalWire,
        LogLineWire,
        ProxyWire,
        RouteWire,
        StatusWire,
        TargetWire,
        VersionWire,
    )

#: A change may wait for a reload and for removed targets to finish what they have.
ANSWER_TIMEOUT_S = 90.0
#: Stopping everything waits for every task's grace.
STOP_TIMEOUT_S = 600.0


class Transport:
    """Carries one request and gives its answer back as a value, or as the ``FigError`` that the daemon raised.

    ``when_absent`` is called once if nobody listens; when it returns, the request is made again. ``when_version``
    learns the daemon's version from the first answer.
    """

    def __init__(
        self,
        socket_path: str,
        *,
        timeout_s: float | None = None,
        when_absent: Callable[[], None] | None = None,
        when_version: Callable[[str], None] | None = None,
    ) -> None:
        self.socket_path = socket_path
        self.timeout_s = timeout_s
        self.when_absent = when_absent
        self.when_version = when_version

    def call(
        self, method: str, path: str, body: object = None, *, timeout_s: float = ANSWER_TIMEOUT_S
    ) -> Any:  # the shapes are wire.py's; each caller names its own
        """The answer's JSON, or None for an empty one."""
        raw = self.fetch(method, path, body, timeout_s=timeout_s)
        return parse(raw) if raw else None

    def fetch(self, method: str, path: str, body: object = None, *, timeout_s: float = ANSWER_TIMEOUT_S) -> bytes:
        """The answer's bytes."""
        bound = timeout_s if self.timeout_s is None else self.timeout_s
        with closing(self._ask(method, path, body, bound)) as exchange:
            try:
                return exchange.read()
            except (OSError, Garbled) as broken:
                raise cut_off(broken) from broken

    def lines(self, path: str, body: object = None, *, endless: bool) -> Iterator[Any]:
        """One JSON value a line, as they come. ``endless`` waits for the next one without a deadline."""
        method = "GET" if body is None else "POST"
        with closing(self._ask(method, path, body, None if endless else ANSWER_TIMEOUT_S)) as exchange:
            try:
                for line in exchange.lines():
                    yield parse(line)
            except (OSError, Garbled) as broken:
                raise cut_off(broken) from broken

    def _ask(self, method: str, path: str, body: object, timeout_s: float | None) -> Exchange:
        """The exchange, with an answer that is no error and whose body is still to be read."""
        payload = None if body is None else json.dumps(body).encode()
        exchange = self._connect(timeout_s)
        try:
            exchange.ask(method, path, payload)
            self._check(exchange)
        except (OSError, Garbled) as broken:
            exchange.close()
            raise cut_off(broken) from broken
        except FigError:
            exchange.close()
            raise
        return exchange

    def _connect(self, timeout_s: float | None) -> Exchange:
        try:
            return Exchange(self.socket_path, timeout_s)
        except DaemonAbsent:
            if self.when_absent is None:
                raise
            self.when_absent()
            return Exchange(self.socket_path, timeout_s)

    def _check(self, exchange: Exchange) -> None:
        version = exchange.headers.get(VERSION_HEADER.lower())
        api = exchange.headers.get(API_HEADER.lower(), str(API_VERSION))
        if api != str(API_VERSION):
            raise Refused(
                f"the daemon that runs is fig {version or '(unknown)'} and speaks API version {api},"
                f" this fig speaks version {API_VERSION}",
                hint="Run `fig daemon stop` with the fig that started it (traffic goes on); "
                "the next command starts this one's daemon.",
            )
        if version and self.when_version is not None:
            self.when_version(version)
            self.when_version = None
        if not 200 <= exchange.status < 300:
            raise problem(exchange.status, exchange.read())


class Proxies:
    """``/v1/proxies``."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    def all(self) -> list[ProxyWire]:
        return cast("list[ProxyWire]", self._transport.call("GET", "/v1/proxies"))

    def show(self, name: str) -> ProxyWire:
        return cast("ProxyWire", self._transport.call("GET", f"/v1/proxies/{segment(name)}"))

    def create(self, proxy: CreateProxy) -> ProxyWire:
        return cast("ProxyWire", self._transport.call("POST", "/v1/proxies", proxy))

    def change(self, name: str, change: ChangeProxy) -> ProxyWire:
        return cast("ProxyWire", self._transport.call("PATCH", f"/v1/proxies/{segment(name)}", change))

    def delete(self, name: str) -> None:
        self._transport.call("DELETE", f"/v1/proxies/{segment(name)}", timeout_s=STOP_TIMEOUT_S)


class Routes:
    """``/v1/proxies/NAME/routes`` and what is asked about them."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    def all(self, proxy: str, *, path: str | None = None) -> list[RouteWire]:
        """With ``path``, only those of that path."""
        query = "" if path is None else f"?path={quote(path)}"
        return cast("list[RouteWire]", self._transport.call("GET", f"/v1/proxies/{segment(proxy)}/routes{query}"))

    def show(self, proxy: str, route: str) -> RouteWire:
        return cast("RouteWire", self._transport.call("GET", route_path(proxy, route)))

    def create(self, proxy: str, route: CreateRoute) -> RouteWire:
        return cast("RouteWire", self._transport.call("POST", f"/v1/proxies/{segment(proxy)}/routes", route))

    def change(self, proxy: str, route: str, change: ChangeRoute) -> RouteWire:
        return cast("RouteWire", self._transport.call("PATCH", route_path(proxy, route), change))

    def delete(self, proxy: str, route: str) -> None:
        self._transport.call("DELETE", route_path(proxy, route))

    def explain(self, proxy: str, request: ExplainRequest) -> ExplanationWire:
        path = f"/v1/proxies/{segment(proxy)}/explain"
        return cast("ExplanationWire", self._transport.call("POST", path, request))

    def lint(self, proxy: str) -> list[FindingWire]:
        return cast("list[FindingWire]", self._transport.call("GET", f"/v1/proxies/{segment(proxy)}/lint"))


class Targets:
    """``/v1/targets``."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    def all(self) -> list[TargetWire]:
        return cast("list[TargetWire]", self._transport.call("GET", "/v1/targets"))

    def show(self, name: str) -> TargetWire:
        return cast("TargetWire", self._transport.call("GET", f"/v1/targets/{segment(name)}"))

    def create(self, target: CreateTarget) -> TargetWire:
        """Also replaces one of that name. The answer comes before its tasks are healthy."""
        return cast("TargetWire", self._transport.call("POST", "/v1/targets", target))

    def scale(self, name: str, replicas: int) -> TargetWire:
        path = f"/v1/targets/{segment(name)}/scale"
        return cast("TargetWire", self._transport.call("POST", path, {"replicas": replicas}))

    def rollback(self, name: str, revision: int | None) -> TargetWire:
        path = f"/v1/targets/{segment(name)}/rollback"
        return cast("TargetWire", self._transport.call("POST", path, {"revision": revision}))

    def delete(self, name: str) -> None:
        self._transport.call("DELETE", f"/v1/targets/{segment(name)}", timeout_s=STOP_TIMEOUT_S)

    def logs(self, name: str, *, tail: int, follow: bool) -> Iterator[LogLineWire]:
        path = f"/v1/targets/{segment(name)}/logs?tail={tail}&follow={int(follow)}"
        return cast("Iterator[LogLineWire]", self._transport.lines(path, endless=follow))


class Daemon:
    """The daemon itself, and everything at once."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    def version(self) -> VersionWire:
        return cast("VersionWire", self._transport.call("GET", "/v1/version"))

    def status(self) -> StatusWire:
        return cast("StatusWire", self._transport.call("GET", "/v1/status"))

    def journal(self, limit: int) -> list[JournalWire]:
        return cast("list[JournalWire]", self._transport.call("GET", f"/v1/journal?limit={limit}"))

    def metrics(self) -> str:
        """Prometheus text."""
        return self._transport.fetch("GET", "/v1/metrics").decode()

    def up(self) -> None:
        self._transport.call("POST", "/v1/up", {}, timeout_s=STOP_TIMEOUT_S)

    def down(self, *, purge: bool) -> list[str]:
        """Tasks, HAProxy and keeper are gone when this returns, and the daemon ends soon after. What may be left
        elsewhere is told.
        """
        return to_rest(self._transport.call("POST", "/v1/down", {"purge": purge}, timeout_s=STOP_TIMEOUT_S))

    def stop(self) -> None:
        """Only the daemon ends, soon after this returns; traffic goes on."""
        self._transport.call("POST", "/v1/daemon/stop", {})


class Client:
    def __init__(self, transport: Transport) -> None:
        self.proxies = Proxies(transport)
        self.routes = Routes(transport)
        self.targets = Targets(transport)
        self.daemon = Daemon(transport)


def to_rest(answer: Any) -> list[str]:
    """Of what was removed: the sentences of ``RemovedWire``, none for an empty answer."""
    return list(answer.get("rest", [])) if answer else []


def cut_off(broken: OSError | Garbled) -> Unavailable:
    if isinstance(broken, TimeoutError):
        return Unavailable(
            "the daemon did not answer in time",
            hint="The change may still take effect: look with `fig status` and `fig journal`.",
        )
    return Unavailable(
        f"the daemon ended the connection before it had answered: {broken or type(broken).__name__}",
        hint="Repeat the command; `fig journal` shows whether the change was taken.",
    )


def parse(raw: bytes) -> Any:
    try:
        return json.loads(raw)
    except ValueError as broken:
        raise Unavailable(
            f"the daemon's answer is cut off or no JSON: {broken}",
            hint="Repeat the command; `fig daemon status` shows whether the daemon is well.",
        ) from broken


def problem(status: int, raw: bytes) -> FigError:
    """The error as the daemon raised it. What is no problem document did not come from this API."""
    try:
        document = json.loads(raw)
        kind = error_kinds().get(document["code"], FigError)
        return kind(str(document["message"]), hint=document.get("hint"))
    except (ValueError, KeyError, TypeError, AttributeError):
        return Unavailable(
            f"the daemon answered with status {status} and no reason",
            hint="Run `fig daemon stop` (traffic goes on) and repeat the command; it may be of another fig version.",
        )


def is_another(daemon: VersionWire) -> bool:
    """Whether it is of other code than this. Of one version may be several, where fig is made from source."""
    found: object = daemon
    return isinstance(found, dict) and (found.get("version"), found.get("build")) != (__version__, build())


def segment(name: str) -> str:
    return quote(name, safe="")


def route_path(proxy: str, route: str) -> str:
    return f"/v1/proxies/{segment(proxy)}/routes/{segment(route)}"
