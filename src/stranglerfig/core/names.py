"""Names and identifiers: parsed once where they come in, trusted afterwards."""

from __future__ import annotations

import re
from collections.abc import Container

from stranglerfig.errors import UsageError

LONGEST_NAME = 63
_NAME = re.compile(r"[a-z][a-z0-9-]{0,62}")
_NOT_IN_A_NAME = re.compile(r"[^a-z0-9]+")


def parse_name(text: str, what: str = "name") -> str:
    if _NAME.fullmatch(text):
        return text
    raise UsageError(
        f"{what} {text!r} cannot be used: it must match [a-z][a-z0-9-]* and have at most {LONGEST_NAME} characters",
        hint="Use a small letter first, then small letters, digits and dashes, as in `posts-v2`.",
    )


def to_slug(text: str, *, otherwise: str) -> str:
    """A valid name that resembles ``text``; ``otherwise`` when nothing of it can stand in a name."""
    slug = _NOT_IN_A_NAME.sub("-", text.lower()).strip("-")
    if slug and not slug[0].isalpha():
        slug = f"{otherwise}-{slug}"
    return slug[:LONGEST_NAME].rstrip("-") or otherwise


def to_unique(name: str, taken: Container[str]) -> str:
    """``name`` itself, or with the first of ``-2``, ``-3`` … that is not taken."""
    if name not in taken:
        return name
    number = 2
    while True:
        suffix = f"-{number}"
        candidate = name[: LONGEST_NAME - len(suffix)].rstrip("-") + suffix
        if candidate not in taken:
            return candidate
        number += 1
