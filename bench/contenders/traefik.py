"""Traefik with its file provider, which watches the folder of the routes."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

from bench import peers
from bench.contenders.contender import SingleProcess, answering
from bench.processes import Process
from bench.values import Side, Site


def static(site: Site, watched: Path) -> dict[str, Any]:
    """Its throttle of two seconds between changes is taken down to the least it knows, or it would be all we see."""
    return {
        "global": {"checkNewVersion": False, "sendAnonymousUsage": False},
        "log": {"level": "ERROR"},
        "entryPoints": {"web": {"address": f"127.0.0.1:{site.port}"}},
        "providers": {"providersThrottleDuration": "1ms", "file": {"directory": str(watched), "watch": True}},
    }


def dynamic(site: Site, side: Side) -> dict[str, Any]:
    services = {
        one.value: {"loadBalancer": {"servers": [{"url": f"http://127.0.0.1:{site.upstream(one)}"}]}} for one in Side
    }
    routers = {
        "default": {"rule": "PathPrefix(`/`)", "entryPoints": ["web"], "service": "old"},
        "posts": {"rule": "PathPrefix(`/api/posts`)", "entryPoints": ["web"], "service": side.value},
    }
    return {"http": {"routers": routers, "services": services}}


class RunningTraefik(SingleProcess):
    def switch(self, side: Side) -> None:
        """Move a new file into the watched folder. Accepted means moved."""
        write_dynamic(self.site, side)


def write_dynamic(site: Site, side: Side) -> Path:
    new, watched = site.folder / "routes.new", site.folder / "watched"
    watched.mkdir(exist_ok=True)
    new.write_text(json.dumps(dynamic(site, side)))
    os.replace(new, watched / "routes.yml")
    return watched


class Traefik:
    name = "traefik"
    label = "Traefik"
    path = "/api/posts"
    measured = True
    switches = True

    def missing(self) -> str | None:
        return peers.missing("traefik")

    def version(self) -> str:
        return f"Traefik {peers.installed_version('traefik')}"

    def start(self, site: Site, side: Side) -> RunningTraefik:
        config = site.folder / "traefik.yml"
        config.write_text(json.dumps(static(site, write_dynamic(site, side))))
        process = Process(
            [str(peers.binary("traefik")), "--configFile", str(config)],
            cpu=site.proxy_cpu,
            log=site.folder / "traefik.log",
            env={"GOMAXPROCS": "1"},
        )
        return answering(RunningTraefik(site, process), self.path, side)
