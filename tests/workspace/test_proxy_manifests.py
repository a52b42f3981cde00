"""A proxy written down and read again is the same proxy, whatever it is made of."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from stranglerfig.core.compare.jobs import Bounds
from stranglerfig.core.compare.redaction import Policy
from stranglerfig.core.compare.rules import parse_rule
from stranglerfig.core.compare.shadow import Shadow
from stranglerfig.core.compile import EVERYTHING
from stranglerfig.core.compile import compile_proxy as compile_rules
from stranglerfig.core.conditions_text import ConditionsText, parse_conditions
from stranglerfig.core.declared.declaration import ProxyDeclaration
from stranglerfig.core.declared.plan import UnderWay
from stranglerfig.core.declared.planning import plan_proxy
from stranglerfig.core.declared.shadowing import as_declared
from stranglerfig.core.declared.writing import place_of, to_body
from stranglerfig.core.desired import (
    Desired,
    ProcessTargets,
    Proxy,
    Route,
    RouteSide,
    RouteState,
    TargetGroup,
    UrlTargets,
)
from stranglerfig.core.routing.rules import Order, Sticky, StickyBy
from stranglerfig.core.routing.validate import check_rules
from stranglerfig.core.shift.plan import Limits
from stranglerfig.core.shift.terms import Hooks, Terms, to_plan
from stranglerfig.core.topology import HealthCheck, HostHeader, Tls
from stranglerfig.manifest.build_model import build_model
from stranglerfig.manifest.kinds import KINDS
from stranglerfig.manifest.load import Request, load_manifest
from stranglerfig.manifest.model import ProxyManifest
from stranglerfig.workspace.compile.proxy import compile_proxy
from stranglerfig.workspace.proxy_text import proxy_text
from tests.core.declared.builders import a_declaration, a_declared_route, books, deployed

SERVICES = frozenset({"users", "web"})
TASKS = ProcessTargets(("serve",), "/")
GROUPS = {
    group.name: group
    for group in (
        TargetGroup("plain", UrlTargets(("http://127.0.0.1:8000",))),
        TargetGroup("same-place", UrlTargets(("http://127.0.0.1:8000",))),
        TargetGroup("second-revision", UrlTargets(("http://127.0.0.1:8001/v2",)), revision=2),
        TargetGroup("checked", UrlTargets(("http://127.0.0.1:8002",)), HealthCheck(path="/ok")),
        TargetGroup("two", UrlTargets(("http://127.0.0.1:8003", "http://127.0.0.1:8004"))),
        TargetGroup("named", UrlTargets(("https://shop.example.com",), HostHeader.TARGET, Tls())),
        TargetGroup("unchecked", UrlTargets(("https://127.0.0.1:8443",), tls=Tls(verify=False))),
        TargetGroup("tasks", TASKS),
        TargetGroup("forum.test.users", TASKS),
        TargetGroup("forum.test.web", TASKS),
        TargetGroup("forum.prod.users", TASKS),
    )
}

sides = st.sampled_from(sorted(GROUPS))
texts = st.text(st.characters(min_codepoint=33, max_codepoint=126, exclude_characters=':"\\'), min_size=1, max_size=5)
paths = st.sampled_from(["/api", "/api/users", "/api/users/{id}", "/${HOME}", "/true", "/012"])
stickiness = st.sampled_from(
    [Sticky(), Sticky(StickyBy.SOURCE), Sticky(StickyBy.COOKIE), Sticky(StickyBy.HEADER, "X-U")]
)
headers = st.tuples(st.sampled_from("AB"), texts).map(lambda pair: f"{pair[0]}: {pair[1]}")

percents = st.integers(1, 10_000).map(lambda hundredths: hundredths / 10_000)
terms = st.builds(
    lambda shares, bake_s, limits, cohorts, hooks: Terms(to_plan(shares, bake_s, limits, cohorts), cohorts, hooks),
    st.lists(st.integers(1, 9_999), unique=True).map(lambda steps: (*sorted(steps), 10_000)),
    st.integers(0, 10_000_000).map(lambda millis: millis / 1000),
    st.builds(Limits, percents, st.one_of(st.none(), st.floats(1, 100)), st.none(), st.integers(1)),
    st.lists(st.sampled_from(["header:X-Beta=1", "cookie:team=web*"]), unique=True).map(tuple),
    st.sampled_from([Hooks(), Hooks("https://example.com/x?y", "jq . >> log")]),
)


@st.composite
def some_conditions(draw: st.DrawFn) -> ConditionsText:
    is_pattern = draw(st.booleans())
    return ConditionsText(
        path=draw(st.sampled_from(["/img/*.png", "/a?"])) if is_pattern else draw(paths),
        exact=not is_pattern and draw(st.booleans()),
        pattern=is_pattern,
        methods=tuple(draw(st.lists(st.sampled_from(["GET", "POST", "Purge"]), unique=True))),
        hosts=tuple(draw(st.lists(st.sampled_from(["a.com", "*.b.com"]), unique=True))),
        headers=tuple(draw(st.lists(headers, max_size=3))),
        queries=tuple(draw(st.lists(st.sampled_from(["a=1", "*x*", "b=a=c"]), unique=True))),
        sources=tuple(draw(st.lists(st.sampled_from(["10.0.0.0/8", "192.0.2.7/32"]), unique=True))),
    )


@st.composite
def some_routes(draw: st.DrawFn, route_id: str, order: Order) -> Route:
    conditions = parse_conditions(draw(some_conditions()))
    candidate, legacy = RouteSide(draw(sides)), RouteSide(draw(sides), draw(st.integers(0, 2)))
    is_split = candidate != legacy
    return Route(
        route_id,
        conditions,
        candidate,
        legacy,
        weight=draw(st.integers(0, 10_000)) if is_split else 10_000,
        sticky=draw(stickiness),
        state=draw(st.sampled_from(RouteState)),
        priority=int(route_id[1:]) + 1 if order is Order.PRIORITY else None,
        owner=draw(st.sampled_from(["", "web team", "yes"])),
        expires=draw(st.sampled_from(["", "2027-01-31"])),
        shift=draw(st.one_of(st.none(), terms)) if is_split else None,
    )


@st.composite
def some_proxies(draw: st.DrawFn) -> Proxy:
    order = draw(st.sampled_from(Order))
    found = [draw(some_routes(f"r{number}", order)) for number in range(draw(st.integers(0, 4)))]
    declared_by = draw(st.sampled_from(["", "forum/test/shop"]))
    proxy = Proxy(
        draw(st.sampled_from(["forum.test.shop", "shop", "s", "a--b"])),
        draw(st.sampled_from(["127.0.0.1", "0.0.0.0", "::1"])),
        8080,
        draw(sides),
        order,
        draw(st.booleans()),
        declared_by=declared_by,
    )
    kept: tuple[Route, ...] = ()
    for route in found:
        beside = replace(proxy, routes=(*kept, replace(route, state=RouteState.ACTIVE)))
        if route.conditions != EVERYTHING and not check_rules(compile_rules(beside).listener.rules, order):
            kept = (*kept, route)
    return replace(proxy, routes=kept)


def read_again(text: str, app: str = "forum", env: str = "test") -> ProxyDeclaration:
    loaded = load_manifest(text.encode(), Request("manifest.yml", KINDS, app, env))
    manifest = build_model(loaded)
    assert isinstance(manifest, ProxyManifest)
    return compile_proxy(manifest, app, env, SERVICES)


def without_marks(proxy: Proxy) -> Proxy:
    """Who declared it is all that a deploy of its export may add."""
    return replace(proxy, declared_by="", routes=tuple(replace(route, declared=False) for route in proxy.routes))


@st.composite
def some_shadows(draw: st.DrawFn, proxy: Proxy, route: str) -> Shadow:
    path = draw(st.sampled_from(["/", "/api"]))
    methods = tuple(draw(st.lists(st.sampled_from(["GET", "POST"]), unique=True)))
    rules = ["ignore $.at", "ignore header x-build", "round $.a[].b 2 in /api/{id}", "unordered $.**.items"]
    return Shadow(
        proxy.name,
        route,
        RouteSide(draw(sides)),
        1.0,
        None,
        parse_conditions(ConditionsText(path, methods=methods, headers=tuple(draw(st.lists(headers, max_size=2))))),
        draw(percents),
        draw(st.booleans()),
        draw(st.floats(0.01, 1000)),
        tuple(map(parse_rule, draw(st.lists(st.sampled_from(rules), unique=True)))),
        Policy(*(tuple(draw(st.lists(st.sampled_from(["nick", "no"]), unique=True))) for _ in range(2))),
        Bounds(draw(st.integers(1, 60_000)) / 1000, draw(st.integers(1, 1 << 24))),
    )


@given(st.data(), some_proxies())
def test_a_deploy_of_what_was_exported_changes_nothing(data: st.DataObject, proxy: Proxy) -> None:
    routes = [route.id for route in proxy.routes if data.draw(st.booleans())]
    running = {route: data.draw(some_shadows(proxy, route)) for route in routes}
    shadows = {route: as_declared(shadow) for route, shadow in running.items()}
    desired = Desired({proxy.name: proxy}, GROUPS)
    app, env = place_of(proxy) or ("forum", "test")
    declaration = read_again(proxy_text(to_body(proxy, GROUPS, shadows)), app, env)
    declaration = replace(declaration, source=proxy.declared_by or declaration.source)
    plan = plan_proxy(declaration, desired, under_way=UnderWay(shadows=running))

    assert plan.before is proxy
    assert (without_marks(plan.after), plan.groups, plan.by_hand) == (without_marks(proxy), (), ())
    assert (plan.shadows.begun, plan.shadows.ended, plan.shadows.after) == ((), (), shadows)


def test_services_of_the_environment_have_their_short_names_and_follow_it_elsewhere() -> None:
    shop = Proxy("shop", "127.0.0.1", 8080, "forum.test.web")
    text = proxy_text(to_body(shop, GROUPS))

    assert "default: web\n" in text
    assert read_again(text, env="prod").default == "forum.prod.web"


def test_a_manifest_that_was_deployed_is_exported_as_its_author_wrote_it() -> None:
    declaration = a_declaration(
        a_declared_route("users", "/api/users", to="http://127.0.0.1:9000", weight=1250, owner="web"), port=8080
    )
    desired = deployed(declaration, books())

    assert to_body(desired.proxies["forum.test.shop"], desired.groups) == {
        "name": "shop",
        "type": "Strangler Proxy",
        "default": "http://127.0.0.1:8000",
        "port": 8080,
        "routes": {"users": {"path": "/api/users", "to": "http://127.0.0.1:9000", "weight": 12.5, "owner": "web"}},
    }
