"""Lines and HAProxy's counts together."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from stranglerfig.core.ledger.counts import BEGINNING, Counts
from stranglerfig.core.ledger.records import UNSEEN, Mark, MarkOf, Outcome, Side
from stranglerfig.core.ledger.scaling import Exact
from stranglerfig.core.ledger.tally import Tally
from stranglerfig.core.observed import GroupCounters, ObservedDataplane, ObservedGroup
from tests.core.ledger.builders import a_key, a_line

USERS, POSTS = a_key("/users/{id}"), a_key("/posts", method="POST")


def side_of(listener: str, group: str) -> Side:
    return Side.LEGACY if group else Side.NOBODY


def seen(shop: int, legacy: int, errors: int = 0) -> ObservedDataplane:
    counters = GroupCounters(requests=legacy, responses=(("5xx", errors),))
    return ObservedDataplane("2.8", 1, (ObservedGroup("legacy", (), counters),), (("shop", shop),), (("shop", shop),))


def a_tally(users: int, posts: int, stands_for: int) -> Tally:
    tally = Tally()
    for key, lines in ((USERS, users), (POSTS, posts)):
        for _ in range(lines):
            tally.note(key, a_line(stands_for=stands_for))
    return tally


@given(st.integers(1, 40), st.integers(1, 40), st.integers(2, 100), st.floats(0.0, 1.3))
def test_keys_share_what_haproxy_counted_by_what_was_seen_of_each(
    users: int, posts: int, stands_for: int, ratio: float
) -> None:
    total = round(ratio * (users + posts) * stands_for)
    exact = Exact({"shop": total}, {"legacy": {Outcome.FINE: total}})
    figures = a_tally(users, posts, stands_for).figures(exact, side_of).figures

    assert sum(one.requests for one in figures.values()) == total
    if USERS in figures and a_key(UNSEEN, method="*") not in figures:
        assert abs(figures[USERS].requests - total * users / (users + posts)) <= 1


@given(st.integers(1, 40), st.integers(1, 40), st.integers(1, 1_000))
def test_what_complete_lines_do_not_tell_of_is_nobodys_path(users: int, posts: int, lost: int) -> None:
    total = users + posts + lost
    exact = Exact({"shop": total}, {"legacy": {Outcome.FINE: total}})
    figures = a_tally(users, posts, stands_for=1).figures(exact, side_of).figures

    assert {key.endpoint: one.requests for key, one in figures.items()} == {
        "/users/{id}": users,
        "/posts": posts,
        UNSEEN: lost,
    }


def test_what_a_sample_misses_by_more_than_chance_is_nobodys_path() -> None:
    """Of 100 lines for 100 requests each, one standard deviation is about 1,000."""
    for total, is_lost in ((13_000, False), (15_000, True)):
        exact = Exact({"shop": total}, {"legacy": {Outcome.FINE: total}})
        figures = a_tally(50, 50, stands_for=100).figures(exact, side_of).figures
        assert (a_key(UNSEEN, method="*") in figures) is is_lost, total


def test_errors_are_what_haproxy_counted_too() -> None:
    tally = Tally()
    tally.note(USERS, a_line(status=200, stands_for=100))
    tally.note(USERS, a_line(status=503, stands_for=100))
    exact = Exact({"shop": 150}, {"legacy": {Outcome.FINE: 147, Outcome.CLIENT_ERROR: 1, Outcome.SERVER_ERROR: 2}})

    found = tally.figures(exact, side_of).figures

    assert (found[USERS].requests, found[USERS].client_errors, found[USERS].server_errors) == (149, 0, 2)
    assert found[a_key(UNSEEN, method="*")].client_errors == 1


def test_what_no_line_told_of_is_counted_without_a_path() -> None:
    exact = Exact({"shop": 9}, {"legacy": {Outcome.FINE: 7}}, {"legacy": ("shop",)})

    found = Tally().figures(exact, side_of).figures

    unseen = a_key(UNSEEN, method="*")
    assert {key: one.requests for key, one in found.items()} == {
        unseen: 7,
        replace(unseen, group="", side=Side.NOBODY): 2,
    }


def test_endpoints_that_have_become_one_are_counted_as_one() -> None:
    tally = Tally()
    for name in ("ann", "bob"):
        tally.note(a_key(f"/by/{name}"), a_line(f"/by/{name}", total_ms=5))
    settled = tally.settled(lambda listener, endpoint: "/by/{name}")
    found = settled.figures(Exact({"shop": 2}, {"legacy": {Outcome.FINE: 2}}), side_of).figures

    assert [(key.endpoint, one.requests, sum(one.latencies.counts.values())) for key, one in found.items()] == [
        ("/by/{name}", 2, 2)
    ]


def test_what_is_told_while_a_copy_is_reckoned_changes_nothing_of_it() -> None:
    tally = a_tally(users=2, posts=0, stands_for=1)
    copy = tally.copy()
    tally.note(USERS, a_line(status=404))
    tally.note(POSTS, a_line())

    found = copy.figures(Exact({"shop": 2}, {"legacy": {Outcome.FINE: 2}}), side_of).figures
    assert {key: (one.requests, one.client_errors) for key, one in found.items()} == {USERS: (2, 0)}


def test_totals_of_before_the_first_look_are_not_the_ledgers() -> None:
    counts = Counts()
    counts.look(seen(100, 90), now=1.0)
    counts.look(seen(107, 95, errors=2), now=2.0)

    exact = counts.exact({})
    assert exact.listeners == {"shop": 7}
    assert exact.pools["legacy"] == {Outcome.FINE: 3, Outcome.CLIENT_ERROR: 0, Outcome.SERVER_ERROR: 2}


def test_what_appears_after_the_first_look_is_counted_from_its_beginning() -> None:
    counts = Counts()
    counts.look(ObservedDataplane("2.8", 1, (), ()), now=1.0)
    counts.look(seen(5, 5), now=2.0)

    assert counts.exact({}).listeners == {"shop": 5}
    assert counts.marks[MarkOf("shop", is_listener=True)] == Mark(5, 0, 0, since=2.0, grown_at=2.0)


def test_what_was_counted_before_the_first_look_is_new_where_there_was_nothing() -> None:
    counts = Counts()
    counts.begin(0.0)
    counts.look(seen(5, 5), now=2.0)

    assert counts.exact({}).listeners == {"shop": 5}


def test_totals_that_begin_anew_are_not_taken_for_less() -> None:
    counts = Counts()
    for at, total in enumerate((10, 25, 3, 4)):
        counts.look(seen(total, total), now=float(at))

    assert counts.exact({}).listeners == {"shop": 15 + 3 + 1}


def test_totals_that_lost_their_last_second_are_not_counted_twice() -> None:
    counts = Counts()
    for at, total in enumerate((10, 1000, 990, 995)):
        counts.look(seen(total, total), now=float(at))

    assert counts.exact({}).listeners == {"shop": 990 + 5}
    assert counts.marks[MarkOf("legacy", is_listener=False)].grown_at == 3.0


def test_totals_that_lost_some_were_not_surely_quiet() -> None:
    counts = Counts()
    for at, total in enumerate((10, 1000, 990)):
        counts.look(seen(total, total), now=float(at))

    assert counts.marks[MarkOf("legacy", is_listener=False)].grown_at == 2.0


def test_totals_that_were_gone_begin_anew_however_high_they_are_again() -> None:
    counts = Counts()
    counts.look(seen(10, 10), now=0.0)
    counts.look(ObservedDataplane("", 0, (), ()), now=1.0)  # HAProxy does not run
    counts.look(seen(12, 12), now=2.0)
    counts.look(ObservedDataplane("2.8", 1, (), ()), now=3.0)
    counts.look(seen(9, 9), now=4.0)

    assert counts.exact({}).listeners == {"shop": 2 + 9}
    assert counts.marks[MarkOf("shop", is_listener=True)] == Mark(9, 0, 0, since=0.0, grown_at=4.0)


def test_what_is_gone_is_forgotten_once_nobody_can_ask_since_when_it_was_quiet() -> None:
    counts = Counts()
    counts.begin(0.0)
    counts.look(seen(10, 10), now=1.0)
    assert counts.forget_gone(before=9.0) == frozenset()

    counts.look(ObservedDataplane("2.8", 1, (), ()), now=2.0)
    assert counts.forget_gone(before=1.0) == frozenset()
    assert counts.forget_gone(before=9.0) == {MarkOf("shop", is_listener=True), MarkOf("legacy", is_listener=False)}
    assert counts.marks.keys() == {BEGINNING}


def test_a_mark_tells_when_there_last_was_more() -> None:
    counts = Counts()
    for at, total in enumerate((10, 25, 25, 25)):
        changed = counts.look(seen(total, total), now=float(at))

    assert changed == {}
    assert counts.marks[MarkOf("legacy", is_listener=False)] == Mark(25, 0, 0, since=0.0, grown_at=1.0)


def test_what_is_booked_is_not_new_any_more() -> None:
    counts = Counts()
    counts.look(seen(0, 0), now=0.0)
    counts.look(seen(4, 4), now=1.0)
    counts.restart()
    counts.look(seen(6, 6), now=2.0)

    assert counts.exact({}).listeners == {"shop": 2}
