"""Core values survive the way through JSON, and what does not fit is named."""

from __future__ import annotations

import json
import types
from dataclasses import is_dataclass
from functools import cache
from typing import Any, Union, get_args, get_origin, get_type_hints

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stranglerfig.core import desired, topology
from stranglerfig.core.desired import Route, TargetGroup
from stranglerfig.core.json_values import UnreadableValue, from_json, to_json
from stranglerfig.core.routing import rules
from stranglerfig.core.shift.plan import Limits, Plan
from stranglerfig.core.split import WHOLE
from stranglerfig.core.topology import HealthCheck
from stranglerfig.store.rows import from_text, to_text
from tests.store.builders import a_process_group, a_route

#: those that refuse what is no plan
PARTICULAR: dict[Any, st.SearchStrategy[Any]] = {
    Plan: st.builds(
        Plan,
        st.sets(st.integers(1, WHOLE - 1), max_size=3).map(lambda steps: (*sorted(steps), WHOLE)),
        st.floats(0, 1e6),
        st.builds(
            Limits,
            st.floats(0.001, 1),
            st.none() | st.floats(1, 1e6),
            st.none() | st.floats(0, 1),
            st.integers(1, 10**9),
        ),
        st.booleans(),
    )
}


@cache
def arbitrary(kind: Any) -> st.SearchStrategy[Any]:
    """Any value of ``kind``, with every field varied: hypothesis would leave those with a default alone.

    One strategy a kind: each is looked into before it is drawn from, and a kind within kinds would be, times and times.
    """
    if kind in PARTICULAR:
        return PARTICULAR[kind]
    if isinstance(kind, type) and is_dataclass(kind):
        return st.deferred(lambda: st.builds(kind, **{name: arbitrary(h) for name, h in get_type_hints(kind).items()}))
    arguments = get_args(kind)
    if get_origin(kind) in (Union, types.UnionType):
        return st.one_of([arbitrary(argument) for argument in arguments])
    if get_origin(kind) is tuple and arguments[-1] is Ellipsis:
        return st.lists(arbitrary(arguments[0]), max_size=3).map(tuple)
    if get_origin(kind) is tuple:
        return st.tuples(*[arbitrary(argument) for argument in arguments])
    if get_origin(kind) is dict:
        return st.dictionaries(arbitrary(arguments[0]), arbitrary(arguments[1]), max_size=3)
    if kind is float:
        return st.floats(allow_nan=False)
    if kind is str:
        return st.text(st.characters(), max_size=8)  # lone surrogates too
    return st.from_type(kind)


def value_kinds() -> list[type]:
    found = {kind for module in (desired, rules, topology) for kind in vars(module).values() if is_dataclass(kind)}
    return sorted((kind for kind in found if isinstance(kind, type)), key=lambda kind: kind.__name__)


@pytest.mark.parametrize("kind", value_kinds(), ids=lambda kind: kind.__name__)
def test_every_value_comes_back_as_it_went(kind: type) -> None:
    @settings(max_examples=25, deadline=None, database=None)
    @given(arbitrary(kind))
    def round_trip(value: object) -> None:
        back: object = from_text(kind, to_text(value))
        assert back == value
        assert repr(back) == repr(value)  # 1, 1.0 and True are equal, but not the same

    round_trip()


def test_a_route_written_by_the_first_version_is_still_read() -> None:
    text = (
        '{"candidate":{"group":"posts","strip":0},"conditions":{"headers":[],"host":null,"methods":["GET"],'
        '"paths":[{"kind":"prefix","path":"/api/posts"}],"queries":[],"source":null},"id":"posts",'
        '"legacy":{"group":"monolith","strip":0},"priority":null,"state":"ACTIVE",'
        '"sticky":{"by":"none","name":""},"weight":10000}'
    )
    assert from_text(Route, text) == a_route()
    since_then: dict[str, Any] = {side: {**json.loads(text)[side], "base_path": ""} for side in ("candidate", "legacy")}
    since_then |= {"cohorts": [], "measured": False, "owner": "", "expires": "", "declared": False, "shift": None}
    assert json.loads(to_text(a_route())) == json.loads(text) | since_then


def test_a_target_group_written_by_the_first_version_is_still_read() -> None:
    text = (
        '{"drain_s":30.0,"health":{"expect":"200-399","fall":2,"interval_s":1.0,"path":null,"rise":1,'
        '"timeout_s":1.0},"name":"posts","revision":1,"targets":{"command":["posts","--serve"],"cwd":"/srv/posts",'
        '"env":[["TOKEN","secret"]],"grace_s":10.0,"kind":"process","memory_bytes":null,"open_files":null,'
        '"replicas":2,"start_timeout_s":30.0}}'
    )
    assert from_text(TargetGroup, text) == a_process_group()


def test_a_field_that_the_writer_did_not_know_takes_its_default() -> None:
    assert from_json(HealthCheck, {"path": "/ready"}) == HealthCheck(path="/ready")


def unreadable_routes() -> list[tuple[str, str]]:
    good = to_json(a_route())
    assert isinstance(good, dict)
    return [
        ("unknown field 'mirror'", json.dumps({**good, "mirror": 1})),
        ("lacks legacy", json.dumps({name: item for name, item in good.items() if name != "legacy"})),
        ("str where int belongs", json.dumps({**good, "weight": "all"})),
        ("bool where int belongs", json.dumps({**good, "weight": True})),
        ("'GONE' is no RouteState", json.dumps({**good, "state": "GONE"})),
        ("unknown kind 'fuzzy'", json.dumps({**good, "conditions": {"paths": [{"kind": "fuzzy", "path": "/"}]}})),
        ("unknown kind None", json.dumps({**good, "conditions": {"paths": [{"path": "/"}]}})),
        ("NoneType where list belongs", json.dumps({**good, "conditions": {"paths": None}})),
        ("list where dict belongs", "[]"),
        ("is not JSON", '{"id":'),
        ("is not JSON", "[" * 100_000),
    ]


@pytest.mark.parametrize(("why", "text"), unreadable_routes(), ids=lambda item: str(item)[:40])
def test_what_is_not_a_route_is_refused_with_the_reason(why: str, text: str) -> None:
    with pytest.raises(UnreadableValue, match=why):
        from_text(Route, text)


def test_a_pair_of_three_is_refused() -> None:
    value = to_json(a_process_group())
    assert isinstance(value, dict)
    assert isinstance(value["targets"], dict)
    value["targets"]["env"] = [["A", "b", "c"]]
    with pytest.raises(UnreadableValue, match="3 values where 2 belong"):
        from_json(TargetGroup, value)
