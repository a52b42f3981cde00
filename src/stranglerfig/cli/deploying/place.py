"""Where services are deployed to, and with what settings."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from stranglerfig.api.app_client import AppClient
    from stranglerfig.api.app_wire import EnvironmentWire
    from stranglerfig.workspace.values import Workspace


@dataclass(frozen=True)
class Place:
    """``endpoints`` are loopback URLs of services by name, ``secrets`` names that have a value. ``state`` is where
    environments keep files. ``interrupted`` is set by Ctrl-C: whoever waits stops waiting.
    """

    client: AppClient
    workspace: Workspace
    environment: EnvironmentWire
    endpoints: Mapping[str, str] = field(default_factory=dict)
    secrets: frozenset[str] = frozenset()
    state: Path = Path()
    tag: str = ""
    force: bool = False
    detach: bool = False
    lenient: bool = False
    interrupted: threading.Event = field(default_factory=threading.Event)

    @property
    def app(self) -> str:
        return self.environment["app"]

    @property
    def env(self) -> str:
        return self.environment["name"]


class Interrupted(Exception):
    """Ctrl-C, as the threads at work learn of it."""
