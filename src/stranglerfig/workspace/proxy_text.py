"""The manifest of a proxy as text, of its body. Pure."""

from __future__ import annotations

from collections.abc import Mapping

from stranglerfig.manifest.interpolate import VARIABLE
from stranglerfig.manifest.render import block

HEAD = (
    "# `fig manifest check` tells whether all is right in here,\n"
    "# `fig manifest schema proxy` what else may stand here.\n"
)


def proxy_text(body: Mapping[str, object]) -> str:
    return HEAD + "".join(f"{line}\n" for line in block(_as_written(dict(body))))


def _as_written(value: object) -> object:
    """What looks like a variable is none."""
    if isinstance(value, dict):
        return {key: _as_written(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_as_written(item) for item in value]
    return VARIABLE.sub(r"\\\g<0>", value) if isinstance(value, str) else value
