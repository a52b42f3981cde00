"""Counts of lines, made equal to HAProxy's own."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from stranglerfig.core.ledger import scaling
from stranglerfig.core.ledger.records import Outcome
from stranglerfig.core.ledger.scaling import Cell, Exact, apportion

LISTENERS, POOLS = ("shop", "admin", "api"), ("legacy", "users", "posts:r1", "")
cells = st.tuples(st.sampled_from(LISTENERS), st.sampled_from(POOLS), st.sampled_from(Outcome))


def fit(seen: dict[Cell, int], exact: Exact) -> dict[Cell, int]:
    return scaling.fit(seen, exact).counts


def exact_of(truth: dict[Cell, int]) -> Exact:
    """What HAProxy would count of requests that are known one by one."""
    listeners, pools = Counter[str](), dict[str, Counter[Outcome]]()
    for (listener, pool, outcome), count in truth.items():
        listeners[listener] += count
        if pool:
            pools.setdefault(pool, Counter())[outcome] += count
    return Exact(dict(listeners), {pool: dict(found) for pool, found in pools.items()})


def by_listener(counts: dict[Cell, int]) -> dict[str, int]:
    found: Counter[str] = Counter()
    for (listener, _, _), count in counts.items():
        found[listener] += count
    return dict(found)


def by_column(counts: dict[Cell, int]) -> dict[tuple[str, Outcome], int]:
    found: Counter[tuple[str, Outcome]] = Counter()
    for (_, pool, outcome), count in counts.items():
        if pool and count:
            found[pool, outcome] += count
    return dict(found)


@given(st.dictionaries(cells, st.integers(1, 5_000), min_size=1))
def test_lines_that_tell_everything_are_left_as_they_are(truth: dict[Cell, int]) -> None:
    assert fit(truth, exact_of(truth)) == truth
    assert fit(truth, replace(exact_of(truth), homes=dict.fromkeys(POOLS, LISTENERS))) == truth


@given(st.dictionaries(cells, st.integers(0, 50_000)), st.data())
def test_every_pool_and_outcome_is_exact_however_much_was_sampled(truth: dict[Cell, int], data: st.DataObject) -> None:
    seen = {cell: data.draw(st.integers(0, count)) for cell, count in truth.items()}
    exact = exact_of(truth)
    homes = {pool: tuple({at for at, to, _ in truth if to == pool}) for pool in POOLS}
    counts = fit(seen, Exact(exact.listeners, exact.pools, homes))

    assert by_column(counts) == by_column(truth)
    assert all(count > 0 for count in counts.values())


@given(
    st.dictionaries(
        st.tuples(st.just("shop"), st.sampled_from(POOLS), st.sampled_from(Outcome)), st.integers(0, 50_000)
    ),
    st.data(),
)
def test_a_listener_with_pools_of_its_own_is_exact_too(truth: dict[Cell, int], data: st.DataObject) -> None:
    seen = {cell: data.draw(st.integers(0, count)) for cell, count in truth.items()}
    exact = exact_of(truth)
    counts = fit(seen, Exact(exact.listeners, exact.pools, dict.fromkeys(POOLS, ("shop",))))

    assert sum(counts.values()) == sum(truth.values())


@given(st.dictionaries(cells, st.integers(10, 50_000), min_size=1), st.data())
def test_listeners_that_share_pools_are_nearly_exact(truth: dict[Cell, int], data: st.DataObject) -> None:
    """Every tenth request or so was told of, and of each kind at least one."""
    seen = {cell: data.draw(st.integers(max(1, count // 12), max(1, count // 8))) for cell, count in truth.items()}
    found, wanted = by_listener(fit(seen, exact_of(truth))), by_listener(truth)

    for listener, count in wanted.items():
        assert abs(found.get(listener, 0) - count) <= 0.01 * count + len(truth), (listener, count, found)


@given(st.dictionaries(cells, st.integers(1, 5_000), min_size=1))
def test_a_listener_of_which_no_line_tells_has_its_requests_all_the_same(truth: dict[Cell, int]) -> None:
    """Its lines may have died with a daemon."""
    silent = next(iter(truth))[0]
    seen = {cell: count for cell, count in truth.items() if cell[0] != silent}
    exact = replace(exact_of(truth), homes=dict.fromkeys(POOLS, LISTENERS))
    found = by_listener(fit(seen, exact))

    for listener, count in by_listener(truth).items():
        assert abs(found.get(listener, 0) - count) <= 0.001 * count + len(truth), (listener, count, found)


def test_what_a_pool_counted_above_its_listener_is_told() -> None:
    exact = Exact({"shop": 10, "admin": -2}, {"legacy": {Outcome.FINE: 13}}, {"legacy": ("shop",)})

    assert scaling.fit({}, exact) == ({("shop", "legacy", Outcome.FINE): 13}, {"shop": 3, "admin": 2})


def test_what_a_pool_that_is_gone_counted_came_by_somebody() -> None:
    exact = Exact({"shop": 10, "admin": 0}, {"gone": {Outcome.FINE: 10}})

    assert fit({}, exact) == {("shop", "gone", Outcome.FINE): 10}


def test_what_no_line_told_of_is_told_of_the_listener_that_could_have_sent_it() -> None:
    exact = Exact({"shop": 12}, {"legacy": {Outcome.FINE: 12}}, {"legacy": ("shop",)})

    assert fit({}, exact) == {("shop", "legacy", Outcome.FINE): 12}


def test_a_pool_that_is_gone_keeps_what_its_lines_say() -> None:
    seen = {("shop", "users", Outcome.FINE): 7, ("shop", "legacy", Outcome.FINE): 3}
    exact = Exact({"shop": 11}, {"legacy": {Outcome.FINE: 4}})

    assert fit(seen, exact) == {("shop", "users", Outcome.FINE): 7, ("shop", "legacy", Outcome.FINE): 4}


@given(st.dictionaries(st.integers(), st.integers(0, 10**6), min_size=1), st.integers(0, 10**9))
def test_what_is_apportioned_is_all_there_and_fair(weights: dict[int, float], total: int) -> None:
    counts, whole = apportion(weights, total), sum(weights.values())

    assert sum(counts.values()) == total
    if whole:
        assert all(abs(counts[key] - total * weight / whole) < 1.001 for key, weight in weights.items())
