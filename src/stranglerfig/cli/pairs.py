"""``NAME=VALUE,NAME=VALUE`` as Copilot's flags take it: CSV, so that a value with a comma stands in quotes. Pure."""

from __future__ import annotations

import csv
from collections.abc import Sequence

import click


def pairs(texts: Sequence[str], flag: str) -> dict[str, str]:
    """Of all repetitions of a flag. A value is not repeated in the error: it may be a secret."""
    found = {}
    for text in texts:
        # One pair needs no quotes, whatever its value holds.
        for item in [text] if text.count("=") == 1 else next(csv.reader([text]), []):
            name, separator, value = item.partition("=")
            if not separator or not name.strip():
                raise click.BadParameter(
                    "it takes NAME=VALUE, several with commas between them (a value with a comma in quotes)",
                    param_hint=flag,
                )
            found[name.strip()] = value
    return found
