"""The API's sockets: the unix socket that the owner alone can open, and the metrics listener if one is wanted."""

from __future__ import annotations

import asyncio
import contextlib
import errno
import os
import socket
from collections.abc import Iterator
from pathlib import Path

import uvicorn

from stranglerfig.api.app import build_app, build_metrics_app
from stranglerfig.api.aws.app import build_aws_app
from stranglerfig.control.access.listener import open_listener
from stranglerfig.control.context import Control
from stranglerfig.control.settings import Settings
from stranglerfig.errors import Conflict, StateUnusable

BACKLOG = 128
#: a log that somebody follows would never end by itself
GOODBYE_S = 2


async def serve_apps(control: Control, settings: Settings, stop: asyncio.Event) -> None:
    """Until ``stop``; requests under way are answered."""
    with contextlib.ExitStack() as stack:
        servers = [*serve_aws(control, settings, stack)]
        servers.append((_to_server(build_app(control)), stack.enter_context(open_api_socket(settings.api_socket))))
        if settings.metrics is not None:
            listening = stack.enter_context(open_metrics_socket(settings.metrics.host, settings.metrics.port))
            servers.append((_to_server(build_metrics_app(control)), listening))
        async with asyncio.TaskGroup() as group:
            for server, its_socket in servers:
                group.create_task(server.serve(sockets=[its_socket]))
            await stop.wait()
            for server, _ in servers:
                server.should_exit = True


def serve_aws(
    control: Control, settings: Settings, stack: contextlib.ExitStack
) -> Iterator[tuple[uvicorn.Server, socket.socket]]:
    """Opened before fig's own socket: whoever is answered there is told where the AWS API is."""
    listening = open_listener(settings.api, settings.home, control.listener)
    if listening is not None:
        yield _to_server(build_aws_app(control, settings.api.rate)), stack.enter_context(listening)


@contextlib.contextmanager
def open_api_socket(path: Path) -> Iterator[socket.socket]:
    """Whoever holds the daemon's lock may replace what an earlier daemon left."""
    listening = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    draft = path.with_name(f"{path.name}.new")
    try:
        draft.unlink(missing_ok=True)
        # Under a draft name until it listens, so that no client meets a socket that refuses it.
        listening.bind(str(draft))
        os.chmod(draft, 0o600)
        listening.listen(BACKLOG)
        draft.rename(path)
    except OSError as error:
        listening.close()
        raise StateUnusable(
            f"cannot open the API's socket {path}: {(error.strerror or str(error)).lower()}",
            hint="`fig doctor` says what is wrong with the folder.",
        ) from error
    try:
        yield listening
    finally:
        path.unlink(missing_ok=True)
        listening.close()


@contextlib.contextmanager
def open_metrics_socket(host: str, port: int) -> Iterator[socket.socket]:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listening = socket.socket(family, socket.SOCK_STREAM)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind((host, port))
        listening.listen(BACKLOG)
    except OSError as error:
        listening.close()
        why = "it is taken" if error.errno == errno.EADDRINUSE else (error.strerror or str(error)).lower()
        raise Conflict(
            f"cannot serve metrics on {host}:{port}: {why}",
            hint="Set FIG_METRICS to another address, or unset it.",
        ) from error
    try:
        yield listening
    finally:
        listening.close()


class _Server(uvicorn.Server):
    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Signals are the daemon's business: it may have more than one server."""
        yield


def _to_server(app: object) -> uvicorn.Server:
    config = uvicorn.Config(
        app,  # type: ignore[arg-type]
        loop="none",
        http="h11",
        ws="none",
        lifespan="off",
        access_log=False,
        log_config=None,
        server_header=False,
        timeout_graceful_shutdown=GOODBYE_S,
    )
    return _Server(config)
