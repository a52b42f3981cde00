"""The keeper's control socket: one JSON request a line, one JSON reply a line, several clients."""

from __future__ import annotations

import contextlib
import errno
import json
import os
import selectors
import socket
from collections.abc import Callable

_REQUEST_LIMIT = 1 << 16
#: replies are small; who does not read them is hung up on
_REPLY_TIMEOUT_S = 1.0

Reply = dict[str, object]
#: the reply to a request; None when ``ControlSocket.reply`` brings it later
Answer = Callable[[dict[str, object], socket.socket], "Reply | None"]


class ControlSocket:
    def __init__(self, control: socket.socket, selector: selectors.BaseSelector, answer: Answer) -> None:
        self._selector, self._answer_to = selector, answer
        self._buffers: dict[socket.socket, bytes] = {}
        selector.register(control, selectors.EVENT_READ, self._accept)

    def reply(self, client: socket.socket, reply: Reply) -> None:
        """Nothing happens if the client has gone."""
        if client not in self._buffers:
            return
        try:
            client.sendall(json.dumps(reply).encode() + b"\n")
        except OSError:
            self._hang_up(client)

    def _accept(self, control: socket.socket) -> None:
        with contextlib.suppress(OSError):
            client, _ = control.accept()
            client.settimeout(_REPLY_TIMEOUT_S)
            self._buffers[client] = b""
            self._selector.register(client, selectors.EVENT_READ, self._receive)

    def _receive(self, client: socket.socket) -> None:
        try:
            data = client.recv(_REQUEST_LIMIT)
        except OSError:
            data = b""
        *lines, rest = (self._buffers[client] + data).split(b"\n")
        if not data or len(rest) > _REQUEST_LIMIT:
            self._hang_up(client)
            return
        self._buffers[client] = rest
        for line in lines:
            reply = self._answer(line, client)
            if reply is not None:
                self.reply(client, reply)

    def _answer(self, line: bytes, client: socket.socket) -> Reply | None:
        try:
            request = json.loads(line)
            if not isinstance(request, dict):
                raise TypeError("not an object")
            return self._answer_to(request, client)
        except OSError as problem:
            return {"error": errno.errorcode.get(problem.errno or 0, "EIO"), "message": str(problem.strerror)}
        except (ValueError, KeyError, TypeError, OverflowError) as problem:
            return {"error": "EINVAL", "message": f"not a request: {problem!r}"}

    def _hang_up(self, client: socket.socket) -> None:
        if self._buffers.pop(client, None) is not None:
            self._selector.unregister(client)
            client.close()


def open_control(path: str) -> socket.socket:
    """Takes the place of whatever a killed keeper left. Only its owner may connect."""
    with contextlib.suppress(FileNotFoundError):
        os.unlink(path)
    control = socket.socket(socket.AF_UNIX)
    earlier = os.umask(0o177)
    control.bind(path)
    os.umask(earlier)
    control.listen(64)
    return control
