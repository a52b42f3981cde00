"""A request as it came over the wire: nothing decoded, for its signature covers what was sent (pure)."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Asked:
    """``path`` and ``query`` as they stood in the request line; ``headers`` with lower-case names, in their order.

    ``server`` is the address that took the connection.
    """

    method: str
    path: str
    query: str = ""
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes = b""
    server: tuple[str, int] = ("127.0.0.1", 0)

    def all_of(self, name: str) -> list[str]:
        return [value for found, value in self.headers if found == name]

    def header(self, name: str) -> str | None:
        """The first of that name."""
        return next(iter(self.all_of(name)), None)
