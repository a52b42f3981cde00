"""Pools of one target group are told as one."""

from __future__ import annotations

from stranglerfig.core.observed import GroupCounters, ObservedDataplane, ObservedGroup, ObservedServer, ServerHealth
from stranglerfig.core.totals import to_target_groups


def seen(*groups: ObservedGroup) -> ObservedDataplane:
    return ObservedDataplane("2.8", 1, groups, ())


def a_server(server_id: str, health: ServerHealth = ServerHealth.UP, sessions: int = 0) -> ObservedServer:
    return ObservedServer(server_id, "127.0.0.1:1", health, sessions, "L7OK/200")


def counted(requests: int, response_ms: float = 0.0, **responses: int) -> GroupCounters:
    return GroupCounters(requests, tuple(responses.items()), response_ms=response_ms)


def test_what_has_one_pool_is_as_it_was_but_for_the_name() -> None:
    pool = ObservedGroup("forum.test.posts:1a2b", (a_server("t1"),), counted(3))
    mono = ObservedGroup("mono", (a_server("u1"),), counted(5))
    merged = to_target_groups(seen(pool, mono))
    assert [(group.name, group.counters.requests) for group in merged.groups] == [("forum.test.posts", 3), ("mono", 5)]


def test_several_pools_add_up_and_a_server_is_told_by_its_worst() -> None:
    first = ObservedGroup("posts:1", (a_server("t1", sessions=2), a_server("t2")), counted(1, 10.0, ok=1))
    second = ObservedGroup("posts:2", (a_server("t1", ServerHealth.DOWN, 3),), counted(3, 30.0, ok=2, bad=1))
    [merged] = to_target_groups(seen(first, second)).groups
    assert [(server.id, server.health, server.sessions) for server in merged.servers] == [
        ("t1", ServerHealth.DOWN, 5),
        ("t2", ServerHealth.UP, 0),
    ]
    assert (merged.counters.requests, merged.counters.response_ms) == (4, 25.0)
    assert dict(merged.counters.responses) == {"ok": 3, "bad": 1}


def test_pools_without_requests_have_no_mean() -> None:
    [merged] = to_target_groups(seen(ObservedGroup("a:1", (), counted(0)), ObservedGroup("a:2", (), counted(0)))).groups
    assert merged.counters.response_ms == 0.0
