"""Which requests a service takes, and how its tasks prove themselves: one test a mapping rule."""

from __future__ import annotations

from dataclasses import replace

import pytest

from stranglerfig.core.application import Kind, Runtime
from stranglerfig.core.containers import ContainerHealth
from stranglerfig.core.desired import Balancer, Ingress
from stranglerfig.core.routing.rules import Conditions, HostCondition, PathPattern, PathPrefix, SourceCondition
from stranglerfig.core.topology import HealthCheck
from stranglerfig.manifest.model import HttpHealth, NlbListener, WorkloadManifest
from stranglerfig.workspace.compile import Compiled
from stranglerfig.workspace.values import Parts, StaticRun
from tests.workspace.builders import a_container, a_rule, a_service, compiled, containers_of


def ingress_of(found: Compiled, id: str) -> Ingress:
    assert found.group is not None
    return next(one for one in found.group.ingress if one.id == id)


def ids_of(found: Compiled) -> list[str]:
    assert found.group is not None
    return [one.id for one in found.group.ingress]


def health_of(manifest: WorkloadManifest, runtime: Runtime = Runtime.PROCESS) -> HealthCheck:
    group = compiled(manifest, runtime).group
    assert group is not None
    return group.health


@pytest.mark.parametrize(
    ("path", "wanted"),
    [
        ("/", ()),
        ("/api/posts", (PathPrefix("/api/posts"),)),
        ("/api/posts/", (PathPrefix("/api/posts"),)),
        ("/v?/*", (PathPattern("/v?/*"), PathPattern("/v?/*/*"))),
    ],
)
def test_a_path_takes_itself_and_all_below_it_at_the_environments_balancer(path: str, wanted: tuple[object]) -> None:
    found = ingress_of(compiled(a_service(http=(a_rule(path),))), "http")

    assert found.balancer == "forum.test"
    assert found.conditions.paths == wanted


def test_aliases_and_source_addresses_are_conditions_too() -> None:
    rule = a_rule(aliases=("a.example", "*.b.example"), allowed_source_ips=("10.0.0.0/8",))

    assert ingress_of(compiled(a_service(http=(rule,))), "http").conditions == Conditions(
        paths=(PathPrefix("/api/posts"),),
        host=HostCondition(patterns=("a.example", "*.b.example")),
        source=SourceCondition(("10.0.0.0/8",)),
    )


@pytest.mark.parametrize(
    ("networks", "is_noted"), [(("10.0.0.0/8", "::/0"), True), (("127.0.0.0/8",), False), ((), False)]
)
def test_a_list_of_sources_that_shuts_this_machine_out_is_noted(networks: tuple[str, ...], is_noted: bool) -> None:
    found = compiled(a_service(http=(a_rule(allowed_source_ips=networks),)))

    assert ["127.0.0.1/32" in note for note in found.notes] == [True] * is_noted


def test_additional_rules_are_entrances_of_their_own_with_their_own_health() -> None:
    more = a_rule("/admin", health=HttpHealth(path="/up"), stickiness=True)
    found = compiled(a_service(http=(a_rule(), more)))

    assert ids_of(found) == ["http", "http-1", "internal"]
    assert ingress_of(found, "http").health is None
    admin = ingress_of(found, "http-1")
    assert admin.health is not None
    assert (admin.health.path, admin.sticky) == ("/up", True)


def test_stickiness_version_and_tls_are_said_of_the_entrance() -> None:
    plain = ingress_of(compiled(a_service()), "http")
    assert (plain.sticky, plain.http2, plain.tls) == (False, False, False)

    rule = a_rule(stickiness=True, version="HTTP2", target_port=443)
    found = ingress_of(compiled(a_service(http=(rule,))), "http")
    assert (found.sticky, found.http2, found.tls) == (True, True, True)


def test_another_target_port_is_a_containers_and_no_processs() -> None:
    manifest = a_service(http=(a_rule(), a_rule("/admin", target_port=8081)))

    assert ingress_of(compiled(manifest, Runtime.DOCKER), "http-1").port == 8081
    assert ingress_of(compiled(manifest, Runtime.PROCESS), "http-1").port is None
    assert ingress_of(compiled(a_service(), Runtime.DOCKER), "http").port is None


def test_the_main_rules_target_is_where_the_task_is_asked_for_its_health() -> None:
    proxied = a_service(http=(a_rule(target_container="nginx", target_port=80),))
    found = compiled(proxied, Runtime.DOCKER)

    assert containers_of(found).port == 80
    assert [ingress_of(found, name).port for name in ("http", "internal")] == [None, None]


def test_every_listening_service_answers_at_its_own_endpoint_whatever_the_path() -> None:
    backend = a_service(kind=Kind.BACKEND, http=())
    found = ingress_of(compiled(backend), "internal")

    assert (found.balancer, found.conditions) == ("forum.test.posts", Conditions())
    assert ids_of(compiled(replace(backend, containers=(a_container(port=None),)))) == []


def test_a_backends_rules_are_not_for_the_public_balancer() -> None:
    assert ids_of(compiled(a_service(kind=Kind.BACKEND))) == ["internal"]


@pytest.mark.parametrize(
    ("aliases", "private", "ids"),
    [
        ((), False, ["internal"]),
        (("shop.example",), False, ["http", "internal"]),
        (("shop.example",), True, ["internal"]),
    ],
)
def test_a_request_driven_service_is_public_by_its_alias(aliases: tuple[str], private: bool, ids: list[str]) -> None:
    rule = a_rule("/", aliases=aliases)

    assert ids_of(compiled(a_service(kind=Kind.REQUEST_DRIVEN, http=(rule,), private=private))) == ids


def test_a_site_is_public_by_its_alias() -> None:
    site = a_service(kind=Kind.STATIC_SITE, http=(), containers=(), body={"http": {"alias": "www.example"}})
    parts = Parts(static=StaticRun("/site", ("serve",)))

    found = ingress_of(compiled(site, Runtime.DOCKER, parts=parts), "http")
    assert (found.conditions, found.port) == (Conditions(host=HostCondition(("www.example",))), None)


def test_without_http_there_is_no_public_entrance() -> None:
    assert ids_of(compiled(a_service(http=()))) == ["internal"]


def test_network_listeners_are_balancers_of_their_own() -> None:
    listeners = (NlbListener(9000, "tcp", "posts", 3000), NlbListener(9443, "tls", "posts", 8081))
    found = compiled(a_service(http=(), nlb=listeners), Runtime.DOCKER)

    assert found.balancers == (
        Balancer("forum.test.posts.9000", "127.0.0.1", 9000, tcp=True),
        Balancer("forum.test.posts.9443", "127.0.0.1", 9443, tcp=True),
    )
    first, second = ingress_of(found, "nlb"), ingress_of(found, "nlb-1")
    assert (first.balancer, first.port) == ("forum.test.posts.9000", None)
    assert (second.balancer, second.port) == ("forum.test.posts.9443", 8081)
    assert first.health is not None
    assert first.health.path is None
    assert ["without TLS" in note for note in found.notes] == [True]


def test_datagrams_are_not_served_and_that_is_said() -> None:
    found = compiled(a_service(http=(), nlb=(NlbListener(53, "udp", "posts", 53),)))

    assert found.balancers == ()
    assert any("UDP port 53" in note for note in found.notes)


def test_the_balancers_patience_is_not_waited_for_here() -> None:
    health = HttpHealth(
        path="/up", success_codes="200,301", healthy_threshold=5, unhealthy_threshold=4, interval_s=30, timeout_s=7
    )

    assert health_of(a_service(http=(a_rule(health=health),))) == HealthCheck(
        path="/up", expect="200,301", interval_s=1.0, timeout_s=7, rise=1, fall=4
    )


def test_grpc_services_prove_themselves_by_a_connection() -> None:
    assert health_of(a_service(http=(a_rule(version="grpc"),))).path is None


@pytest.mark.parametrize(
    ("command", "path"),
    [
        (("CMD-SHELL", "curl -f http://localhost:3000/up || exit 1"), "/up"),
        (("CMD-SHELL", "curl -f http://localhost/ || exit 1"), "/"),
        (("CMD", "wget", "-q", "http://127.0.0.1:80"), "/"),
        (("CMD-SHELL", "pg_isready"), None),
        (("CMD", "curl", "http://elsewhere/"), None),
    ],
)
def test_without_rules_a_process_is_asked_what_its_containers_check_asks(
    command: tuple[str, ...], path: str | None
) -> None:
    main = a_container(health=ContainerHealth(command))
    manifest = a_service(kind=Kind.BACKEND, http=(), containers=(main,))

    assert health_of(manifest).path == path
    assert health_of(manifest, Runtime.DOCKER).path is None


def test_processes_are_not_asked_on_another_port_which_is_noted() -> None:
    manifest = a_service(http=(a_rule(health=HttpHealth(port=9999)),))

    assert health_of(manifest).port is None
    assert any("9999" in note for note in compiled(manifest).notes)
    assert compiled(a_service()).notes == ()


def test_containers_are_asked_on_the_port_for_checks_which_is_published() -> None:
    more = a_rule("/admin", health=HttpHealth(port=9001))
    found = compiled(a_service(http=(a_rule(health=HttpHealth(port=9999)), more)), Runtime.DOCKER)

    assert found.group is not None
    assert found.group.health.port == 9999
    admin = ingress_of(found, "http-1").health
    assert admin is not None
    assert admin.port == 9001
    assert {9999, 9001} <= set(containers_of(found).containers[0].ports)
    assert found.notes == ()


def test_a_check_on_the_port_that_takes_the_requests_is_none_of_its_own() -> None:
    rule = a_rule()
    same = a_rule(health=HttpHealth(port=rule.target_port))

    assert health_of(a_service(http=(same,)), Runtime.DOCKER).port is None


def test_grace_and_drain_are_the_manifests() -> None:
    rule = a_rule(health=HttpHealth(grace_s=90), deregistration_delay_s=5)
    found = compiled(a_service(http=(rule,)))

    assert found.group is not None
    assert found.group.drain_s == 5
    assert found.group.targets.start_timeout_s == 90  # type: ignore[union-attr]
