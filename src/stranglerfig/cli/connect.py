"""How a command reaches the daemon: started if need be, and noticed when it is of another version."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from stranglerfig import __version__
from stranglerfig.api.access.client import AwsClient
from stranglerfig.api.app_client import AppClient
from stranglerfig.api.client import Client, Transport, is_another
from stranglerfig.api.declared.client import DeclaredClient
from stranglerfig.api.ledger.client import LedgerClient
from stranglerfig.api.shadows.client import ShadowClient
from stranglerfig.api.spaces.client import SpaceClient
from stranglerfig.cli.output import warn
from stranglerfig.errors import FigError

if TYPE_CHECKING:
    from stranglerfig.api.wire import VersionWire
    from stranglerfig.control.settings import Settings

REPLACE_IT = "`fig daemon stop` ends it (traffic goes on); the next command starts this one's."


def settings() -> Settings:
    from stranglerfig.control.settings import read_settings

    return read_settings(os.environ, Path.home())


def to_daemon() -> Client:
    """A client that starts the daemon when it is not there."""
    return Client(starting_transport())


def to_apps() -> AppClient:
    """The same for applications."""
    return AppClient(starting_transport())


def to_declared() -> DeclaredClient:
    """The same for proxies that are deployed from manifests."""
    return DeclaredClient(starting_transport())


def to_spaces() -> SpaceClient:
    """The same for what concerns Refactor Spaces."""
    return SpaceClient(starting_transport())


def to_ledger() -> LedgerClient:
    """The same for the ledger."""
    return LedgerClient(starting_transport())


def to_aws() -> AwsClient:
    """The same for the AWS API and its keys."""
    return AwsClient(starting_transport())


def to_shadows() -> ShadowClient:
    """The same for shadows."""
    return ShadowClient(starting_transport())


def to_running_aws(*, timeout_s: float | None = None) -> AwsClient:
    """Raises ``DaemonAbsent`` when there is none."""
    return AwsClient(Transport(str(settings().api_socket), timeout_s=timeout_s))


def to_running_apps(*, timeout_s: float | None = None) -> AppClient:
    """Raises ``DaemonAbsent`` when there is none."""
    return AppClient(Transport(str(settings().api_socket), timeout_s=timeout_s))


def to_running_daemon(*, timeout_s: float | None = None) -> Client:
    """A client that raises ``DaemonAbsent`` when there is none. ``timeout_s`` bounds each answer."""
    return Client(Transport(str(settings().api_socket), timeout_s=timeout_s))


def starting_transport() -> Transport:
    here = settings()

    def start() -> None:
        from stranglerfig.cli.launch import start_daemon

        start_daemon(here)

    return Transport(str(here.api_socket), when_absent=start, when_version=compare_version)


def compare_version(version: str) -> None:
    if version != __version__:
        warn(f"the daemon that runs is fig {version}, this is fig {__version__}. {REPLACE_IT}")


def compare(daemon: VersionWire) -> None:
    compare_version(daemon["version"])
    if daemon["version"] == __version__ and is_another(daemon):
        warn(f"the daemon that runs is of other code than this fig {__version__}. {REPLACE_IT}")


def is_daemon_another() -> bool:
    """Whether a daemon runs that is of other code than this command, be it of the same version."""
    try:
        return is_another(to_running_daemon(timeout_s=1.0).daemon.version())
    except FigError:
        return False
