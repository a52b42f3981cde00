"""Latencies in few buckets that add up, and as few bytes in the books. Pure."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, field

from stranglerfig.core.shift.evidence import PER_DOUBLING, bucket_of

#: buckets of a shift's evidence that are one here: neighbours are 19 % apart
COARSER = 4
#: a sixteenth of a millisecond and below, an hour and above
LOWEST, HIGHEST = -16, 88


@dataclass(slots=True)
class Latencies:
    """``counts`` by bucket. At most ``HIGHEST - LOWEST + 1`` of them, whatever comes."""

    counts: dict[int, int] = field(default_factory=dict)

    def add(self, ms: float, times: int = 1) -> None:
        bucket = min(max(bucket_of(ms) // COARSER, LOWEST), HIGHEST)
        self.counts[bucket] = self.counts.get(bucket, 0) + times

    def merge(self, other: Latencies) -> None:
        # At once: the other one may be added to meanwhile, by another thread.
        for bucket, count in tuple(other.counts.items()):
            self.counts[bucket] = self.counts.get(bucket, 0) + count

    def quantile(self, share: float) -> float | None:
        """The upper end, in milliseconds, of the bucket in which ``share`` of all is reached; None of nothing."""
        wanted, reached = math.ceil(sum(self.counts.values()) * share), 0
        for bucket, count in sorted(self.counts.items()):
            reached += count
            if reached >= wanted:
                return math.exp2((bucket + 1) * COARSER / PER_DOUBLING)
        return None

    def encode(self) -> bytes:
        """Each bucket as its distance to the one before, and its count, in numbers of seven bits a byte."""
        text, before = bytearray(), LOWEST
        for bucket, count in sorted(self.counts.items()):
            text += _to_bytes(bucket - before) + _to_bytes(count)
            before = bucket
        return bytes(text)

    @classmethod
    def decode(cls, text: bytes) -> Latencies:
        """Raises ``ValueError`` for what ``encode`` did not write."""
        numbers, counts, bucket = list(_to_numbers(text)), {}, LOWEST
        if len(numbers) % 2:
            raise ValueError("latencies are cut off")
        for step, count in zip(numbers[::2], numbers[1::2], strict=True):
            bucket += step
            counts[bucket] = count
        return cls(counts)


def _to_bytes(number: int) -> bytes:
    text = bytearray()
    while number > 0x7F:
        text.append(0x80 | (number & 0x7F))
        number >>= 7
    text.append(number)
    return bytes(text)


def _to_numbers(text: bytes) -> Iterator[int]:
    number = shift = 0
    for byte in text:
        number |= (byte & 0x7F) << shift
        shift += 7
        if byte < 0x80:
            yield number
            number = shift = 0
    if shift:
        raise ValueError("latencies are cut off")
