"""Route rows: the order is kept, and as few rows as possible are written."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stranglerfig.core.desired import Route
from stranglerfig.core.json_values import UnreadableValue
from stranglerfig.core.observed import TaskState
from stranglerfig.store.rows import (
    Placed,
    Row,
    group_from_row,
    plan_routes,
    proxy_from_row,
    proxy_to_row,
    route_from_row,
    task_from_row,
    task_to_row,
    to_text,
)
from tests.store.builders import a_process_group, a_proxy, a_route, a_task, some_routes

route_lists = st.lists(
    st.builds(a_route, st.sampled_from("abcdefgh"), st.sampled_from([0, 10_000])), unique_by=lambda r: r.id
)


def stored_after(stored: dict[str, Placed], wanted: Sequence[Route]) -> dict[str, Placed]:
    changes = plan_routes(stored, wanted)
    return {key: place for key, place in (stored | changes.written).items() if key not in changes.gone}


@settings(max_examples=150, deadline=None, database=None)
@given(st.lists(route_lists, min_size=1, max_size=5))
def test_after_any_series_of_saves_the_stored_routes_are_the_last_ones_in_their_order(
    series: list[list[Route]],
) -> None:
    stored: dict[str, Placed] = {}
    for wanted in series:
        stored = stored_after(stored, wanted)
        assert [route for _, route in sorted(stored.values(), key=lambda place: place[0])] == wanted


def test_a_changed_an_added_and_a_missing_route_are_all_that_is_touched() -> None:
    before = some_routes(100)
    stored = stored_after({}, before)
    wanted = (*before[:50], a_route("route-50", 1), *before[51:99], a_route("new"))
    changes = plan_routes(stored, wanted)
    assert changes.written.keys() == {"route-50", "new"}
    assert changes.gone == {"route-99"}


def test_two_routes_of_one_id_are_a_mistake_of_the_caller() -> None:
    with pytest.raises(ValueError, match="two routes called posts"):
        plan_routes({}, (a_route(), a_route()))


def test_proxies_and_tasks_come_back_from_their_rows() -> None:
    assert proxy_from_row(proxy_to_row(a_proxy()), ()) == a_proxy()
    for state in TaskState:
        assert task_from_row(task_to_row(a_task(state=state))) == a_task(state=state)


def test_damaged_rows_are_named_not_believed() -> None:
    proxy, task = proxy_to_row(a_proxy()), task_to_row(a_task())
    route, group = to_text(a_route()), to_text(a_process_group())
    damaged: list[tuple[object, Row]] = [
        (lambda row: proxy_from_row(row, ()), (*proxy[:4], "random", *proxy[5:])),
        (lambda row: proxy_from_row(row, ()), (b"forum", *proxy[1:])),
        (task_from_row, (*task[:4], "DANCING", *task[5:])),
        (task_from_row, (*task[:3], None, *task[4:])),
        (route_from_row, ("other", 1, route)),
        (route_from_row, ("posts", None, route)),
        (group_from_row, ("posts", 2, group)),
    ]
    for read, row in damaged:
        assert callable(read)
        with pytest.raises(UnreadableValue):
            read(row)
