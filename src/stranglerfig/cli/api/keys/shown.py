"""How access keys are shown."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stranglerfig.cli.output import show_json, show_table

if TYPE_CHECKING:
    from collections.abc import Sequence

    from stranglerfig.api.access.wire import KeyWire


def limits(key: KeyWire) -> str:
    words = (["read only"] if key["read_only"] else []) + (
        [f"below {key['path_prefix']}"] if key["path_prefix"] else []
    )
    return ", ".join(words) or "none"


def show_new(keys: Sequence[KeyWire], *, as_json: bool) -> None:
    """With their secrets: this is when they are told."""
    if as_json:
        show_json(keys)
    elif keys:
        show_table(
            ("NAME", "ACCESS KEY ID", "SECRET ACCESS KEY", "ACCOUNT", "LIMITS"),
            ((key["name"], key["id"], key["secret"], key["account"], limits(key)) for key in keys),
        )
