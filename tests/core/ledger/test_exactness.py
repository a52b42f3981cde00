"""In the end the ledger has counted what HAProxy did, whenever daemons died and hours ended."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

from hypothesis import example, given
from hypothesis import strategies as st

from stranglerfig.core.ledger.counts import Counts
from stranglerfig.core.ledger.records import UNSEEN, Figures, Key, Mark, MarkOf, Side
from stranglerfig.core.ledger.tally import ANY_METHOD, Reckoned, Tally, add_up
from stranglerfig.core.observed import GroupCounters, ObservedDataplane, ObservedGroup

HOMES = {"legacy": ("shop", "admin"), "users": ("shop",)}
LISTENERS = ("shop", "admin")


def side_of(listener: str, group: str) -> Side:
    return Side.LEGACY if group else Side.NOBODY


@dataclass
class Haproxy:
    """A request ends at its listener, and then at its pool; the first of them may be seen without the second."""

    listeners: Counter[str] = field(default_factory=lambda: Counter(dict.fromkeys(LISTENERS, 0)))
    pools: Counter[str] = field(default_factory=lambda: Counter(dict.fromkeys(HOMES, 0)))

    def answer(self, listener: str, pool: str) -> None:
        self.listeners[listener] += 1
        if pool:
            self.pools[pool] += 1


@dataclass
class Books:
    marks: dict[MarkOf, Mark]
    hours: dict[int, dict[Key, Figures]] = field(default_factory=dict)

    def by_target(self) -> Counter[str]:
        found: Counter[str] = Counter()
        for hour in self.hours.values():
            for key, figures in hour.items():
                found[key.group] += figures.requests
        return found


@dataclass
class Daemon:
    """What the bookkeeper does, without lines."""

    books: Books
    hour: int
    counts: Counts = field(init=False)
    before: dict[Key, Figures] = field(init=False)

    def __post_init__(self) -> None:
        self.counts = Counts(dict(self.books.marks))
        self.before = self.books.hours.get(self.hour, {})

    def look(self, listeners: Counter[str], pools: Counter[str]) -> None:
        groups = tuple(ObservedGroup(name, (), GroupCounters(requests=count)) for name, count in pools.items())
        self.counts.look(ObservedDataplane("", 1, groups, (), tuple(listeners.items())), now=1.0)

    def book(self) -> None:
        found = add_up(self.before, Tally().figures(self.counts.exact(HOMES), side_of))
        self.counts.note_ahead(found.ahead)
        self.books.hours[self.hour] = found.figures
        self.books.marks = dict(self.counts.marks)

    def begin_hour(self) -> None:
        self.hour, self.before = self.hour + 1, {}
        self.counts.restart()


requests = st.lists(
    st.sampled_from([("shop", "legacy"), ("shop", "users"), ("shop", ""), ("admin", "legacy"), ("admin", "")]),
    max_size=8,
)
steps = st.tuples(requests, requests, st.sampled_from(["book", "kill", "kill before booking", "hour"]))


@example([([], [("shop", "legacy"), ("shop", "legacy")], "kill")])
@example([([], [("admin", "legacy"), ("shop", "legacy")], "hour"), ([("shop", "")], [], "book")])
@given(st.lists(steps, max_size=12))
def test_each_target_and_the_sum_are_haproxys_once_nothing_is_on_its_way(
    life: list[tuple[list[tuple[str, str]], list[tuple[str, str]], str]],
) -> None:
    haproxy, books = Haproxy(), Books(Counts().begin(0.0))
    daemon = Daemon(books, hour=1)
    for before, meanwhile, then in [*life, ([], [], "book")]:
        for listener, pool in before:
            haproxy.answer(listener, pool)
        listeners = haproxy.listeners.copy()
        for listener, pool in meanwhile:
            haproxy.answer(listener, pool)
        daemon.look(listeners, haproxy.pools)
        if then != "kill before booking":
            daemon.book()
        if then == "hour":
            daemon.begin_hour()
        elif then != "book":
            daemon = Daemon(books, daemon.hour)

    found = books.by_target()
    assert +Counter({pool: count for pool, count in found.items() if pool}) == +haproxy.pools
    assert found.total() == haproxy.listeners.total()


def test_what_was_booked_as_haproxys_own_and_was_a_pools_is_taken_back() -> None:
    """By a fig that counted requests when they came, and died with some on their way."""
    own = Key("shop", ANY_METHOD, UNSEEN, "", Side.NOBODY)
    pool = Key("shop", ANY_METHOD, UNSEEN, "legacy", Side.LEGACY)
    before = {own: Figures(3, client_errors=1), pool: Figures(97)}
    found = add_up(before, Reckoned({pool: Figures(3)}, {"shop": 3}))

    assert found == ({own: Figures(), pool: Figures(100)}, {})
    assert before[own] == Figures(3, client_errors=1)


def test_more_than_there_is_cannot_be_taken_back_and_is_kept_in_mind() -> None:
    own, path = (Key("shop", "GET", endpoint, "", Side.NOBODY) for endpoint in (UNSEEN, "/gone"))
    before = {path: Figures(2), own: Figures(1)}

    assert add_up(before, Reckoned({}, {"shop": 2})) == ({path: Figures(1), own: Figures(0)}, {})
    assert add_up(before, Reckoned({}, {"shop": 5})) == ({path: Figures(0), own: Figures(0)}, {"shop": 2})
    assert add_up(before, Reckoned({}, {"shop": 2, "admin": -2})) == (before, {"shop": 2, "admin": -2})
