"""``deployment``: how new tasks take over, and what takes them back. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from stranglerfig.manifest.rules.given import Body, seconds, section, text, texts, value


@dataclass(frozen=True, slots=True)
class Deployment:
    """``alarms`` exist already; the others are thresholds of alarms to be made."""

    recreate: bool = False
    alarms: tuple[str, ...] = ()
    cpu_percent: float | None = None
    memory_percent: float | None = None
    messages_delayed: float | None = None


def read_deployment(body: Body) -> Deployment:
    deployment = section(body, "deployment")
    thresholds = section(deployment, "rollback_alarms")
    return Deployment(
        recreate=(text(deployment, "rolling") or "").lower() == "recreate",
        alarms=texts(deployment, "rollback_alarms"),
        cpu_percent=seconds(thresholds, "cpu_utilization"),
        memory_percent=seconds(thresholds, "memory_utilization"),
        messages_delayed=seconds(thresholds, "messages_delayed"),
    )


def is_traced(body: Body) -> bool:
    return value(body, "observability", "tracing") is not None
