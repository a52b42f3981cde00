"""What is said alike of live shadows and of replays: what counts as a difference, and what may be kept."""

from __future__ import annotations

import re

import click

from stranglerfig.cli.quantities import seconds, size
from stranglerfig.core.compare.rules import FieldRule, parse_rule
from stranglerfig.errors import UsageError

ignore = click.option(
    "--ignore",
    multiple=True,
    metavar="FIELD",
    help="A field that does not count: '$.updatedAt', '$.**.etag', 'header link', 'status', 'body'. May be repeated.",
)
normalise = click.option(
    "--normalise",
    multiple=True,
    metavar="FIELD=KIND",
    help="A field that counts in another way: unordered, round:DIGITS or fold. May be repeated.",
)
redact = click.option("--redact", multiple=True, metavar="NAME", help="Fields of this name are secret, too.")
reveal = click.option("--reveal", multiple=True, metavar="NAME", help="Fields of this name are no secret.")
writes = click.option(
    "--writes", is_flag=True, help="Copy POST, PUT, PATCH and DELETE to the candidate, too; never to legacy."
)
timeout = click.option(
    "--timeout", type=seconds, default="5s", metavar="TIME", help="How long an answer may take (5s)."
)
max_body = click.option(
    "--max-body", type=size, default="1M", metavar="SIZE", help="What is read and compared of a body (1M)."
)


def rate(text: str) -> float:
    """``20``, ``20/s``, ``30/m``: in a second."""
    found = re.fullmatch(r"([0-9]+(?:\.[0-9]+)?)(?:/(s|m))?", text.strip())
    if not found or float(found[1]) <= 0:
        raise click.BadParameter(f"{text!r} is no rate: write 20/s")
    return float(found[1]) / (60 if found[2] == "m" else 1)


def share(text: str) -> float:
    """``10%`` or ``10``: percent, as a share from 0 to 1."""
    found = re.fullmatch(r"([0-9]+(?:\.[0-9]+)?) ?%?", text.strip())
    if not found or float(found[1]) > 100:
        raise click.BadParameter(f"{text!r} is no share: write 10%")
    return float(found[1]) / 100


def field_rules(ignored: tuple[str, ...], normalised: tuple[str, ...]) -> tuple[FieldRule, ...]:
    """Raises ``UsageError``."""
    return (*(parse_rule(f"ignore {field}") for field in ignored), *map(_to_normalising, normalised))


def _to_normalising(text: str) -> FieldRule:
    field, mark, kind = text.partition("=")
    kind, _, endpoint = kind.partition(" in ")
    way, _, digits = kind.partition(":")
    if not mark or way not in ("unordered", "round", "fold"):
        raise UsageError(
            f"bad --normalise {text!r}: it is not FIELD=KIND",
            hint="Write it as `--normalise '$.items=unordered'`, or with round:2 or fold.",
        )
    return parse_rule(f"{way} {field} {digits}{f' in {endpoint}' if endpoint else ''}")
