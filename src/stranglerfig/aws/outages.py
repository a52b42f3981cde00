"""A connection to AWS that is lost for a while: requests are sent again until it is back, or has been away too long."""

from __future__ import annotations

import os
import random
import threading
import time
from collections.abc import Callable, Mapping
from typing import Any

from stranglerfig.aws.refusals import LOST

#: of one request, with all its repetitions; and of one before AWS has ever answered, as on a machine without network
LONGEST_S, FIRST_S = 60.0, 15.0
#: between repetitions; the SDK's own, which come before these, are over within seconds
PAUSE_S = 3.0
#: A connection that lay idle and was closed is nothing to talk about.
QUIET_S = 2.0
_BEGAN = "stranglerfig_began_s"


class Outages:
    """Those that the clients of a command meet: any of them, and the first is told. ``tell`` takes a sentence."""

    def __init__(
        self,
        tell: Callable[[str], None],
        *,
        longest_s: float = LONGEST_S,
        first_s: float = FIRST_S,
        pause_s: float = PAUSE_S,
        quiet_s: float = QUIET_S,
    ) -> None:
        self._tell = tell
        self._longest_s, self._first_s = longest_s, first_s
        self._pause_s, self._quiet_s = pause_s, quiet_s
        self._is_lost = False
        self._has_answered = False
        self._changing = threading.Lock()

    def watch(self, events: Any) -> None:
        """Of the SDK's session: all clients that it makes from now on."""
        events.register("before-call", self._begin)
        events.register("needs-retry", self._go_on)

    def _begin(self, params: Mapping[str, Any], **_: Any) -> None:
        params["context"].setdefault(_BEGAN, time.monotonic())

    def _go_on(self, caught_exception: Exception | None, request_dict: Mapping[str, Any], **_: Any) -> float | None:
        """Seconds to wait, where the SDK itself repeats it no more. Raises what it has met when it is enough."""
        if caught_exception is None:
            self._hear()
            return None
        if type(caught_exception).__name__ not in LOST or "AWS_MAX_ATTEMPTS" in os.environ:
            return None
        longest_s = self._longest_s if self._has_answered else self._first_s
        lost_s = time.monotonic() - request_dict["context"][_BEGAN]
        if lost_s >= longest_s:
            raise caught_exception
        if lost_s >= self._quiet_s:
            self._miss()
        return random.uniform(0.5, 1) * self._pause_s

    def _hear(self) -> None:
        with self._changing:
            was_lost, self._is_lost, self._has_answered = self._is_lost, False, True
        if was_lost:
            self._tell("AWS answers again.")

    def _miss(self) -> None:
        with self._changing:
            was_lost, self._is_lost = self._is_lost, True
        if not was_lost:
            self._tell("AWS cannot be reached: trying again.")
