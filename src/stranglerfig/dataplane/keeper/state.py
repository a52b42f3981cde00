"""What a keeper leaves on disk for its successor. Standard library only."""

from __future__ import annotations

import json
import os


class KeeperState:
    """HAProxy's identity and command, and the open addresses by slot. Replaced as a whole; never half written."""

    def __init__(self) -> None:
        self.pid = self.start_ticks = 0
        self.argv: list[str] = []
        self.env: dict[str, str] = {}
        self.addresses: dict[int, tuple[str, int]] = {}

    @classmethod
    def read(cls, path: str) -> KeeperState:
        """An empty one if the file is missing or makes no sense: then nothing is known, and nothing is adopted."""
        state = cls()
        try:
            with open(path, encoding="utf-8") as file:
                kept = json.load(file)
            state.pid, state.start_ticks = int(kept["pid"]), int(kept["start_ticks"])
            state.argv, state.env = strings(kept["argv"]), string_map(kept["env"])
            state.addresses = {int(index): (str(host), int(port)) for index, host, port in kept["slots"]}
        except (OSError, ValueError, KeyError, TypeError):
            return cls()
        return state

    def write(self, path: str) -> None:
        slots = [[index, host, port] for index, (host, port) in self.addresses.items()]
        kept = {
            "pid": self.pid,
            "start_ticks": self.start_ticks,
            "argv": self.argv,
            "env": self.env,
            "slots": slots,
        }
        with open(path + ".new", "w", encoding="utf-8", opener=_private) as file:
            json.dump(kept, file)
        os.replace(path + ".new", path)


def strings(value: object) -> list[str]:
    if not isinstance(value, list):
        raise TypeError("not a list")
    return [str(item) for item in value]


def string_map(value: object) -> dict[str, str]:
    if not isinstance(value, dict):
        raise TypeError("not an object")
    return {str(key): str(item) for key, item in value.items()}


def _private(name: str, flags: int) -> int:
    return os.open(name, flags, 0o600)
