"""How durations, sizes and pairs are written on the command line."""

from __future__ import annotations

import re
from collections.abc import Sequence

import click

SECONDS = {"": 1.0, "ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86_400.0}
BYTES = {"": 1, "K": 1024, "M": 1024**2, "G": 1024**3, "T": 1024**4}


def seconds(text: str) -> float:
    """``30``, ``30s``, ``500ms``, ``2m``, ``7d``."""
    found = re.fullmatch(r"([0-9]+(?:\.[0-9]+)?)(ms|s|m|h|d|)", text.strip())
    if not found:
        raise click.BadParameter(f"{text!r} is no duration: write 30s, 500ms or 2m")
    return float(found[1]) * SECONDS[found[2]]


def size(text: str) -> int:
    """``512M``, ``1G``, ``1GiB``: bytes, in powers of 1,024."""
    found = re.fullmatch(r"([0-9]+(?:\.[0-9]+)?)([KMGT]?)(?:i?B)?", text.strip(), re.IGNORECASE)
    if not found:
        raise click.BadParameter(f"{text!r} is no size: write 512M or 2G")
    return int(float(found[1]) * BYTES[found[2].upper()])


def pairs(texts: Sequence[str], option: str) -> dict[str, str]:
    """``K=V`` texts; the last of one name counts."""
    found = {}
    for text in texts:
        name, separator, value = text.partition("=")
        if not separator or not name:
            raise click.BadParameter(f"{text!r} is not NAME=VALUE", param_hint=option)
        found[name] = value
    return found
