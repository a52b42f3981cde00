"""A service as ``fig svc show`` tells of it: one row an environment, variable, secret or address."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from stranglerfig.cli.tables import Sections

if TYPE_CHECKING:
    from stranglerfig.api.app_client import AppClient
    from stranglerfig.api.app_wire import WorkloadWire

BALANCER_NOTE = (
    "COPILOT_LB_DNS is the load balancer as this machine reaches it; containers do not, and call services by name"
)
GIVEN: Sections = (
    (
        "Variables",
        "variables",
        {"Name": "name", "Container": "container", "Environment": "environment", "Value": "value"},
    ),
    (
        "Secrets",
        "secrets",
        {"Name": "name", "Container": "container", "Environment": "environment", "Value From": "from"},
    ),
)
RESOURCES: Sections = (("Resources", "resources", {"Environment": "environment", "Kind": "kind", "Name": "name"}),)


def service_sections(where: str) -> Sections:
    """``where`` is what tells best how it runs there: runtime or platform."""
    return (
        (
            "Configurations",
            "configurations",
            {
                "Environment": "environment",
                "Tasks": "tasks",
                "CPU (vCPU)": "cpu",
                "Memory (MiB)": "memory",
                where.capitalize(): where,
                "Port": "port",
                "Revision": "revision",
            },
        ),
        ("Routes", "routes", {"Environment": "environment", "URL": "url"}),
        ("Internal Service Endpoints", "endpoints", {"Endpoint": "endpoint", "Environment": "environment"}),
        *GIVEN,
    )


def job_sections(where: str) -> Sections:
    """Without its runs."""
    return (
        (
            "Configurations",
            "configurations",
            {
                "Environment": "environment",
                "Schedule": "schedule",
                "Timeout": "timeout",
                "Retries": "retries",
                "CPU (vCPU)": "cpu",
                "Memory (MiB)": "memory",
                where.capitalize(): where,
                "Revision": "revision",
            },
        ),
        *GIVEN,
    )


def describe_service(client: AppClient, app: str, places: Sequence[WorkloadWire]) -> dict[str, Any]:
    """``places`` is the service in each environment, at least one."""
    runtimes = {env["name"]: env["runtime"] for env in client.environments.all(app)}
    return {
        "application": app,
        "service": places[0]["name"],
        "type": places[0]["kind"],
        "configurations": [configuration(one, runtimes[one["environment"]]) for one in places],
        "routes": [{"environment": one["environment"], "url": url} for one in places for url in one["urls"]],
        "endpoints": [
            {"endpoint": endpoint, "environment": one["environment"]} for one in places for endpoint in one["endpoints"]
        ],
        **all_given(places),
        "resources": [row for one in places for row in resources(one)],
    }


def to_notes(described: Mapping[str, Any]) -> list[dict[str, str]]:
    """What is otherwise than a service may expect, by environment. ``described`` as ``describe_service`` makes it."""
    told = {row["environment"] for row in described["variables"] if row["name"] == "COPILOT_LB_DNS"}
    return [
        {"environment": one["environment"], "note": BALANCER_NOTE}
        for one in described["configurations"]
        if one["runtime"] == "docker" and one["environment"] in told
    ]


def configuration(one: WorkloadWire, runtime: str) -> dict[str, Any]:
    manifest, target = one["manifest"], one["target"]
    image = manifest.get("image")
    return {
        "environment": one["environment"],
        "tasks": target["replicas"] if target else 0,
        **sizes(manifest),
        "runtime": runtime,
        "port": image.get("port", "-") if isinstance(image, dict) else "-",
        "revision": one["revision"] if one["revision"] is not None else "-",
    }


def sizes(manifest: Mapping[str, Any]) -> dict[str, Any]:
    """Of a task, as Copilot has them without a word about it."""
    return {"cpu": f"{manifest.get('cpu', 256) / 1024:g}", "memory": manifest.get("memory", 512)}


def all_given(places: Sequence[WorkloadWire]) -> dict[str, Any]:
    """Variables and secrets, in all environments."""
    return {
        "variables": by_name(row for one in places for row in given(one, "env", "value")),
        "secrets": by_name(row for one in places for row in given(one, "secrets", "from")),
    }


def by_name(rows: Iterable[dict[str, str]]) -> list[dict[str, str]]:
    """What differs between environments stands side by side."""
    return sorted(rows, key=lambda row: (row["name"], row["container"]))


def given(one: WorkloadWire, key: str, column: str) -> list[dict[str, str]]:
    """What each container, or the process, is given under ``key``."""
    targets = one["targets"] or {}
    containers = targets.get("containers") or [{**targets, "name": one["name"]}]
    return [
        {"name": name, "container": container["name"], "environment": one["environment"], column: value}
        for container in containers
        for name, value in container.get(key, ())
    ]


def resources(one: WorkloadWire) -> list[dict[str, str]]:
    target = one["target"]
    if target is None:
        return []
    rows = [("target", target["name"]), *(("task", server["task"] or server["id"]) for server in target["servers"])]
    return [{"environment": one["environment"], "kind": kind, "name": name} for kind, name in rows]
