"""The way to the Docker engine: its own SDK, called in threads, with a deadline, its errors turned into ours."""

from __future__ import annotations

import asyncio
import contextlib
import os
import re
import socket
import struct
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from http.client import HTTPException
from typing import Any, TypeVar

from docker import APIClient
from docker.errors import APIError, DockerException
from docker.utils import kwargs_from_env

from stranglerfig.errors import Conflict, FigError, NotFound, Unavailable, UsageError

T = TypeVar("T")

#: so long the engine may take for one answer; starting or removing a container on a busy machine takes seconds
REPLY_TIMEOUT_S = 30.0
GREETING_TIMEOUT_S = 2.0
THREADS = 16
#: what the SDK raises, and what it lets through: requests' errors are OSErrors
TROUBLE = (DockerException, OSError, ValueError)
#: also in the midst of a stream, when the engine goes or its reader closes it
STREAM_TROUBLE = (*TROUBLE, HTTPException, AttributeError, struct.error)
MEND = (
    "Start it with `systemctl start docker` or name another one in DOCKER_HOST; "
    "what runs on this machine does without an engine by `--runtime process`."
)
DENIED = (
    "Let this user into the group that may: `sudo usermod -aG docker $USER`, then log in again; "
    "what runs on this machine does without an engine by `--runtime process`."
)
#: what runtimes put before the reason why a program cannot be started
CHAIN = re.compile(r"^.*(?:OCI runtime create failed|runc create failed|unable to start container process): ")


class Engine:
    """Belongs to one event loop. Nothing is connected before the first question, and every question may connect."""

    def __init__(self, *, reply_timeout_s: float = REPLY_TIMEOUT_S) -> None:
        self._reply_timeout_s = reply_timeout_s
        self._threads = ThreadPoolExecutor(THREADS, thread_name_prefix="docker")
        self._client: APIClient | None = None
        self._connecting = threading.Lock()
        self._is_closed = False

    async def ask(self, what: str, question: Callable[[Any], T]) -> T:
        """Run ``question`` in a thread. ``what`` completes the sentence "cannot …".

        Raises ``NotFound`` and ``Conflict`` for what the engine answers so, ``UsageError`` for what it refuses, and
        ``Unavailable`` when it fails or does not answer in time.
        """
        if self._is_closed:
            raise Unavailable(f"cannot {what}: the Docker engine has been let go")
        return await asyncio.get_running_loop().run_in_executor(self._threads, self._ask, what, question)

    def open(self, what: str) -> APIClient:
        """The client itself, for whoever reads a stream in a thread of its own."""
        try:
            with self._connecting:
                if self._client is None:
                    self._client = connect(self._reply_timeout_s)
                else:
                    _knock(to_address())
                return self._client
        except TROUBLE as error:
            raise to_fig_error(what, error) from error

    def close(self) -> None:
        """What is under way ends by its deadline; nobody waits for it."""
        self._is_closed = True
        self._threads.shutdown(wait=False, cancel_futures=True)
        if self._client is not None:
            with contextlib.suppress(*TROUBLE):
                self._client.close()

    def _ask(self, what: str, question: Callable[[Any], T]) -> T:
        try:
            return question(self.open(what))
        except TROUBLE as error:
            raise to_fig_error(what, error) from error


def connect(timeout_s: float) -> APIClient:
    """To the engine that DOCKER_HOST names, or the local one. Raises the SDK's errors."""
    _knock(to_address())
    return APIClient(version="auto", timeout=timeout_s, **kwargs_from_env())  # type: ignore[arg-type]


def answers(timeout_s: float = GREETING_TIMEOUT_S) -> bool:
    """Whether an engine is there at all. Blocks for a moment."""
    try:
        client = connect(timeout_s)
    except TROUBLE:
        return False
    with contextlib.closing(client):
        try:
            return bool(client.ping())
        except TROUBLE:
            return False


def _knock(address: str) -> None:
    """The SDK leaves a socket open when nobody answers it."""
    scheme, _, path = address.partition("://")
    if scheme == "unix":
        with socket.socket(socket.AF_UNIX) as knocking:
            knocking.settimeout(GREETING_TIMEOUT_S)
            knocking.connect(path if path.startswith("/") else f"/{path}")


def to_fig_error(what: str, error: Exception) -> FigError:
    if isinstance(error, APIError):
        reason = parse_reason(error)
        if error.status_code == 404:
            return NotFound(f"cannot {what}: {reason}", hint="See what the engine has with `docker ps -a`.")
        if error.status_code == 409:
            return Conflict(f"cannot {what}: {reason}", hint="See what the engine has with `docker ps -a`.")
        if error.is_client_error():
            return UsageError(f"cannot {what}: {reason}")
        return Unavailable(
            f"cannot {what}: the Docker engine failed: {reason}", hint="See its log with `journalctl -u docker`."
        )
    text = str(error)
    if "ermission denied" in text:
        return Unavailable(f"cannot {what}: this user may not speak to the Docker engine", hint=DENIED)
    if "timed out" in text.lower() or "timeout" in type(error).__name__.lower():
        return Unavailable(
            f"cannot {what}: the Docker engine did not answer in time",
            hint="See with `docker ps` whether it answers at all, and repeat.",
        )
    return Unavailable(f"cannot {what}: no Docker engine answers at {to_address()}", hint=MEND)


def to_address() -> str:
    return os.environ.get("DOCKER_HOST") or "unix:///var/run/docker.sock"


def parse_reason(error: APIError) -> str:
    """The engine's own words, without the chain of runtimes that they came through."""
    text = str(error.explanation or error).strip()
    return CHAIN.sub("", text).removesuffix(": unknown").rstrip(".")
