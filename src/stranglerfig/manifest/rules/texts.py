"""What single texts have to look like. Each check says what is wrong, None if nothing is. Pure."""

from __future__ import annotations

import ipaddress
import re
import shlex
from collections.abc import Callable

from stranglerfig.core.application import Kind
from stranglerfig.manifest.rules.given import Problems, text

LONGEST_WORKLOAD = 255
LONGEST_APP_RUNNER = 40
HIGHEST_PORT = 65_535
RESERVED = ("pipelines", "environments")
LISTENER_PROTOCOLS = ("tcp", "udp", "tls")
SIDECAR_PROTOCOLS = ("tcp", "udp")
_NAME = re.compile(r"[a-z][a-z0-9-]+")
_TOPIC = re.compile(r"[a-zA-Z0-9_-]+")
_PATH = re.compile(r"[a-zA-Z0-9\-._/]+")
_CODES = re.compile(r"[0-9]{3}(-[0-9]{3}|(,[0-9]{3})*)")
_ECR = re.compile(r"public\.ecr\.aws/.+|[0-9]{12}\.dkr\.ecr\.[a-z0-9-]+\.amazonaws\.com(\.cn)?/.+")
_EDGE_CERTIFICATE = re.compile(r"arn:aws[a-z-]*:acm:us-east-1:[0-9]{12}:certificate/.+")
#: ``8080``, ``53/udp``
_PORT = re.compile(r"([0-9]{1,5})(?:/([a-zA-Z]+))?")
_PORTS = re.compile(r"(-?[0-9]{1,5})(?:-([0-9]{1,5}))?")


def not_empty(given: str) -> str | None:
    return None if given.strip() else "must not be empty"


def without_nul(given: str) -> str | None:
    return "must not have a NUL character" if "\0" in given else None


def wrong_line(given: str) -> str | None:
    try:
        shlex.split(given)
    except ValueError:
        return "has a quote that is not closed"
    return without_nul(given)


def wrong_name(given: str) -> str | None:
    if given in RESERVED:
        return f"{given!r} is reserved for a folder of the workspace"
    if not _NAME.fullmatch(given) or "--" in given or given.endswith("-"):
        return "must begin with a small letter, then have small letters, digits and single dashes, and not end in one"
    return longer_than(LONGEST_WORKLOAD)(given)


def wrong_publisher(given: str) -> str | None:
    return None if _NAME.fullmatch(given) else "must begin with a small letter, then have small letters, digits, dashes"


def short_name(body: dict[str, object]) -> Problems:
    problem = longer_than(LONGEST_APP_RUNNER)(text(body, "name") or "")
    return [("name", f"{problem} for a {Kind.REQUEST_DRIVEN.value}")] if problem else []


def longer_than(most: int) -> Callable[[str], str | None]:
    return lambda given: f"must have at most {most} characters" if len(given) > most else None


def wrong_topic(given: str) -> str | None:
    return None if _TOPIC.fullmatch(given) else "must have letters, digits, dashes and underscores alone"


def wrong_path(given: str) -> str | None:
    return None if _PATH.fullmatch(given) else "must have letters, digits and the characters - . _ / alone"


def wrong_env_file(given: str) -> str | None:
    return None if given.endswith(".env") else "must be a file whose name ends in .env"


def wrong_codes(given: str) -> str | None:
    return None if _CODES.fullmatch(given) else "must be statuses: 200, a list 200,301 or a range 200-299"


def not_an_ecr_image(given: str) -> str | None:
    return None if _ECR.fullmatch(given) else "must be an image of ECR or ECR Public, which App Runner can pull"


def wrong_edge_certificate(given: str) -> str | None:
    """CloudFront reads certificates of one region alone. An empty text is none."""
    if not given or _EDGE_CERTIFICATE.fullmatch(given):
        return None
    return "must be the ARN of a certificate in us-east-1, the region of CloudFront"


def wrong_cidr(given: str) -> str | None:
    try:
        ipaddress.ip_network(given, strict=False)
    except ValueError:
        return "must be a network like 10.1.0.0/16"
    return None if "/" in given else "must be a network like 10.1.0.0/16: the length is missing"


def port_and_protocol(given: str) -> tuple[int, str] | None:
    """Of ``443/TLS`` the port and the protocol in small letters, ``tcp`` if none is said; None: no such text."""
    found = _PORT.fullmatch(given)
    if found is None or not 1 <= int(found[1]) <= HIGHEST_PORT:
        return None
    return int(found[1]), (found[2] or "tcp").lower()


def wrong_listener(given: str) -> str | None:
    return _wrong_port(given, LISTENER_PROTOCOLS)


def wrong_sidecar_port(given: str) -> str | None:
    return _wrong_port(given, SIDECAR_PROTOCOLS)


def wrong_port_range(given: str) -> str | None:
    found = _PORTS.fullmatch(given)
    if found is None:
        return "must be a port, or a range like 8000-8100"
    first, last = int(found[1]), int(found[2] or found[1])
    if max(first, last) > HIGHEST_PORT or last < first:
        return f"must be a range from a lower to a higher port, at most {HIGHEST_PORT}"
    return None


def _wrong_port(given: str, protocols: tuple[str, ...]) -> str | None:
    found = port_and_protocol(given)
    if found is None:
        return f"must be a port from 1 to {HIGHEST_PORT}, with a protocol like /{protocols[-1]} if it is not tcp"
    if found[1] not in protocols:
        return f"protocol {found[1]!r} is not one of {', '.join(protocols)}"
    return None
