"""Where fig keeps its state, read once from the environment into one frozen value."""

from __future__ import annotations

import errno
import os
import shlex
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from stranglerfig.core.access import Identity
from stranglerfig.errors import FigError, StateUnusable, UsageError

#: what a unix socket's address holds, its closing NUL left out
SOCKET_PATH_BYTES = 107

#: requests a second of one access key
DEFAULT_RATE = 500.0

#: HAProxy binds a socket under a name like this before it renames it into place
LONGEST_SOCKET_NAME = "master.sock.4194304.tmp"


@dataclass(frozen=True, slots=True)
class Address:
    """``host`` without brackets; ``port`` 0 takes a free one."""

    host: str
    port: int

    def __str__(self) -> str:
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"


@dataclass(frozen=True, slots=True)
class ApiSettings:
    """Of the AWS API. ``address`` None: a port of loopback that is chosen once. ``rate`` in requests a second and key;
    0 has no limit. ``quotas`` of Refactor Spaces by word, where they are not AWS's own.
    """

    is_on: bool = True
    address: Address | None = None
    rate: float = DEFAULT_RATE
    identity: Identity = Identity()
    quotas: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Settings:
    """``home`` is absolute. ``metrics`` None: no metrics listener. No ``resolvers``: those of the machine."""

    home: Path
    metrics: Address | None = None
    resolvers: tuple[Address, ...] = ()
    api: ApiSettings = ApiSettings()

    @property
    def database(self) -> Path:
        return self.home / "fig.sqlite3"

    @property
    def run_dir(self) -> Path:
        """Sockets, and what HAProxy reads: configuration and maps."""
        return self.home / "run"

    @property
    def log_dir(self) -> Path:
        return self.home / "log"

    @property
    def secret_dir(self) -> Path:
        return self.home / "secrets"

    @property
    def api_socket(self) -> Path:
        return self.run_dir / "api.sock"

    @property
    def daemon_lock(self) -> Path:
        return self.run_dir / "daemon.lock"


def read_settings(environ: Mapping[str, str], home_dir: Path) -> Settings:
    """``home_dir`` is the user's. An empty variable counts as absent; nothing is looked up on disk."""
    return Settings(
        home=to_home(environ, home_dir),
        metrics=parse_metrics(environ.get("FIG_METRICS", "")),
        resolvers=parse_resolvers(environ.get("FIG_RESOLVERS", "")),
        api=read_api(environ),
    )


def to_home(environ: Mapping[str, str], home_dir: Path) -> Path:
    chosen = environ.get("FIG_HOME", "")
    if chosen:
        if not os.path.isabs(chosen):
            # Relative, the same setting would mean another state in every folder that fig is called from.
            raise UsageError(
                f"FIG_HOME is {chosen!r}: not an absolute path",
                hint='Write it in full, as in `export FIG_HOME="$PWD/fig-state"`.',
            )
        return Path(os.path.normpath(chosen))
    state = environ.get("XDG_STATE_HOME", "")
    # The XDG specification has relative paths ignored.
    base = Path(state) if os.path.isabs(state) else home_dir / ".local" / "state"
    return base / "fig"


def parse_metrics(text: str) -> Address | None:
    """``host:port`` or ``[v6]:port``; empty for none."""
    if not text:
        return None
    address = parse_address(text)
    if address is None:
        raise UsageError(
            f"FIG_METRICS is {text!r}: not host:port",
            hint="Write an address and a port up to 65535, as in `export FIG_METRICS=127.0.0.1:9101`, or unset it.",
        )
    return address


def read_api(environ: Mapping[str, str]) -> ApiSettings:
    text = environ.get("FIG_API", "")
    return ApiSettings(
        is_on=text != "off",
        address=None if text in ("", "off") else parse_api(text),
        rate=parse_rate(environ.get("FIG_API_RATE", "")),
        identity=parse_identity(environ.get("FIG_API_ACCOUNT", ""), environ.get("FIG_API_REGION", "")),
        quotas=parse_quotas(environ.get("FIG_API_QUOTAS", "")),
    )


def parse_api(text: str) -> Address:
    """``host:port`` of this machine alone."""
    address = parse_address(text)
    if address is None:
        raise UsageError(
            f"FIG_API is {text!r}: not host:port",
            hint="Write an address and a port up to 65535, as in `export FIG_API=127.0.0.1:4780`, `off`, or unset it.",
        )
    if address.host != "localhost" and not is_loopback(address.host):
        raise UsageError(
            f"FIG_API is {text!r}: not an address of loopback, and the API has no TLS that would let others in safely",
            hint="Write it with this machine's own address, as in `export FIG_API=127.0.0.1:4780`.",
        )
    return address


def parse_rate(text: str) -> float:
    if not text:
        return DEFAULT_RATE
    if not (text.isascii() and text.isdigit() and len(text) <= 7):
        raise UsageError(
            f"FIG_API_RATE is {text!r}: not a number of requests a second",
            hint="Write a whole number, as in `export FIG_API_RATE=500`; 0 has no limit.",
        )
    return float(text)


def parse_quotas(text: str) -> dict[str, int]:
    """``word=number``, comma-separated; empty for those of AWS."""
    if not text:
        return {}
    # Loaded when it is needed: every command reads the settings.
    from stranglerfig.core.refactor_spaces.quotas import WORDS

    quotas = {}
    for part in filter(None, map(str.strip, text.split(","))):
        word, _, number = part.partition("=")
        if word not in WORDS or not (number.isascii() and number.isdigit() and len(number) <= 7):
            raise UsageError(
                f"FIG_API_QUOTAS names {part!r}: not one of {', '.join(WORDS)} with a number",
                hint="Write it like `export FIG_API_QUOTAS=routes=5000,environments=100`, or unset it.",
            )
        quotas[word] = int(number)
    return quotas


def parse_identity(account: str, region: str) -> Identity:
    """Of ARNs, and of what signatures are made for; empty for what is usual."""
    if account and not (account.isascii() and account.isdigit() and len(account) == 12):
        raise UsageError(
            f"FIG_API_ACCOUNT is {account!r}: not an account of AWS",
            hint="Write twelve digits, as in `export FIG_API_ACCOUNT=123456789012`.",
        )
    if region and not (region.isascii() and region.replace("-", "").isalnum() and region == region.lower()):
        raise UsageError(
            f"FIG_API_REGION is {region!r}: not a region of AWS",
            hint="Write it as AWS does, as in `export FIG_API_REGION=eu-central-1`.",
        )
    usual = Identity()
    return Identity(account or usual.account, region or usual.region)


def parse_resolvers(text: str) -> tuple[Address, ...]:
    """Name servers, ``address:port``, comma-separated; empty for none. HAProxy asks them by address alone."""
    found = []
    for part in text.split(",") if text else ():
        address = parse_address(part.strip())
        if address is None or not address.port or not is_ip(address.host):
            raise UsageError(
                f"FIG_RESOLVERS is {text!r}: {part.strip()!r} is not address:port",
                hint="Write IP addresses with ports, as in `export FIG_RESOLVERS=192.0.2.53:53,[2001:db8::53]:53`.",
            )
        found.append(address)
    return tuple(found)


def parse_address(text: str) -> Address | None:
    """``host:port`` or ``[v6]:port``."""
    host, colon, port = text.rpartition(":")
    if host.startswith("[") and host.endswith("]"):
        host = host[1:-1]
    elif ":" in host:
        return None  # a v6 address without brackets: which colon ends it cannot be told
    if not (colon and host and port.isascii() and port.isdigit() and len(port) <= 5 and int(port) <= 65_535):
        return None
    return Address(host, int(port))


def is_ip(text: str) -> bool:
    # Loaded where it is needed: every command reads the settings.
    from ipaddress import ip_address

    try:
        ip_address(text)
    except ValueError:
        return False
    # HAProxy knows no address that is bound to an interface.
    return "%" not in text


def is_loopback(text: str) -> bool:
    from ipaddress import ip_address

    try:
        return ip_address(text).is_loopback
    except ValueError:
        return False


def prepare(settings: Settings) -> None:
    """Make the folders of ``settings`` and prove that they can be written to. Idempotent.

    ``run`` and ``log`` are open to their owner alone. A home that is there already keeps its mode, for it may be a
    folder that others use; every file in it that holds a secret is guarded by its own mode.
    """
    refuse_long_sockets(settings.run_dir)
    for folder in (settings.home, settings.run_dir, settings.log_dir):
        try:
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            if folder != settings.home:
                folder.chmod(0o700)
            if not os.access(folder, os.R_OK | os.W_OK | os.X_OK):
                raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))
        except OSError as error:
            raise to_folder_error(folder, error) from error


def refuse_long_sockets(run_dir: Path) -> None:
    excess = len(os.fsencode(run_dir / LONGEST_SOCKET_NAME)) - SOCKET_PATH_BYTES
    if excess > 0:
        raise UsageError(
            f"the sockets in {run_dir} cannot be opened: their paths are {excess} bytes too long for this system",
            hint='Set FIG_HOME to a shorter path, as in `export FIG_HOME="$HOME/.fig"`.',
        )


def to_folder_error(folder: Path, error: OSError) -> FigError:
    why = f"{folder} cannot be fig's folder: {(error.strerror or str(error)).lower()}"
    match error.errno:
        case errno.EEXIST | errno.ENOTDIR:
            return UsageError(
                why, hint="Something else has that name: move it aside, or set FIG_HOME to another folder."
            )
        case errno.ENOSPC | errno.EDQUOT:
            return StateUnusable(
                why, hint=f"Make room (`df -h {shlex.quote(str(folder.parent))}` shows it) and repeat."
            )
        case _:
            return StateUnusable(
                why, hint=f"Make it yours and writable (`ls -ld {shlex.quote(str(folder))}`), or set FIG_HOME."
            )
