"""Files of listeners that are gone. HAProxy leaves its sockets' names behind, and never removes what it has read."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path

from stranglerfig.core.topology import Listener
from stranglerfig.dataplane.frontend import hand_over_socket, map_path
from stranglerfig.dataplane.maps import TABLES

#: with what HAProxy adds to the name while it binds
_SOCKET = re.compile(r"(next\..+\.sock)(\..+)?")


def remove_leftovers(run_dir: Path, listeners: Iterable[Listener]) -> None:
    """To be called when HAProxy runs with ``listeners``. Workers that only finish what they have hold their maps in
    memory, and behind the socket of a listener that is gone nobody answers.
    """
    with_rules = [listener.name for listener in listeners if not listener.tcp]
    maps = {map_path(name, table) for name in with_rules for table in TABLES}
    sockets = {hand_over_socket(name) for name in with_rules}
    for path in run_dir.glob("maps/*"):
        if f"maps/{path.name}" not in maps:
            path.unlink(missing_ok=True)
    for path in run_dir.glob("next.*"):
        found = _SOCKET.fullmatch(path.name)
        if found and found[1] not in sockets:
            path.unlink(missing_ok=True)
