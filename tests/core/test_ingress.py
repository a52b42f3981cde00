"""From what services take to listeners, rules and pools of servers."""

from __future__ import annotations

from dataclasses import replace

import pytest

from stranglerfig.core.claims import refuse_conflicts
from stranglerfig.core.containers import Container, ContainerTargets
from stranglerfig.core.desired import Balancer, Desired, Ingress, ProcessTargets, TargetGroup
from stranglerfig.core.ingress import (
    EVERYTHING,
    NOBODY,
    Claim,
    RotatingTask,
    compile_balancer,
    to_group_name,
    to_rotation,
    to_rotations,
    to_rules,
    to_task_health,
)
from stranglerfig.core.routing.rules import Conditions, FixedResponse, Forward, HostCondition, PathPrefix
from stranglerfig.core.topology import HealthCheck, Server, Tls
from stranglerfig.errors import Conflict, UsageError

LISTENER = Balancer("forum.test", "127.0.0.1", 8080)
NETWORK = Balancer("forum.test.nlb", "127.0.0.1", 9000, tcp=True)


def at(path: str = "", ingress_id: str = "main", balancer: str = "forum.test") -> Ingress:
    return Ingress(ingress_id, balancer, Conditions((PathPrefix(path),)) if path else Conditions())


def a_group(*ingress: Ingress, name: str = "forum.test.posts", revision: int = 1) -> TargetGroup:
    return TargetGroup(name, ProcessTargets(("serve",), "/"), ingress=ingress, revision=revision)


def in_containers(*ingress: Ingress) -> TargetGroup:
    targets = ContainerTargets((Container("posts", "posts:1", ports=(8080,)),), port=8080)
    return TargetGroup("forum.test.posts", targets, ingress=ingress)


def claims_of(*groups: TargetGroup, paused: bool = False) -> list[Claim]:
    return [Claim(g, i, to_rotation(g, i, tcp=False), paused) for g in groups for i in g.ingress]


def desired_with(*groups: TargetGroup, serving: tuple[TargetGroup, ...] = ()) -> Desired:
    named = {group.name: group for group in groups}
    balancers = {one.name: one for one in (LISTENER, NETWORK)}
    return Desired(groups=named, balancers=balancers, serving={group.name: group for group in serving})


def test_rules_are_called_by_service_and_ingress_and_the_rest_is_not_found() -> None:
    posts = a_group(at("/api/posts"), at("/posts", "old"))
    listener = compile_balancer(LISTENER, claims_of(posts, a_group(at("/users"), name="forum.test.users")))
    assert [rule.id for rule in listener.rules] == ["posts.main", "posts.old", "users.main", "default"]
    assert isinstance(listener.rules[-1].action, FixedResponse)
    assert listener.rules[-1].action.status == 404


def test_a_service_that_takes_every_path_leaves_nothing_to_not_find() -> None:
    listener = compile_balancer(LISTENER, claims_of(a_group(at())))
    assert [rule.conditions for rule in listener.rules] == [EVERYTHING]
    assert NOBODY not in listener.rules


def test_services_of_one_name_in_two_applications_are_told_apart() -> None:
    rules = to_rules(claims_of(a_group(at("/a")), a_group(at("/b"), name="shop.test.posts")))
    assert [rule.id for rule in rules] == ["forum.test.posts.main", "shop.test.posts.main"]


def test_a_path_reaches_the_task_as_it_was_sent() -> None:
    [rule] = to_rules(claims_of(a_group(at("/api"))))
    assert isinstance(rule.action, Forward)
    assert [(to_group_name(side.group), side.as_sent) for side in rule.action.groups] == [("forum.test.posts", True)]


def test_a_paused_service_answers_for_itself() -> None:
    [rule] = to_rules(claims_of(a_group(at("/api")), paused=True))
    assert rule.action == FixedResponse(503, "application/json", '{"message": "posts is paused"}')


def test_a_tcp_balancer_passes_to_its_service_and_nowhere_while_it_is_paused() -> None:
    [claim] = claims_of(a_group(at(balancer="forum.test.nlb")))
    listener = compile_balancer(NETWORK, [claim])
    assert (listener.tcp, listener.passes_to, listener.rules) == (True, claim.rotation.name, ())
    assert compile_balancer(NETWORK, [replace(claim, is_paused=True)]).passes_to is None


def test_what_is_asked_alike_shares_a_pool_and_what_is_not_has_its_own() -> None:
    group = a_group(at("/a", "a"), at("/b", "b"), replace(at("/c", "c"), sticky=True))
    pools = to_rotations(group, lambda balancer: False)
    assert sorted(pool.sticky for pool in pools.values()) == [False, True]
    other = replace(group, health=HealthCheck("/ready"), revision=2)
    assert not pools.keys() & to_rotations(other, lambda balancer: False).keys()
    again = replace(group, drain_s=1.0, revision=3)
    assert pools.keys() == to_rotations(again, lambda balancer: False).keys()


def test_the_main_port_is_the_same_pool_whether_it_is_named_or_not() -> None:
    named, unnamed = replace(at("/a"), port=8080), at("/b", "b")
    assert len(to_rotations(in_containers(named, unnamed), lambda balancer: False)) == 1
    assert len(to_rotations(in_containers(replace(named, port=9090), unnamed), lambda balancer: False)) == 2


def test_a_pool_says_how_its_servers_are_spoken_to() -> None:
    ingress = replace(at("/a"), http2=True, tls=True, sticky=True, health=HealthCheck("/up"))
    group = to_rotation(in_containers(ingress), ingress, tcp=False).to_group(())
    assert (group.http2, group.tls, group.sticky, group.health.path) == (True, Tls(verify=False), True, "/up")


def test_a_task_serves_at_the_host_port_of_the_container_port() -> None:
    task = RotatingTask("posts-1-0-a", 1, 40_000, ((8080, 40_000), (9090, 40_001)))
    assert task.to_server(9090, 8080) == Server("posts-1-0-a", "127.0.0.1", 40_001, check_port=40_000)
    assert task.to_server(None, 8080) == Server("posts-1-0-a", "127.0.0.1", 40_000)
    assert task.to_server(7070) is None


def test_a_process_has_one_port_whatever_it_is_called() -> None:
    assert RotatingTask("posts-1-0-a", 1, 40_000).to_server(8080) == Server("posts-1-0-a", "127.0.0.1", 40_000)


def test_a_task_that_is_not_spoken_to_in_plain_http_1_is_only_connected_to_before_it_serves() -> None:
    health = HealthCheck("/healthz")
    plain, grpc = a_group(at("/a")), a_group(replace(at("/a"), http2=True))
    assert to_task_health(replace(plain, health=health)).path == "/healthz"
    assert to_task_health(replace(grpc, health=health)).path is None


def test_two_services_with_the_same_conditions_are_refused_by_name() -> None:
    threads = a_group(at("/api"), name="forum.test.threads")
    with pytest.raises(Conflict, match=r"posts .* threads\.main and posts\.main conflict: both take /api"):
        refuse_conflicts(desired_with(threads), a_group(at("/api")))
    refuse_conflicts(desired_with(threads), a_group(at("/api/posts")))
    alias = Conditions((PathPrefix("/api"),), host=HostCondition(("posts.example.com",)))
    refuse_conflicts(desired_with(threads), a_group(Ingress("main", "forum.test", alias)))


def test_what_another_service_still_has_in_force_counts_too() -> None:
    before = a_group(at("/api"), name="forum.test.threads")
    moved = a_group(at("/api/threads"), name="forum.test.threads", revision=2)
    with pytest.raises(Conflict, match="both take /api"):
        refuse_conflicts(desired_with(moved, serving=(before,)), a_group(at("/api")))
    refuse_conflicts(desired_with(moved, serving=(moved,)), a_group(at("/api")))


def test_a_service_may_take_again_what_it_has_already() -> None:
    group = a_group(at("/api"))
    refuse_conflicts(desired_with(group, serving=(group,)), replace(group, revision=2))


def test_bytes_go_to_one_service_alone() -> None:
    network = at(balancer="forum.test.nlb")
    other = a_group(network, name="forum.test.threads")
    with pytest.raises(Conflict, match=r"port 9000 passes bytes to one service alone, not to posts and threads"):
        refuse_conflicts(desired_with(other), a_group(network))
    refuse_conflicts(desired_with(), a_group(network))


def test_an_ingress_of_an_unknown_balancer_or_with_a_bad_path_is_refused() -> None:
    with pytest.raises(UsageError, match=r"nothing listens as that"):
        refuse_conflicts(desired_with(), a_group(at("/api", balancer="forum.prod")))
    with pytest.raises(UsageError, match=r"posts\.main: "):
        refuse_conflicts(desired_with(), a_group(at("api")))
