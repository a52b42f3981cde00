"""What the configuration must know of this machine, read from it."""

from __future__ import annotations

import re
import resource
import ssl
from collections.abc import Mapping
from pathlib import Path

from stranglerfig.dataplane.config import FEWEST_CONNECTIONS, Machine
from stranglerfig.dataplane.locate import HaproxyBinary
from stranglerfig.dataplane.sockets import SLOTS

_WANTED_CONNECTIONS = 20_000
_BUNDLES = ("/etc/ssl/certs/ca-certificates.crt", "/etc/pki/tls/certs/ca-bundle.crt", "/etc/ssl/cert.pem")


def read_machine(binary: HaproxyBinary, environ: Mapping[str, str], name_servers: tuple[str, ...] = ()) -> Machine:
    """``name_servers`` (``address:port``) stand in for those of /etc/resolv.conf."""
    return Machine(
        haproxy=binary.version,
        max_connections=connection_limit(resource.getrlimit(resource.RLIMIT_NOFILE)[1]),
        authorities=_find_authorities(environ),
        name_servers=name_servers or parse_resolv_conf(_read(Path("/etc/resolv.conf"))),
    )


def connection_limit(open_files: int) -> int:
    """Two files a connection, and the keeper's pool of sockets with what HAProxy itself needs beside them."""
    if open_files == resource.RLIM_INFINITY:
        return _WANTED_CONNECTIONS
    return max(FEWEST_CONNECTIONS, min(_WANTED_CONNECTIONS, (open_files - SLOTS - 200) // 2))


def parse_resolv_conf(text: str) -> tuple[str, ...]:
    """The name servers as ``address:port``; those that are bound to an interface (``fe80::1%eth0``) are left out."""
    found = re.findall(r"^nameserver\s+([0-9A-Fa-f.:]+)\s*$", text, re.MULTILINE)
    return tuple(f"[{address}]:53" if ":" in address else f"{address}:53" for address in found)


def _find_authorities(environ: Mapping[str, str]) -> str:
    places = (environ.get("SSL_CERT_FILE"), ssl.get_default_verify_paths().cafile, *_BUNDLES)
    return next((place for place in places if place and Path(place).is_file()), _BUNDLES[0])


def _read(path: Path) -> str:
    try:
        return path.read_text(errors="replace")
    except OSError:
        return ""
