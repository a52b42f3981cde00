"""``fig daemon stop``."""

from __future__ import annotations

from stranglerfig.api.client import DaemonAbsent
from stranglerfig.cli.connect import to_running_daemon
from stranglerfig.cli.launch import wait_until_gone
from stranglerfig.cli.lazy import verb
from stranglerfig.cli.output import done, recommend


@verb("stop", examples="fig daemon stop")
def stop() -> None:
    """End the daemon. Listeners and tasks go on; the next command starts it again, of the version then installed."""
    client = to_running_daemon()
    try:
        pid = client.daemon.version()["pid"]
        client.daemon.stop()
    except DaemonAbsent:
        done("The daemon does not run.")
        return
    wait_until_gone(pid)
    done("The daemon has ended; traffic goes on.")
    recommend("fig status")
