"""Checks what clients send against the wire shapes: nothing unknown, nothing of a wrong kind; all problems at once."""

from __future__ import annotations

from collections.abc import Hashable
from contextlib import suppress
from datetime import UTC, datetime
from functools import cache
from typing import TYPE_CHECKING, Any, TypeVar, cast

from starlette.requests import Request
from typing_extensions import is_typeddict

from stranglerfig.core.excerpts import Excerpt
from stranglerfig.errors import UsageError

if TYPE_CHECKING:
    from pydantic import TypeAdapter

T = TypeVar("T")

LARGEST_BODY_BYTES = 1_048_576
_STRICT = {"extra": "forbid", "strict": True, "allow_inf_nan": False}


async def read_body(request: Request, shape: type[T]) -> T:
    """The request's JSON as a ``shape``. An empty body is an empty object."""
    raw = await request.body()
    return parse(shape, raw or b"{}")


def parse(shape: type[T], raw: bytes) -> T:
    # Loaded with the first change: the daemon is to answer soon after it was started, and most starts only look.
    from pydantic import ValidationError

    try:
        adapter: TypeAdapter[T] = _adapter(cast(Hashable, shape))
        return adapter.validate_json(raw)
    except ValidationError as error:
        problems = [_describe(dict(problem)) for problem in error.errors(include_url=False)]
        raise UsageError(
            f"the request does not say what it should: {'; '.join(problems)}",
            hint="The shapes are listed in the API's reference.",
        ) from error


def read_number(request: Request, name: str, default: int, *, most: int) -> int:
    """A whole number of the query, from 0 to ``most``."""
    text = request.query_params.get(name)
    if text is None:
        return default
    if not (text.isascii() and text.isdigit() and len(text) < 10):
        raise UsageError(f"{name} is {text!r}: not a number", hint=f"Give a number from 0 to {most}.")
    return min(int(text), most)


def read_moment(request: Request, name: str) -> float | None:
    """UTC seconds of a time of the query that says its zone."""
    text = request.query_params.get(name)
    if text is None:
        return None
    with suppress(ValueError, OverflowError):
        found = datetime.fromisoformat(text)
        if found.tzinfo is not None:
            return found.astimezone(UTC).timestamp()
    raise UsageError(f"{name} is {text!r}: not a time with its zone", hint="Write it like `2026-03-01T09:30:00Z`.")


def read_excerpt(request: Request) -> Excerpt:
    """``since`` and ``until``; with ``follow`` there is no end."""
    excerpt = Excerpt(read_moment(request, "since"), read_moment(request, "until"))
    if excerpt.until is not None and read_flag(request, "follow"):
        raise UsageError("follow and until say two different ends", hint="Leave one of them out.")
    return excerpt


def read_flag(request: Request, name: str) -> bool:
    return request.query_params.get(name, "").lower() in ("1", "true", "yes")


@cache
def _adapter(shape: Any) -> TypeAdapter[Any]:
    from pydantic import TypeAdapter

    _forbid_extras(shape)
    return TypeAdapter(shape)


def _forbid_extras(shape: Any) -> None:
    """The client shares the shapes and loads no pydantic: their strictness is added here."""
    if is_typeddict(shape) and "__pydantic_config__" not in vars(shape):
        shape.__pydantic_config__ = _STRICT


def _describe(problem: dict[str, Any]) -> str:
    place = ".".join(str(part) for part in problem["loc"])
    message = str(problem["msg"])
    message = message[:1].lower() + message[1:]
    return f"{place}: {message}" if place else message
