"""The URL of something that answers, taken apart."""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass
from functools import lru_cache
from urllib.parse import SplitResult, urlsplit

from stranglerfig.core.topology import HostHeader
from stranglerfig.errors import UsageError

_DEFAULT_PORTS = {"http": 80, "https": 443}
_HOST_NAME = re.compile(r"(?=.{1,253}$)[A-Za-z0-9_]([A-Za-z0-9_-]{0,62})(\.[A-Za-z0-9_][A-Za-z0-9_-]{0,62})*\.?")
_HINT = "Give it like `http://127.0.0.1:8080` or `https://shop.example.com/base`."


@dataclass(frozen=True, slots=True)
class TargetUrl:
    """``base_path`` has no trailing slash and is empty for the root. ``host`` of an IPv6 address has no brackets."""

    scheme: str
    host: str
    port: int
    base_path: str

    @property
    def authority(self) -> str:
        """What stands in a Host header: the port only where it is not the scheme's own."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == _DEFAULT_PORTS[self.scheme] else f"{host}:{self.port}"

    @property
    def text(self) -> str:
        return f"{self.scheme}://{self.authority}{self.base_path}"


def is_url(text: str) -> bool:
    """Whether ``text`` is meant as a URL rather than as a name."""
    return ":" in text or "/" in text or "." in text


# Every change of a route asks where all target groups lead, and there may be a thousand of them.
@lru_cache(maxsize=4096)
def parse_target_url(text: str) -> TargetUrl:
    parts = _parse_parts(text)
    if parts.scheme not in _DEFAULT_PORTS:
        raise UsageError(f"bad URL {text!r}: it must start with http:// or https://", hint=_HINT)
    if parts.username is not None or parts.query or parts.fragment:
        raise UsageError(f"bad URL {text!r}: user, query and fragment have no place in a target's URL", hint=_HINT)
    host, port = _parse_address(parts, text)
    path = parts.path.rstrip("/")
    if any(character <= " " or character in '"\\\x7f' or ord(character) > 0x7E for character in path):
        raise UsageError(f"bad URL {text!r}: the path holds a character that must be percent-encoded", hint=_HINT)
    return TargetUrl(parts.scheme, host, port or _DEFAULT_PORTS[parts.scheme], path)


def to_host_header(url: TargetUrl) -> HostHeader:
    """An address or localhost serves whoever asks; behind a name there may be several sites."""
    if url.host == "localhost" or _is_address(url.host):
        return HostHeader.PRESERVE
    return HostHeader.TARGET


def require_checkable(url: TargetUrl) -> None:
    """Raises ``UsageError`` for an https URL by address: HAProxy compares certificates with host names only."""
    if url.scheme == "https" and _is_address(url.host):
        raise UsageError(
            f"the certificate of {url.text} cannot be checked: it is named by its address",
            hint="Give its host name, or use `fig target add NAME URL --insecure`.",
        )


def _parse_parts(text: str) -> SplitResult:
    try:
        return urlsplit(text)
    except ValueError as error:
        raise UsageError(f"bad URL {text!r}: {error}", hint=_HINT) from error


def _parse_address(parts: SplitResult, text: str) -> tuple[str, int | None]:
    try:
        host, port = parts.hostname, parts.port
    except ValueError as error:
        raise UsageError(f"bad URL {text!r}: the port must be a number from 1 to 65535", hint=_HINT) from error
    if port == 0:
        raise UsageError(f"bad URL {text!r}: the port must be a number from 1 to 65535", hint=_HINT)
    if not host or not (_is_address(host) or _HOST_NAME.fullmatch(host)):
        raise UsageError(f"bad URL {text!r}: {host or ''!r} is no host name or address", hint=_HINT)
    # An IPv6 address has many spellings: one of them, or two URLs of one place would look like two places.
    address = to_address(host)
    return host if address is None else str(address), port


def to_address(host: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    """None: it is a name."""
    try:
        return ipaddress.ip_address(host)
    except ValueError:
        return None


def is_same_host(one: str, other: str) -> bool:
    """Names by their text, addresses however they are spelt; IPv4 mapped into IPv6 is the same address."""
    return one == other or (_plain(one) is not None and _plain(one) == _plain(other))


def is_this_machine(host: str) -> bool:
    """Whether it is one of the addresses by which every machine calls itself, or all of them."""
    address = _plain(host)
    return host == "localhost" or (address is not None and (address.is_loopback or address.is_unspecified))


def _plain(host: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    address = to_address(host)
    mapped = address.ipv4_mapped if isinstance(address, ipaddress.IPv6Address) else None
    return mapped or address


def _is_address(host: str) -> bool:
    return to_address(host) is not None
