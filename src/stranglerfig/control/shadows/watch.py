"""One shadow that runs: which lines it takes, how many, and what their answers have shown."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import NamedTuple

from stranglerfig.control.shadows.tally import Tally
from stranglerfig.core.compare.report import Compared, EndpointReport, Report
from stranglerfig.core.compare.shadow import Counts, Shadow
from stranglerfig.core.traffic.endpoints import Endpoints
from stranglerfig.core.traffic.lines import AccessLine

#: copies of one shadow that are under way; a candidate that hangs takes no more
MOST_UNDER_WAY = 16
#: of an endpoint's differing answers, so many first ones come with an example, and then one in so many
USUAL_EXAMPLES = 10
ONE_IN = 20
#: seconds' worth of copies that may be sent at once after a pause
BURST_S = 1.0


class News(NamedTuple):
    """What is not in the books yet. ``gone`` are methods and endpoints."""

    shadow: Shadow
    counts: Counts
    changed: list[EndpointReport]
    gone: set[tuple[str, str]]


@dataclass(slots=True)
class Watch:
    """``clock`` is monotonic, ``chance`` from 0 to 1."""

    shadow: Shadow
    counts: Counts
    report: Report
    endpoints: Endpoints
    clock: Callable[[], float]
    chance: Callable[[], float] = random.random
    tally: Tally = field(default_factory=Tally)
    under_way: int = 0
    #: methods and endpoints to be written down, and to be taken out
    dirty: set[tuple[str, str]] = field(default_factory=set)
    gone: set[tuple[str, str]] = field(default_factory=set)
    is_counted: bool = True
    _allowance: float = 1.0
    _filled_at: float | None = None

    def draws(self, line: AccessLine) -> bool:
        """A line that stands for many requests is as good as all of them, as far as there are lines."""
        return self.chance() < self.shadow.sample * line.stands_for

    def is_over_rate(self) -> bool:
        """Whether the rate's allowance is used up."""
        now = self.clock()
        most = max(1.0, self.shadow.rate * BURST_S)
        since = BURST_S if self._filled_at is None else now - self._filled_at
        self._allowance, self._filled_at = min(most, self._allowance + since * self.shadow.rate), now
        return self._allowance < 1.0

    def takes_turn(self) -> bool:
        """One of the rate's allowance is used up, whether or not there is room: looking costs something, too."""
        self._allowance -= 1.0
        if self.under_way < MOST_UNDER_WAY:
            return True
        self.count(no_room=1)
        return False

    def send(self) -> None:
        """A copy is under way."""
        self.under_way += 1
        self.count(copied=1)

    def count(self, **more: int) -> None:
        self.counts = replace(self.counts, **{name: getattr(self.counts, name) + n for name, n in more.items()})
        self.is_counted = False

    def take(self, compared: Compared | None, now: float) -> None:
        """A copy is over. None: it is lost."""
        self.under_way -= 1
        if compared is None:
            self.count(lost=1)
            return
        before = self.report.different
        report = self.report.add(replace(compared, endpoint=self.endpoints.settle(compared.endpoint)))
        self.dirty.add((report.method, report.endpoint))
        if compared.seen.unusable:
            return
        self.tally.add(now, is_different=self.report.different > before)

    def wants_example(self, method: str, endpoint: str) -> bool:
        """Making one takes as long as all the rest: of an endpoint that always differs a few will do."""
        known = self.report.endpoints.get((method, endpoint))
        return known is None or known.different < USUAL_EXAMPLES or known.different % ONE_IN == 0

    def settle(self) -> None:
        """Endpoints that have become one are put together."""
        names = {one.endpoint: self.endpoints.settle(one.endpoint) for one in self.report.endpoints.values()}
        gone = self.report.settle(names)
        self.gone |= gone
        self.dirty = (self.dirty - gone) | {(method, names[endpoint]) for method, endpoint in gone}

    def to_save(self, most: int) -> News | None:
        """What is to be written next, which counts as written from then on; None: nothing is."""
        if not self.dirty and not self.gone and self.is_counted:
            return None
        keys = list(self.dirty)[:most]
        gone, self.gone, self.is_counted = self.gone, set(), True
        self.dirty -= set(keys)
        changed = [self.report.endpoints[key] for key in keys if key in self.report.endpoints]
        return News(self.shadow, self.counts, changed, gone)

    def take_back(self, news: News) -> None:
        """It could not be written."""
        self.dirty |= {(one.method, one.endpoint) for one in news.changed}
        self.gone |= news.gone
        self.is_counted = False
