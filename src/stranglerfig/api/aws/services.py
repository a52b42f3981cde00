"""The services of AWS that fig speaks, and who answers for them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from stranglerfig.api.aws import cloudformation, identity, refactor_spaces
from stranglerfig.api.aws.handler import Handler

__all__ = ["FACES", "SERVICES", "Face", "Handler"]

#: By the name that clients sign for.
SERVICES: dict[str, Mapping[str, Handler]] = {
    "refactor-spaces": refactor_spaces.OPERATIONS,
    "cloudformation": cloudformation.OPERATIONS,
    "sts": identity.OPERATIONS,
}


@dataclass(frozen=True, slots=True)
class Face:
    """How botocore calls the service's model, and whether it speaks the query protocol (else JSON by REST)."""

    model: str
    is_query: bool


FACES: dict[str, Face] = {
    "refactor-spaces": Face("migration-hub-refactor-spaces", is_query=False),
    "cloudformation": Face("cloudformation", is_query=True),
    "sts": Face("sts", is_query=True),
}
