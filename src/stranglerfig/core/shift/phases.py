"""The phases of a shift, and what each event makes of each: the whole table, as data."""

from __future__ import annotations

from enum import Enum


class Phase(Enum):
    """The value is what users read."""

    BAKING = "BAKING"
    WAITING = "WAITING"
    HOLDING = "HOLDING"
    PAUSED = "PAUSED"
    FINISHED = "FINISHED"
    ROLLED_BACK = "ROLLED_BACK"
    ABORTED = "ABORTED"


class Event(Enum):
    """Verdicts first, then what users ask for. ``TOO_EARLY`` is inconclusive before the bake time is over."""

    TOO_EARLY = "too early"
    INCONCLUSIVE = "INCONCLUSIVE"
    PASS = "PASS"
    FAIL = "FAIL"
    ERROR = "ERROR"
    PAUSE = "pause"
    RESUME = "resume"
    PROMOTE = "promote"
    ABORT = "abort"
    ROLLBACK = "rollback"


class Move(Enum):
    """What happens to the weight. ``NEXT`` from the last step is to ``FINISHED``, whatever the table says."""

    STAY = "stay"
    NEXT = "next"
    BACK = "back"


#: Alike in every phase in which the shift is on its way by itself.
_ON_ITS_WAY: dict[Event, tuple[Phase, Move]] = {
    Event.TOO_EARLY: (Phase.BAKING, Move.STAY),
    Event.INCONCLUSIVE: (Phase.WAITING, Move.STAY),
    Event.PASS: (Phase.BAKING, Move.NEXT),
    Event.FAIL: (Phase.ROLLED_BACK, Move.BACK),
    Event.ERROR: (Phase.HOLDING, Move.STAY),
    Event.PAUSE: (Phase.PAUSED, Move.STAY),
    Event.PROMOTE: (Phase.BAKING, Move.NEXT),
    Event.ABORT: (Phase.ABORTED, Move.BACK),
    Event.ROLLBACK: (Phase.ROLLED_BACK, Move.BACK),
}
#: A pause stops the steps and not the watch: a candidate that breaks meanwhile is taken back.
_PAUSED: dict[Event, tuple[Phase, Move]] = {
    Event.TOO_EARLY: (Phase.PAUSED, Move.STAY),
    Event.INCONCLUSIVE: (Phase.PAUSED, Move.STAY),
    Event.PASS: (Phase.PAUSED, Move.STAY),
    Event.FAIL: (Phase.ROLLED_BACK, Move.BACK),
    Event.ERROR: (Phase.PAUSED, Move.STAY),
    Event.RESUME: (Phase.BAKING, Move.STAY),
    Event.PROMOTE: (Phase.BAKING, Move.NEXT),
    Event.ABORT: (Phase.ABORTED, Move.BACK),
    Event.ROLLBACK: (Phase.ROLLED_BACK, Move.BACK),
}
#: Whatever is not here is refused.
TABLE: dict[Phase, dict[Event, tuple[Phase, Move]]] = {
    Phase.BAKING: _ON_ITS_WAY,
    Phase.WAITING: _ON_ITS_WAY,
    Phase.HOLDING: _ON_ITS_WAY,
    Phase.PAUSED: _PAUSED,
    Phase.FINISHED: {Event.ROLLBACK: (Phase.ROLLED_BACK, Move.BACK)},
    Phase.ROLLED_BACK: {},
    Phase.ABORTED: {},
}

#: what no verdict changes any more
ENDED = frozenset({Phase.FINISHED, Phase.ROLLED_BACK, Phase.ABORTED})
