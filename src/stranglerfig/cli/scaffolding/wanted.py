"""What flags say of a workload that is to be written."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from stranglerfig.errors import UsageError


@dataclass(frozen=True, slots=True)
class Wanted:
    """None where no flag said it. ``subscriptions`` are ``SERVICE:TOPIC``; None: ask for them."""

    name: str | None = None
    kind: str | None = None
    dockerfile: str | None = None
    image: str | None = None
    port: int | None = None
    subscriptions: tuple[str, ...] | None = None
    ingress: str | None = None
    sources: tuple[str, ...] = ()
    schedule: str | None = None
    retries: int | None = None
    timeout: str | None = None

    def __post_init__(self) -> None:
        if self.dockerfile and self.image:
            raise UsageError("--dockerfile and --image exclude each other", hint="Leave one of them out.")


def to_subscriptions(texts: Sequence[str]) -> tuple[tuple[str, str], ...]:
    """Pairs of service and topic, of ``SERVICE:TOPIC``; commas separate them too."""
    found = []
    for text in filter(None, ",".join(texts).split(",")):
        service, colon, topic = text.partition(":")
        if not (service and colon and topic):
            raise UsageError(f"{text!r} is not SERVICE:TOPIC", hint="Write `--subscribe-topics orders:placed`.")
        found.append((service, topic))
    return tuple(found)
