"""Two services before they were ready: one forgets a field, the other is slow. ``python -m … users`` or ``… posts``.

Each asks the finished service at ``BEHIND`` (host:port), and spoils what it answers.
"""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Callable
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from stranglerfig.demo.story import draft_of

FORGOTTEN = "bio"
LATE_S = 0.08
TIMEOUT_S = 5.0
READY = "/"


def forget(body: bytes) -> bytes:
    """A user, or a list of them, without one field."""
    try:
        users: Any = json.loads(body)
    except ValueError:
        return body
    for user in users if isinstance(users, list) else [users]:
        user.pop(FORGOTTEN, None)
    return json.dumps(users, ensure_ascii=False, separators=(",", ":")).encode()


def dawdle(body: bytes) -> bytes:
    time.sleep(LATE_S)
    return body


SPOIL: dict[str, Callable[[bytes], bytes]] = {"users": forget, "posts": dawdle}


class Draft(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    #: body and head in one packet: else the second waits for the first one's acknowledgement
    wbufsize = -1
    name = ""

    def answer(self) -> None:
        sent = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        # The connection can be kept only if nothing of this request is left on it.
        self.close_connection = self.close_connection or "Transfer-Encoding" in self.headers
        host, _, port = os.environ["BEHIND"].rpartition(":")
        behind = HTTPConnection(host, int(port), timeout=TIMEOUT_S)
        try:
            headers = {"Content-Type": self.headers["Content-Type"]} if sent else {}
            behind.request(self.command, self.path, sent or None, headers)
            found = behind.getresponse()
            body = found.read()
        finally:
            behind.close()
        body = body if self.path == READY else SPOIL[self.name](body)
        self.send_response(found.status)
        self.send_header("Content-Type", found.getheader("Content-Type", ""))
        self.send_header("Content-Length", str(len(body)))
        self.send_header("X-Served-By", draft_of(self.name))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Nothing: who asks is counted by the proxy."""


class DraftServer(ThreadingHTTPServer):
    def handle_error(self, request: object, client_address: object) -> None:
        """Nothing of connections that break: HAProxy may end one at any time."""
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)  # type: ignore[arg-type]


for method in ("GET", "HEAD", "POST"):
    setattr(Draft, f"do_{method}", Draft.answer)

if __name__ == "__main__":
    Draft.name = sys.argv[1]
    DraftServer(("127.0.0.1", int(os.environ["PORT"])), Draft).serve_forever()
