"""Caddy, changed through its admin API."""

from __future__ import annotations

import http.client
import json
from typing import Any

from bench import peers
from bench.contenders.contender import SingleProcess, answering
from bench.processes import BenchError, Process, free_port
from bench.values import Side, Site


def handler(site: Site, side: Side, *, tag: str) -> dict[str, Any]:
    return {"@id": tag, "handler": "reverse_proxy", "upstreams": [{"dial": f"127.0.0.1:{site.upstream(side)}"}]}


def render(site: Site, side: Side, admin_port: int) -> dict[str, Any]:
    routes = [
        {"match": [{"path": ["/api/posts", "/api/posts/*"]}], "handle": [handler(site, side, tag="posts")]},
        {"handle": [handler(site, Side.OLD, tag="default")]},
    ]
    server = {"listen": [f"127.0.0.1:{site.port}"], "automatic_https": {"disable": True}, "routes": routes}
    return {
        "admin": {"listen": f"127.0.0.1:{admin_port}", "config": {"persist": False}},
        "logging": {"logs": {"default": {"level": "ERROR"}}},
        "apps": {"http": {"servers": {"bench": server}}},
    }


class RunningCaddy(SingleProcess):
    def __init__(self, site: Site, process: Process, admin_port: int) -> None:
        super().__init__(site, process)
        self._admin_port = admin_port

    def switch(self, side: Side) -> None:
        """Replace the one handler; the API answers when the new configuration is in force."""
        admin = http.client.HTTPConnection("127.0.0.1", self._admin_port, timeout=30)
        try:
            change = json.dumps(handler(self.site, side, tag="posts"))
            admin.request("PATCH", "/id/posts", change, {"Content-Type": "application/json"})
            answer = admin.getresponse()
            said = answer.read()
        finally:
            admin.close()
        if answer.status != 200:
            raise BenchError(f"caddy refused the change: {answer.status} {said[:200]!r}")


class Caddy:
    name = "caddy"
    label = "Caddy"
    path = "/api/posts"
    measured = True
    switches = True

    def missing(self) -> str | None:
        return peers.missing("caddy")

    def version(self) -> str:
        return f"Caddy {peers.installed_version('caddy')}"

    def start(self, site: Site, side: Side) -> RunningCaddy:
        admin_port, config = free_port(), site.folder / "caddy.json"
        config.write_text(json.dumps(render(site, side, admin_port)))
        home = str(site.folder)
        process = Process(
            [str(peers.binary("caddy")), "run", "--config", str(config)],
            cpu=site.proxy_cpu,
            log=site.folder / "caddy.log",
            env={"GOMAXPROCS": "1", "HOME": home, "XDG_DATA_HOME": home, "XDG_CONFIG_HOME": home},
        )
        return answering(RunningCaddy(site, process, admin_port), self.path, side)
