"""What tests start from: given a monolith behind a proxy, given services beside it. All through the command line."""

from __future__ import annotations

import http.client
import json
import time
from dataclasses import dataclass

from tests.acceptance.machine import Machine, upstream_command


@dataclass(frozen=True)
class Answer:
    """``by`` is the name of the upstream that answered."""

    status: int
    by: str
    path: str


def given_a_monolith_behind_a_proxy(machine: Machine, proxy: str = "shop") -> int:
    """Gives the proxy's port."""
    url = machine.start_upstream("monolith")
    found = machine.fig("proxy", "create", proxy, "--to", url, "--json").json()
    return int(found["port"])


def given_a_service(machine: Machine, name: str, *flags: str, version: str = "") -> None:
    """Tasks that fig runs, healthy when this returns. They answer by the name of the target and the version."""
    machine.fig(*run_command(name, *flags, version=version))


def run_command(name: str, *flags: str, version: str = "") -> list[str]:
    """``fig target run``, for the first time or again."""
    return ["target", "run", name, "--health", "/health", *flags, "--", *upstream_command(name + version)]


def get(port: int, path: str = "/", timeout_s: float = 10.0) -> Answer:
    """One request on a connection of its own; whatever goes wrong is raised."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=timeout_s)
    try:
        connection.request("GET", path, headers={"Connection": "close"})
        response = connection.getresponse()
        body = response.read()
    finally:
        connection.close()
    found = json.loads(body) if response.status == 200 else {}
    return Answer(response.status, found.get("from", ""), found.get("path", ""))


def seconds_until_served(port: int, limit_s: float = 10.0) -> float:
    """From now until a connection that is opened from now on is answered. One that is refused is an error."""
    began = time.monotonic()
    while True:
        try:
            if get(port).status == 200:
                return time.monotonic() - began
        except ConnectionRefusedError:
            raise
        except (OSError, http.client.HTTPException):
            if time.monotonic() - began > limit_s:
                raise


def task_pids(machine: Machine, name: str) -> list[int]:
    """Of the tasks that are in the rotation and answer."""
    target = machine.client().targets.show(name)
    return [server["pid"] for server in target["servers"] if server["pid"] is not None and server["health"] == "UP"]
