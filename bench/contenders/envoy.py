"""Envoy, static but for its routes, which it reads from a file and follows when that is moved into place."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

from bench import peers
from bench.contenders.contender import SingleProcess, answering
from bench.processes import Process
from bench.values import Side, Site

TYPE = "type.googleapis.com/envoy"
MANAGER = f"{TYPE}.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager"
ROUTER = f"{TYPE}.extensions.filters.http.router.v3.Router"


def cluster(name: str, port: int) -> dict[str, Any]:
    address = {"socket_address": {"address": "127.0.0.1", "port_value": port}}
    endpoint = {"lb_endpoints": [{"endpoint": {"address": address}}]}
    return {
        "name": name,
        "type": "STATIC",
        "connect_timeout": "1s",
        "load_assignment": {"cluster_name": name, "endpoints": [endpoint]},
    }


def bootstrap(site: Site, routes: Path) -> dict[str, Any]:
    manager = {
        "@type": MANAGER,
        "stat_prefix": "bench",
        "rds": {
            "route_config_name": "bench",
            "config_source": {"resource_api_version": "V3", "path_config_source": {"path": str(routes)}},
        },
        "http_filters": [{"name": "envoy.filters.http.router", "typed_config": {"@type": ROUTER}}],
    }
    listener = {
        "name": "bench",
        "address": {"socket_address": {"address": "127.0.0.1", "port_value": site.port}},
        "filter_chains": [
            {"filters": [{"name": "envoy.filters.network.http_connection_manager", "typed_config": manager}]}
        ],
    }
    return {
        "node": {"id": "bench", "cluster": "bench"},
        "static_resources": {
            "listeners": [listener],
            "clusters": [cluster("old", site.old_port), cluster("new", site.new_port)],
        },
    }


def routes(side: Side) -> dict[str, Any]:
    table = [
        {"match": {"path_separated_prefix": "/api/posts"}, "route": {"cluster": side.value}},
        {"match": {"prefix": "/"}, "route": {"cluster": "old"}},
    ]
    return {
        "version_info": side.value,
        "resources": [
            {
                "@type": f"{TYPE}.config.route.v3.RouteConfiguration",
                "name": "bench",
                "virtual_hosts": [{"name": "bench", "domains": ["*"], "routes": table}],
            }
        ],
    }


class RunningEnvoy(SingleProcess):
    def switch(self, side: Side) -> None:
        """Move a new route file into place; Envoy watches for the move. Accepted means moved."""
        write_routes(self.site.folder, side)


def write_routes(folder: Path, side: Side) -> Path:
    new, watched = folder / "routes.new", folder / "watched"
    watched.mkdir(exist_ok=True)
    new.write_text(json.dumps(routes(side)))
    os.replace(new, watched / "routes.json")
    return watched / "routes.json"


class Envoy:
    name = "envoy"
    label = "Envoy"
    path = "/api/posts"
    measured = True
    switches = True

    def missing(self) -> str | None:
        return peers.missing("envoy")

    def version(self) -> str:
        return f"Envoy {peers.installed_version('envoy')}"

    def start(self, site: Site, side: Side) -> RunningEnvoy:
        config = site.folder / "envoy.json"
        config.write_text(json.dumps(bootstrap(site, write_routes(site.folder, side))))
        command = [str(peers.binary("envoy")), "-c", str(config), "--concurrency", "1"]
        process = Process(
            [*command, "--disable-hot-restart", "-l", "error"], cpu=site.proxy_cpu, log=site.folder / "envoy.log"
        )
        return answering(RunningEnvoy(site, process), self.path, side)
