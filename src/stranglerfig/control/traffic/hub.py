"""Passes access lines on to whoever subscribed, in the order of subscription."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass, field

from stranglerfig.core.traffic.lines import AccessLine, Subscriber

log = logging.getLogger(__name__)


@dataclass(slots=True)
class Hub:
    """``subscribe`` returns what ends the subscription. A subscriber that fails costs nobody else a line."""

    _subscribers: dict[int, Subscriber] = field(default_factory=dict)
    _failing: set[int] = field(default_factory=set)
    _serial: int = 0

    def subscribe(self, subscriber: Subscriber) -> Callable[[], None]:
        self._serial += 1
        number = self._serial
        self._subscribers[number] = subscriber

        def end() -> None:
            self._subscribers.pop(number, None)
            self._failing.discard(number)

        return end

    def publish(self, line: AccessLine) -> None:
        for number, subscriber in tuple(self._subscribers.items()):
            try:
                subscriber(line)
            except Exception as error:  # noqa: BLE001 - one subscriber's defect must not cost the others their lines
                self._note_failure(number, error)
            else:
                self._failing.discard(number)

    def _note_failure(self, number: int, error: Exception) -> None:
        """Once, until it works again: there may be hundreds of lines a second."""
        if number not in self._failing:
            self._failing.add(number)
            log.error("access lines: a defect in fig", exc_info=error)
