"""Values that a shape of botocore's models allows, drawn by chance that is seeded."""

from __future__ import annotations

import random
import string
from datetime import UTC, datetime
from typing import Any

#: Nothing that a protocol spells otherwise may be missing: separators, quotes, other alphabets.
LETTERS = string.ascii_letters + string.digits + " -_.~/+%&=?#:;'\"<>[]{}é\u4e2d\U0001f600\n\r\t"
DEEPEST = 4
LONGEST = 12


class Draw:
    """``is_full``: every member is there; else those that are required, and of the others some."""

    def __init__(self, seed: str, *, is_full: bool) -> None:
        self.chance = random.Random(seed)
        self.is_full = is_full

    def structure(self, shape: Any, depth: int = 0) -> dict[str, Any]:
        if shape is None:
            return {}
        found = {
            name: self.value(member, depth + 1)
            for name, member in shape.members.items()
            if name in shape.required_members or (depth < DEEPEST and (self.is_full or self.chance.random() < 0.5))
        }
        if depth and not found and shape.members:
            # Within others an empty one is not sent by the query protocol at all.
            name, member = next(iter(shape.members.items()))
            found[name] = self.value(member, depth + 1)
        return found

    def value(self, shape: Any, depth: int) -> Any:
        match shape.type_name:
            case "structure":
                return self.structure(shape, depth)
            case "list":
                return [self.value(shape.member, depth + 1) for _ in range(self._count(shape))]
            case "map":
                return {
                    self.value(shape.key, depth + 1): self.value(shape.value, depth + 1)
                    for _ in range(self._count(shape))
                }
            case "string":
                return self._text(shape)
            case "boolean":
                return self.chance.random() < 0.5
            case "integer" | "long":
                return self.chance.randint(shape.metadata.get("min", -9), shape.metadata.get("max", 1_000_000))
            case "double" | "float":
                return self.chance.randint(-99, 99) / 4
            case "timestamp":
                return datetime.fromtimestamp(self.chance.randint(0, 2_000_000_000), UTC)
        raise AssertionError(f"no value is known for {shape.type_name}")

    def _count(self, shape: Any) -> int:
        # An empty list is not sent by the query protocol in a way that anyone reads.
        return max(1, int(shape.metadata.get("min", 1)), self.chance.randint(1, 3))

    def _text(self, shape: Any) -> str:
        among = shape.metadata.get("enum")
        if among:
            return str(self.chance.choice(among))
        least = max(1, shape.metadata.get("min", 1))
        length = self.chance.randint(least, max(least, LONGEST))
        return "".join(self.chance.choice(LETTERS) for _ in range(length))


def in_seconds(value: Any) -> Any:
    """Timestamps as the operations have them."""
    match value:
        case dict():
            return {key: in_seconds(item) for key, item in value.items()}
        case list():
            return [in_seconds(item) for item in value]
        case datetime():
            return value.timestamp()
    return value
