"""Who signed a request: Signature Version 4, in the ``Authorization`` header or in the query, made anew by botocore.

Everything is refused that AWS refuses: unsigned, malformed, of an unknown key, wrong, too late, too early, for another
region. Session tokens are not issued, so none is known. The body is always part of what is signed.
"""

from __future__ import annotations

import hmac
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from functools import cache
from hashlib import sha256
from typing import Any
from urllib.parse import quote, unquote_to_bytes

from stranglerfig.api.aws.asked import Asked
from stranglerfig.api.aws.refusals import malformed_signature, unknown_key, unsigned, wrong_signature

ALGORITHM = "AWS4-HMAC-SHA256"
#: How far the signer's clock may be off, and so how late a request may come.
WINDOW_S = 300
LONGEST_EXPIRY_S = 604_800
STAMP = "%Y%m%dT%H%M%SZ"
PARTS = re.compile(r"\s*([A-Za-z]+)=([^,\s]*)\s*")
MISMATCH = (
    "The request signature we calculated does not match the signature you provided. "
    "Check your AWS Secret Access Key and signing method."
)


@dataclass(frozen=True, slots=True)
class Claim:
    """What a request says of its signature. ``expires_s`` None: it stands in the header. ``query`` is what is signed
    of the query: all but the signature itself."""

    key_id: str
    scope_date: str
    region: str
    service: str
    signed_headers: tuple[str, ...]
    signature: str
    stamp: datetime
    query: str
    expires_s: int | None = None


def read_claim(asked: Asked) -> Claim:
    """Nothing of it is proven yet. Raises a ``Fault`` if there is none, or none that can be read."""
    if not asked.path.startswith("/") or "#" in asked.path:
        # Behind a # nothing would be signed.
        raise malformed_signature("The request line must name a path.")
    pairs = _pairs(asked.query)
    in_query = {name: value for name, value in pairs if name.startswith("X-Amz-")}
    headers = asked.all_of("authorization")
    is_presigned = "X-Amz-Signature" in in_query or "X-Amz-Algorithm" in in_query
    if asked.header("x-amz-security-token") is not None or "X-Amz-Security-Token" in in_query:
        raise unknown_key()
    if not headers and not is_presigned:
        raise unsigned()
    if len(headers) + is_presigned > 1:
        raise malformed_signature("The request is signed more than once.")
    if is_presigned:
        if len(in_query) != sum(name.startswith("X-Amz-") for name, _ in pairs):
            raise malformed_signature("A parameter of the signature stands more than once in the query.")
        return _read_query(in_query, _canonical(pairs, without="X-Amz-Signature"))
    return _read_header(asked, headers[0], _canonical(pairs))


def verify(asked: Asked, claim: Claim, secret: str, region: str, now: float) -> None:
    """Raises a ``Fault`` unless ``secret`` signed exactly this request, for ``region``, and lately."""
    _check_scope(claim, region)
    _check_time(claim, now)
    _check_headers(asked, claim)
    stated = asked.header("x-amz-content-sha256")
    if stated is not None and stated != sha256(asked.body).hexdigest():
        raise wrong_signature("The value of x-amz-content-sha256 is not the SHA-256 of the body, which must be signed.")
    if not hmac.compare_digest(_signature(asked, claim, secret).encode(), claim.signature.encode()):
        raise wrong_signature(MISMATCH)


def _read_header(asked: Asked, text: str, query: str) -> Claim:
    algorithm, _, rest = text.partition(" ")
    if algorithm != ALGORITHM:
        raise malformed_signature(f"Unsupported AWS 'algorithm': only {ALGORITHM} is known.")
    found: dict[str, str] = {}
    for part in rest.split(","):
        match = PARTS.fullmatch(part)
        if match is None or match[1] in found:
            raise malformed_signature("The Authorization header is not a list of Name=value.")
        found[match[1]] = match[2]
    for name in ("Credential", "Signature", "SignedHeaders"):
        if not found.get(name):
            raise malformed_signature(f"Authorization header requires '{name}' parameter.")
    dates = [*asked.all_of("x-amz-date"), *(asked.all_of("date") if not asked.header("x-amz-date") else ())]
    if len(dates) != 1:
        raise malformed_signature(
            "Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header."
        )
    return _to_claim(found["Credential"], found["SignedHeaders"], found["Signature"], _to_moment(dates[0]), query)


def _read_query(found: dict[str, str], query: str) -> Claim:
    for name in ("Algorithm", "Credential", "Date", "Expires", "SignedHeaders", "Signature"):
        if not found.get(f"X-Amz-{name}"):
            raise malformed_signature(f"AWS query-string parameters must include 'X-Amz-{name}'.")
    if found["X-Amz-Algorithm"] != ALGORITHM:
        raise malformed_signature(f"Unsupported AWS 'algorithm': only {ALGORITHM} is known.")
    text = found["X-Amz-Expires"]
    if not re.fullmatch(r"[0-9]{1,6}", text) or not 1 <= int(text) <= LONGEST_EXPIRY_S:
        raise malformed_signature(f"X-Amz-Expires must be a number from 1 to {LONGEST_EXPIRY_S}.")
    return _to_claim(
        *(found["X-Amz-Credential"], found["X-Amz-SignedHeaders"], found["X-Amz-Signature"]),
        *(_to_moment(found["X-Amz-Date"]), query, int(text)),
    )


def _to_claim(
    credential: str, headers: str, signature: str, stamp: datetime, query: str, expires_s: int | None = None
) -> Claim:
    scope = credential.split("/")
    if len(scope) != 5 or not all(scope) or scope[4] != "aws4_request":
        raise malformed_signature("Credential must have exactly 5 slash-delimited elements, the last 'aws4_request'.")
    if not credential.isascii() or not signature.isascii():
        raise malformed_signature("The signature holds what is not ASCII.")
    key_id, scope_date, region, service, _ = scope
    return Claim(
        *(key_id, scope_date, region, service),
        signed_headers=tuple(headers.split(";")),
        signature=signature,
        stamp=stamp,
        query=query,
        expires_s=expires_s,
    )


def _to_moment(text: str) -> datetime:
    try:
        if re.fullmatch(r"[0-9]{8}T[0-9]{6}Z", text):
            return datetime.strptime(text, STAMP).replace(tzinfo=UTC)
        found = parsedate_to_datetime(text)
        return found.astimezone(UTC) if found.tzinfo else found.replace(tzinfo=UTC)
    except (ValueError, TypeError, OverflowError):
        raise malformed_signature("Date must be in ISO-8601 'basic format', as in 20260301T093000Z.") from None


def _check_scope(claim: Claim, region: str) -> None:
    if claim.region != region:
        raise wrong_signature(f"Credential should be scoped to a valid region: this is {region}.")
    day = claim.stamp.strftime("%Y%m%d")
    if claim.scope_date != day:
        raise wrong_signature(
            "Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP: "
            f"'{claim.scope_date[:16]}' != '{day}', from '{claim.stamp.strftime(STAMP)}'."
        )


def _check_time(claim: Claim, now: float) -> None:
    stamp = claim.stamp.timestamp()
    last = stamp + (WINDOW_S if claim.expires_s is None else claim.expires_s)
    shown, here = claim.stamp.strftime(STAMP), _to_stamp(now)
    if now > last:
        earliest = _to_stamp(now - (last - stamp))
        minutes = f"{(last - stamp) / 60:g} min"
        raise wrong_signature(f"Signature expired: {shown} is now earlier than {earliest} ({here} - {minutes}.)")
    if stamp > now + WINDOW_S:
        latest = _to_stamp(now + WINDOW_S)
        raise wrong_signature(
            f"Signature not yet current: {shown} is still later than {latest} ({here} + {WINDOW_S // 60} min.)"
        )


def _check_headers(asked: Asked, claim: Claim) -> None:
    wanted = {"host", *(name for name, _ in asked.headers if name.startswith("x-amz-"))}
    if claim.expires_s is None and "x-amz-date" not in wanted:
        wanted.add("date")
    missing = sorted(wanted - set(claim.signed_headers))
    if missing:
        raise wrong_signature(f"'{missing[0][:64]}' must be a 'SignedHeader' in the AWS Authorization.")
    if not set(claim.signed_headers) <= {name for name, _ in asked.headers}:
        raise wrong_signature(MISMATCH)


def _signature(asked: Asked, claim: Claim, secret: str) -> str:
    signer = _signer_kind()(asked, claim, secret)
    request = _to_request(asked, claim)
    return str(signer.signature(signer.string_to_sign(request, signer.canonical_request(request)), request))


def _to_request(asked: Asked, claim: Claim) -> Any:
    from botocore.awsrequest import AWSRequest  # type: ignore[import-untyped]

    # Of the URL only the path counts here.
    request = AWSRequest(method=asked.method, url=f"http://fig{asked.path}")
    request.context["timestamp"] = claim.stamp.strftime(STAMP)
    return request


@cache
def _signer_kind() -> Any:
    """botocore's signer, bound to what a claim says was signed. Made late: botocore is slow to load."""
    from botocore.auth import SigV4Auth  # type: ignore[import-untyped]
    from botocore.compat import HTTPHeaders  # type: ignore[import-untyped]
    from botocore.credentials import Credentials  # type: ignore[import-untyped]

    class Verifier(SigV4Auth):  # type: ignore[misc]
        def __init__(self, asked: Asked, claim: Claim, secret: str) -> None:
            super().__init__(Credentials(claim.key_id, secret), claim.service, claim.region)
            self._asked = asked
            self._claim = claim

        def headers_to_sign(self, request: Any) -> Any:
            found = HTTPHeaders()
            for name in self._claim.signed_headers:
                for value in self._asked.all_of(name):
                    found.add_header(name, value)
            return found

        def canonical_query_string(self, request: Any) -> str:
            return self._claim.query

        def payload(self, request: Any) -> str:
            return sha256(self._asked.body).hexdigest()

    return Verifier


def _pairs(query: str) -> list[tuple[str, str]]:
    """Decoded, in their order; what is no UTF-8 is kept apart by its bytes. A plus sign means itself."""
    pieces = (piece.partition("=") for piece in query.split("&") if piece)
    return [(_unquote(name), _unquote(value)) for name, _, value in pieces]


def _unquote(text: str) -> str:
    return unquote_to_bytes(text.encode("latin-1", "replace")).decode("utf-8", "surrogateescape")


def _canonical(pairs: list[tuple[str, str]], without: str | None = None) -> str:
    kept = [(_quote(name), _quote(value)) for name, value in pairs if name != without]
    return "&".join(f"{name}={value}" for name, value in sorted(kept))


def _quote(text: str) -> str:
    return quote(text.encode("utf-8", "surrogateescape"), safe="-_.~")


def _to_stamp(moment: float) -> str:
    return datetime.fromtimestamp(moment, UTC).strftime(STAMP)
