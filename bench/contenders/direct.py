"""No proxy at all: the load talks to the upstream. The ceiling of this machine."""

from __future__ import annotations

from bench.values import Side, Site


class Nobody:
    def pids(self) -> tuple[int, ...]:
        return ()

    def switch(self, side: Side) -> None:
        raise NotImplementedError(f"no proxy to switch to {side.value}")

    def stop(self) -> None:
        return None


class Direct:
    name = "direct"
    label = "direct, no proxy"
    path = "/api/posts"
    measured = True
    switches = False

    def missing(self) -> str | None:
        return None

    def version(self) -> str:
        return ""

    def start(self, site: Site, side: Side) -> Nobody:
        """Nothing to start; ``site.port`` is the upstream's own."""
        return Nobody()
