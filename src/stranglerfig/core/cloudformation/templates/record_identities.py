"""Ids and attributes of resources that are kept as records, shaped as AWS shapes them (pure)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class NewRecord:
    """``seed``: the same one gives the same ids, so that what is made twice is the same thing."""

    type: str
    account: str
    region: str
    stack_name: str
    logical_id: str
    seed: bytes


def made_up(new: NewRecord, properties: Mapping[str, Any]) -> tuple[str, dict[str, Any]]:
    """The physical id, which is what Ref gives, and the attributes for GetAtt."""
    raise NotImplementedError
