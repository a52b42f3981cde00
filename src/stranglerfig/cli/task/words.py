"""Words of ``--command`` and ``--entrypoint``. Pure."""

from __future__ import annotations

import shlex

from stranglerfig.errors import UsageError


def split(text: str | None, flag: str) -> tuple[str, ...] | None:
    try:
        return None if text is None else tuple(shlex.split(text))
    except ValueError as broken:
        raise UsageError(f"{flag}: {str(broken).lower()}", hint="Quote it as for a shell.") from broken
