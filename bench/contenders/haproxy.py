"""HAProxy as an expert writes it by hand: the yardsticks for fig's listener.

The minimal one, written in a minute, sends everything to one server as it is. The façade does by hand what fig's routes
do: it looks the path up among 1,000, sets the forwarding headers and a request id, and keeps each user of a split route
on one side. It has no health checks, refuses nothing, and tells of nothing.
"""

from __future__ import annotations

import os
import socket
from pathlib import Path

from bench.contenders.contender import Contender, SingleProcess, answering
from bench.processes import BenchError, Process
from bench.values import PLAIN, SPLIT, Side, Site
from stranglerfig.dataplane.locate import HaproxyBinary, find_haproxy
from stranglerfig.errors import FigError


def found() -> HaproxyBinary:
    """The very HAProxy that fig takes."""
    try:
        return find_haproxy(os.environ)
    except FigError as error:
        raise BenchError(error.message) from error


def missing() -> str | None:
    try:
        found()
    except BenchError as error:
        return str(error)
    return None


def render(site: Site, side: Side) -> str:
    """The minimal one."""
    return f"""{_BEGINNING}
frontend front
  bind 127.0.0.1:{site.port}
  default_backend {side.value}

{_backends(site)}"""


def render_facade(site: Site, side: Side, routes: Path) -> str:
    """``side`` is where the plain route leads; ``routes`` the map of all plain ones."""
    return f"""{_BEGINNING}
frontend front
  bind 127.0.0.1:{site.port}
  option forwardfor
  http-request set-header x-forwarded-proto http
  http-request set-header x-forwarded-host %[req.hdr(host)]
  http-request set-header x-request-id %[uuid()] unless {{ req.hdr(x-request-id) -m found }}
  acl split path_beg {SPLIT}
  http-request set-var(txn.bucket) req.hdr(x-user),xxh32(0),mod(100) if split
  use_backend stripped if split {{ var(txn.bucket) -m int lt 50 }}
  use_backend old if split
  use_backend %[path,map_beg({routes},{side.value})]

backend stripped
  http-request set-path /%[path,"regsub(^/[^/]*/[^/]*/?,)"]
  server one 127.0.0.1:{site.new_port}

{_backends(site)}"""


def render_routes(side: Side) -> str:
    """A map as long as fig's with 1,000 routes."""
    others = (f"/area{number % 37}/service{number}/items old" for number in range(998))
    return "\n".join((f"{PLAIN} {side.value}", "/ old", *others)) + "\n"


_BEGINNING = """global
  nbthread 1

defaults
  mode http
  timeout connect 5s
  timeout client 30s
  timeout server 30s

"""


def _backends(site: Site) -> str:
    return f"""backend old
  server one 127.0.0.1:{site.old_port}

backend new
  server one 127.0.0.1:{site.new_port}
"""


class RunningHaproxy(SingleProcess):
    def __init__(self, site: Site, process: Process, config: Path, master: Path) -> None:
        super().__init__(site, process)
        self._config = config
        self._master = master

    def switch(self, side: Side) -> None:
        """Write the configuration anew and reload through the master socket, which waits for the new worker."""
        self._config.write_text(render(self.site, side))
        with socket.socket(socket.AF_UNIX) as master:
            master.settimeout(10)
            master.connect(str(self._master))
            master.sendall(b"reload\n")
            master.shutdown(socket.SHUT_WR)
            reply = b"".join(iter(lambda: master.recv(65536), b""))
        if b"Success=0" in reply:
            raise BenchError(f"haproxy refused the reload: {reply.decode(errors='replace')[:200]}")


class Haproxy:
    name = "haproxy"
    label = "HAProxy, hand-written minimal"
    path = PLAIN
    measured = True
    switches = True

    def missing(self) -> str | None:
        return missing()

    def version(self) -> str:
        return f"HAProxy {found().version_text}"

    def start(self, site: Site, side: Side) -> RunningHaproxy:
        return _start(site, render(site, side), self.path, side)


class HandWrittenFacade:
    """A row for one of its two routes; who starts it serves both. It cannot switch."""

    measured = True
    switches = False

    def __init__(self, name: str, label: str, path: str) -> None:
        self.name = name
        self.label = label
        self.path = path

    def missing(self) -> str | None:
        return missing()

    def version(self) -> str:
        return f"HAProxy {found().version_text}"

    def start(self, site: Site, side: Side) -> RunningHaproxy:
        routes = site.folder / "routes.map"
        routes.write_text(render_routes(side))
        return _start(site, render_facade(site, side, routes), PLAIN, side)


def _start(site: Site, text: str, path: str, side: Side) -> RunningHaproxy:
    config, master = site.folder / "haproxy.cfg", site.folder / "master.sock"
    config.write_text(text)
    haproxy = found()
    command = [haproxy.path, "-W", "-S", str(master), "-f", str(config)]
    process = Process(command, cpu=site.proxy_cpu, log=site.folder / "haproxy.log", env=dict(haproxy.env))
    return answering(RunningHaproxy(site, process, config, master), path, side)


def hand_written() -> list[Contender]:
    return [
        Haproxy(),
        HandWrittenFacade("haproxy-facade", "HAProxy, hand-written façade", PLAIN),
        HandWrittenFacade("haproxy-facade-split", "HAProxy, hand-written façade: weight, sticky, strip", SPLIT),
    ]
