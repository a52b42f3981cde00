"""A request that is under way for as long as a test likes: the other half of its body is still to come."""

from __future__ import annotations

import contextlib
import http.client
import json
from collections.abc import Iterator
from dataclasses import dataclass

from tests.acceptance.workspaces import Answer


@dataclass(frozen=True)
class Held:
    connection: http.client.HTTPConnection
    rest: bytes

    def finish(self) -> Answer:
        """Status 0: it was cut off."""
        try:
            self.connection.send(self.rest)
            response = self.connection.getresponse()
            return Answer(response.status, response.headers.get("X-Served-By", ""), response.read().decode())
        except (OSError, http.client.HTTPException) as error:
            return Answer(0, "", repr(error))


@contextlib.contextmanager
def held(url: str, path: str, body: object) -> Iterator[Held]:
    """A POST whose target has been chosen."""
    text = json.dumps(body).encode()
    half = len(text) // 2
    connection = http.client.HTTPConnection(url.removeprefix("http://"), timeout=60)
    with contextlib.closing(connection):
        connection.putrequest("POST", path)
        connection.putheader("Content-Type", "application/json")
        connection.putheader("Content-Length", str(len(text)))
        connection.endheaders(text[:half])
        yield Held(connection, text[half:])
