"""One plain GET, for what is not part of the load."""

from __future__ import annotations

from http.client import HTTPConnection, HTTPException

from stranglerfig.demo.exchange import Answer
from stranglerfig.errors import Unavailable

TIMEOUT_S = 10.0


def fetch(address: str, path: str) -> tuple[Answer, str]:
    """The answer of ``host:port``, and who gave it."""
    host, _, port = address.rpartition(":")
    connection = HTTPConnection(host, int(port), timeout=TIMEOUT_S)
    try:
        connection.request("GET", path)
        response = connection.getresponse()
        answer = Answer(response.status, response.getheader("Content-Type", ""), response.read())
        return answer, response.getheader("X-Served-By", "")
    except (OSError, HTTPException) as broken:
        raise Unavailable(f"no answer to GET {path} from {address}: {broken}", hint="Run `fig demo` again.") from broken
    finally:
        connection.close()
