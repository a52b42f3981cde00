"""A template's text, YAML or JSON, as a tree of JSON values (pure)."""

from __future__ import annotations

from typing import Any


def read_text(text: str) -> Any:
    """Short forms of functions come out as long ones. Raises ``Fault`` (ValidationError) with line and column."""
    raise NotImplementedError
