"""Errors that every AWS service has, by the names that REST services give them, and what fig's own errors are to AWS.

``query_xml`` has the other names that services of the query protocol give some of them (pure).
"""

from __future__ import annotations

from stranglerfig.core.faults import Fault
from stranglerfig.errors import Conflict, FigError, NotFound, Refused, UsageError

INVALID_TOKEN = "The security token included in the request is invalid."


def unsigned() -> Fault:
    return Fault("MissingAuthenticationToken", "Missing Authentication Token", http_status=403)


def malformed_signature(why: str) -> Fault:
    return Fault("IncompleteSignature", why, http_status=400)


def unknown_key() -> Fault:
    return Fault("UnrecognizedClientException", INVALID_TOKEN, http_status=403)


def wrong_signature(why: str) -> Fault:
    return Fault("InvalidSignatureException", why, http_status=403)


def denied(why: str) -> Fault:
    return Fault("AccessDeniedException", why, http_status=403)


def invalid(why: str) -> Fault:
    return Fault("ValidationException", why, http_status=400)


def unreadable(why: str) -> Fault:
    return Fault("SerializationException", why, http_status=400)


def unknown_operation(why: str, *, http_status: int = 404) -> Fault:
    return Fault("UnknownOperationException", why, http_status=http_status)


def too_large(most_bytes: int) -> Fault:
    return Fault("RequestEntityTooLargeException", f"A request may have at most {most_bytes} bytes.", http_status=413)


def defect() -> Fault:
    return Fault(
        "InternalServerException",
        "A defect in fig. Its daemon's log, log/daemon.log in its home, says more.",
        http_status=500,
    )


def to_fault(error: FigError) -> Fault:
    """None of them names a resource with its type, which exceptions for what is not found or in conflict have to."""
    message = f"{error.message}. {error.hint}" if error.hint else error.message
    match error:
        case UsageError() | NotFound() | Conflict() | Refused():
            return invalid(message)
        case _:
            return Fault("InternalServerException", message, http_status=500)
