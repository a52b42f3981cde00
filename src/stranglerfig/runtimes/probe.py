"""One health check of one address: a GET whose status counts, or a connection that opens, within its timeout."""

from __future__ import annotations

import asyncio
import functools
import os
import ssl
from dataclasses import dataclass
from urllib.parse import quote

from stranglerfig.core.topology import HealthCheck, Tls
from stranglerfig.errors import UsageError

#: what may stand in a request target as it is; everything else is percent-encoded
TARGET_SAFE = "/?&=%:@!$'()*+,;~[]-._"


@dataclass(frozen=True, slots=True)
class ProbeAnswer:
    """``detail`` says what came, or why nothing did: ``answers 503``, ``refuses connections``."""

    is_expected: bool
    detail: str

    def __bool__(self) -> bool:
        return self.is_expected


def parse_expect(text: str) -> tuple[range, ...]:
    """Status codes and ranges, both ends included, with commas between: ``200,204`` or ``200-399``."""
    return tuple(_parse_codes(part.strip(), text) for part in text.split(","))


def is_expected(status: int, expect: tuple[range, ...]) -> bool:
    return any(status in codes for codes in expect)


def parse_status(line: bytes) -> int | None:
    """The code of a status line; None when it is not HTTP."""
    version, _, rest = line.partition(b" ")
    code = rest[:3]
    is_status = version.startswith(b"HTTP/") and len(code) == 3 and code.isdigit() and rest[3:4] in (b" ", b"\r")
    return int(code) if is_status else None


async def probe_address(
    host: str, port: int, health: HealthCheck, *, tls: Tls | None = None, host_header: str | None = None
) -> ProbeAnswer:
    """``host_header`` None sends the address itself. With ``tls``, ``host`` is the name that the certificate must have.

    Raises ``UsageError`` when ``health.expect`` or the CA file cannot be read; whatever the network does is an answer.
    """
    expect = parse_expect(health.expect)
    context = None if tls is None else _read_context(tls)
    try:
        async with asyncio.timeout(health.timeout_s):
            status = await _ask(host, port, health.path, context, host_header or _to_host_header(host, port, tls))
    except TimeoutError:
        return ProbeAnswer(False, f"does not answer within {health.timeout_s:g} s")
    except ConnectionRefusedError:
        return ProbeAnswer(False, "refuses connections")
    except ssl.SSLCertVerificationError as error:
        return ProbeAnswer(False, f"shows a certificate that is not trusted: {error.verify_message}")
    except (OSError, EOFError, asyncio.LimitOverrunError, UnicodeError) as error:
        return ProbeAnswer(False, _describe(error))
    if status is None:
        return ProbeAnswer(health.path is None, "accepts connections" if health.path is None else "does not speak HTTP")
    return ProbeAnswer(is_expected(status, expect), f"answers {status}")


async def _ask(host: str, port: int, path: str | None, context: ssl.SSLContext | None, host_header: str) -> int | None:
    """The status of the final answer, once its whole head is there."""
    reader, writer = await asyncio.open_connection(host, port, ssl=context)
    try:
        if path is None:
            return None
        writer.write(_render_request(path, host_header))
        while True:
            head = await reader.readuntil(b"\r\n\r\n")
            status = parse_status(head)
            if status is None or status == 101 or status >= 200:
                return status
    finally:
        # Closing politely may wait for the other side, and that is who is under suspicion.
        writer.transport.abort()


def _render_request(path: str, host_header: str) -> bytes:
    target = quote(path if path.startswith("/") else f"/{path}", safe=TARGET_SAFE)
    lines = (
        f"GET {target} HTTP/1.1",
        f"Host: {quote(host_header, safe=TARGET_SAFE)}",
        "User-Agent: fig-health",
        "Accept: */*",
        "Connection: close",
    )
    return ("\r\n".join(lines) + "\r\n\r\n").encode("ascii")


def _parse_codes(part: str, whole: str) -> range:
    low, dash, high = part.partition("-")
    codes = (low, high if dash else low)
    if all(len(code) == 3 and code.isascii() and code.isdigit() for code in codes):
        first, last = int(codes[0]), int(codes[1])
        if 100 <= first <= last <= 599:
            return range(first, last + 1)
    raise UsageError(
        f"cannot read the expected statuses `{whole}`: `{part}` is neither a status code nor a range",
        hint="Write codes and ranges with commas between, as in `200,204` or `200-399`.",
    )


def _read_context(tls: Tls) -> ssl.SSLContext:
    try:
        # A renewed authority file is another key, so it is read again.
        stamp = 0 if tls.ca_file is None else os.stat(tls.ca_file).st_mtime_ns
        return _load_context(tls, stamp)
    except (OSError, ssl.SSLError) as error:
        raise UsageError(
            f"cannot read the certificate authorities in {tls.ca_file}: {error.strerror or error}",
            hint="Name a PEM file that this user can read with `fig target add NAME URL --ca-file FILE`.",
        ) from error


@functools.lru_cache(maxsize=64)
def _load_context(tls: Tls, stamp: int) -> ssl.SSLContext:
    """Kept, because reading the system's authorities takes longer than a probe. ``stamp`` is part of the key."""
    context = ssl.create_default_context(cafile=tls.ca_file)
    if not tls.verify:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    return context


def _to_host_header(host: str, port: int, tls: Tls | None) -> str:
    name = f"[{host}]" if ":" in host else host
    return name if port == (80 if tls is None else 443) else f"{name}:{port}"


def _describe(error: Exception) -> str:
    match error:
        case asyncio.IncompleteReadError() | ConnectionResetError() | BrokenPipeError():
            return "closes the connection without a complete answer"
        case asyncio.LimitOverrunError():
            return "answers with more than 64 KiB of headers"
        case ssl.SSLError():
            return f"does not speak TLS as we do: {error.reason or error}".lower()
        case OSError():
            return f"cannot be reached: {error.strerror or error}".lower()
        case _:
            return f"cannot be reached: {error}"
