"""A hand-written minimal HAProxy: what an expert writes in a minute. The yardstick for fig's listener."""

from __future__ import annotations

import os
import socket
from pathlib import Path

from bench.contenders.contender import SingleProcess, answering
from bench.processes import BenchError, Process
from bench.values import Side, Site
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
    return f"""global
  nbthread 1

defaults
  mode http
  timeout connect 5s
  timeout client 30s
  timeout server 30s

frontend front
  bind 127.0.0.1:{site.port}
  default_backend {side.value}

backend old
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
    path = "/api/posts"
    measured = True
    switches = True

    def missing(self) -> str | None:
        return missing()

    def version(self) -> str:
        return f"HAProxy {found().version_text}"

    def start(self, site: Site, side: Side) -> RunningHaproxy:
        config, master = site.folder / "haproxy.cfg", site.folder / "master.sock"
        config.write_text(render(site, side))
        haproxy = found()
        command = [haproxy.path, "-W", "-S", str(master), "-f", str(config)]
        process = Process(command, cpu=site.proxy_cpu, log=site.folder / "haproxy.log", env=dict(haproxy.env))
        return answering(RunningHaproxy(site, process, config, master), self.path, side)
