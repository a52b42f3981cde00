"""Reads what the engine says of a container. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from stranglerfig.runtimes.docker.labels import Part, parse_part

Reply = Mapping[str, Any]

#: exit statuses above are signals, as shells count them
SIGNALS_FROM = 128
LAST_SIGNAL = 64


@dataclass(frozen=True, slots=True)
class ContainerState:
    """``exit_code`` None until it has run and ended. ``health`` is ``none``, ``starting``, ``healthy`` or
    ``unhealthy``; ``health_output`` is what the last check printed.

    ``ports`` by container port; ``pid`` 0 while it does not run; ``error`` is the engine's, when it could not start it.
    """

    id: str
    part: Part
    status: str
    exit_code: int | None = None
    is_oom: bool = False
    health: str = "none"
    health_output: str = ""
    health_command: tuple[str, ...] = ()
    error: str = ""
    pid: int = 0
    memory_bytes: int | None = None
    stop_signal: str = "SIGTERM"
    image: str = ""
    ports: tuple[tuple[int, int], ...] = ()

    @property
    def has_ended(self) -> bool:
        return self.status in ("exited", "dead", "removing")

    @property
    def has_started(self) -> bool:
        return self.status != "created"

    @property
    def is_running(self) -> bool:
        return self.status in ("running", "paused", "restarting")

    @property
    def exit_status(self) -> int | None:
        """Negative for a signal."""
        code = self.exit_code
        if code is None:
            return None
        return SIGNALS_FROM - code if SIGNALS_FROM < code <= SIGNALS_FROM + LAST_SIGNAL else code


def parse_container(reply: Reply) -> ContainerState:
    """Of the answer to an inspection."""
    state, config, host = reply["State"], reply["Config"], reply["HostConfig"]
    status = str(state["Status"])
    ended = status in ("exited", "dead", "removing")
    health = state.get("Health") or {}
    checks = health.get("Log") or []
    return ContainerState(
        id=str(reply["Id"]),
        part=parse_part(config.get("Labels") or {}),
        status=status,
        exit_code=int(state.get("ExitCode", 0)) if ended else None,
        health_command=tuple((config.get("Healthcheck") or {}).get("Test") or ()),
        is_oom=bool(state.get("OOMKilled")),
        health=str(health.get("Status") or "none"),
        health_output=str(checks[-1].get("Output") or "").strip() if checks else "",
        error=str(state.get("Error") or ""),
        pid=int(state.get("Pid") or 0),
        memory_bytes=int(host.get("Memory") or 0) or None,
        stop_signal=str(config.get("StopSignal") or "SIGTERM"),
        image=str(config.get("Image") or ""),
        ports=_parse_ports(reply),
    )


def _parse_ports(reply: Reply) -> tuple[tuple[int, int], ...]:
    published = (reply.get("NetworkSettings") or {}).get("Ports") or {}
    found = []
    for name, bindings in published.items():
        number, _, protocol = name.partition("/")
        if protocol == "tcp" and bindings:
            found.append((int(number), int(bindings[0]["HostPort"])))
    return tuple(sorted(found))
