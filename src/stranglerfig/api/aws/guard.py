"""Keeps browsers out: no page that a user looks at reaches the API, whatever it or its name server pretends (pure).

A page can send requests to this machine, but not without ``Origin`` or ``Sec-Fetch-Site``, and one whose name was made
to mean this machine shows by its ``Host``. Nothing is ever answered with a header of CORS.
"""

from __future__ import annotations

from stranglerfig.api.aws.asked import Asked
from stranglerfig.api.aws.refusals import denied

LOOPBACK = ("127.0.0.1", "localhost", "[::1]")
BROWSERS = ("origin", "sec-fetch-site")


def refuse_browsers(asked: Asked) -> None:
    """Raises a ``Fault``."""
    for name in BROWSERS:
        if asked.header(name) is not None:
            raise denied(f"Requests of browsers are refused: this one has the header {name}.")
    host, port = asked.server
    names = {*LOOPBACK, f"[{host}]" if ":" in host else host}
    known = {f"{name}:{port}" for name in names} | (names if port == 80 else set())
    if [found.lower() for found in asked.all_of("host")] not in [[one] for one in known]:
        raise denied(f"The Host header is not this server's: use http://127.0.0.1:{port}.")
