"""The manifest of a proxy as text, of its body. Pure."""

from __future__ import annotations

from collections.abc import Mapping

from stranglerfig.manifest.interpolate import VARIABLE
from stranglerfig.manifest.kinds.strangler_proxy import STRANGLER_PROXY
from stranglerfig.manifest.render import block, written

HEAD = (
    "# `fig manifest check` tells whether all is right in here,\n"
    "# `fig manifest schema proxy` what else may stand here.\n"
)


def proxy_text(body: Mapping[str, object]) -> str:
    return HEAD + "".join(f"{line}\n" for line in block(_escaped(as_written(body))))


def as_written(body: Mapping[str, object]) -> object:
    """With durations and numbers as people write them."""
    return _with_whole_numbers(written(dict(body), STRANGLER_PROXY.section))


def _with_whole_numbers(value: object) -> object:
    if isinstance(value, dict):
        return {key: _with_whole_numbers(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_with_whole_numbers(item) for item in value]
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _escaped(value: object) -> object:
    """What looks like a variable is none."""
    if isinstance(value, dict):
        return {key: _escaped(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_escaped(item) for item in value]
    return VARIABLE.sub(r"\\\g<0>", value) if isinstance(value, str) else value
