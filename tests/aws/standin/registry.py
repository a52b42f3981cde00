"""A registry that images can be pushed to; what arrives is in moto's ECR, too, which has none of its own.

As much of the distribution specification as a push needs: https://github.com/opencontainers/distribution-spec
"""

from __future__ import annotations

import base64
import hashlib
import threading
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from moto.ecr.models import ecr_backends

from tests.aws.standin.cloud import ACCOUNT, REGION

LOGIN = base64.b64encode(f"AWS:{ACCOUNT}-auth-token".encode()).decode()


@dataclass
class PushTarget:
    """``pushes`` are REPOSITORY:TAG as they came, ``refused`` counts requests without the right password."""

    host: str = ""
    blobs: dict[str, bytes] = field(default_factory=dict)
    uploads: dict[str, bytes] = field(default_factory=dict)
    pushes: list[str] = field(default_factory=list)
    refused: int = 0


@contextmanager
def push_target() -> Iterator[PushTarget]:
    target = PushTarget()

    class Handler(Registry):
        registry = target

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    target.host = f"127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield target
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


class Registry(BaseHTTPRequestHandler):
    registry: PushTarget
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        if self.headers.get("Authorization") != f"Basic {LOGIN}":
            self.registry.refused += 1
            self.answer(401, {"WWW-Authenticate": 'Basic realm="registry"'})
            return
        self.answer(200)

    def do_HEAD(self) -> None:
        digest = self.path.rpartition("/")[2]
        blob = self.registry.blobs.get(digest) if "/blobs/" in self.path else None
        if blob is None:
            self.answer(404)
        else:
            self.answer(200, {"Docker-Content-Digest": digest}, length=len(blob))

    def do_POST(self) -> None:
        name = str(uuid.uuid4())
        self.registry.uploads[name] = b""
        self.answer(202, {"Location": f"{self.path.rstrip('/')}/{name}", "Docker-Upload-UUID": name})

    def do_PATCH(self) -> None:
        name = self.path.partition("?")[0].rpartition("/")[2]
        self.registry.uploads[name] += self.body()
        end = len(self.registry.uploads[name]) - 1
        self.answer(202, {"Location": self.path, "Range": f"0-{end}"})

    def do_PUT(self) -> None:
        path, _, query = self.path.partition("?")
        body = self.body()
        if "/manifests/" in path:
            digest = f"sha256:{hashlib.sha256(body).hexdigest()}"
            self.keep(path, body, digest)
        else:
            digest = query.removeprefix("digest=").replace("%3A", ":")
            self.registry.blobs[digest] = self.registry.uploads.pop(path.rpartition("/")[2]) + body
        self.answer(201, {"Location": path, "Docker-Content-Digest": digest})

    def keep(self, path: str, body: bytes, digest: str) -> None:
        repository, _, tag = path.removeprefix("/v2/").partition("/manifests/")
        self.registry.pushes.append(f"{repository}:{tag}")
        ecr = ecr_backends[ACCOUNT][REGION]
        ecr.put_image(repository, body.decode(), tag, self.headers["Content-Type"], digest)

    def body(self) -> bytes:
        if "chunked" not in (self.headers.get("Transfer-Encoding") or ""):
            return self.rfile.read(int(self.headers.get("Content-Length") or 0))
        parts = []
        while size := int(self.rfile.readline().strip() or b"0", 16):
            parts.append(self.rfile.read(size))
            self.rfile.readline()
        self.rfile.readline()
        return b"".join(parts)

    def answer(self, status: int, headers: dict[str, str] | None = None, *, length: int = 0) -> None:
        self.send_response(status)
        for name, value in {**(headers or {}), "Content-Length": str(length)}.items():
            self.send_header(name, value)
        self.end_headers()

    def log_message(self, format: str, *args: Any) -> None:
        """What came is in ``PushTarget``."""
