"""What answers in the monolith's place when it is switched off: 410 to everything, in one process of its own."""

from __future__ import annotations

import os
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

BODY = b'{"error":"the monolith is switched off"}'
NAME = "retired"


class Notice(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def answer(self) -> None:
        # The connection can be kept only if nothing of this request is left on it.
        self.rfile.read(int(self.headers.get("Content-Length") or 0))
        self.close_connection = self.close_connection or "Transfer-Encoding" in self.headers
        self.send_response(410)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(BODY)))
        self.send_header("X-Served-By", NAME)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(BODY)

    def log_message(self, format: str, *args: object) -> None:
        """Nothing: who asks is counted by the proxy."""


for method in ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"):
    setattr(Notice, f"do_{method}", Notice.answer)

if __name__ == "__main__":
    ThreadingHTTPServer(("127.0.0.1", int(os.environ["PORT"])), Notice).serve_forever()
