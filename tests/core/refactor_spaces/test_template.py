"""Proxies as templates: of Refactor Spaces' own making, and of fig's."""

from __future__ import annotations

import re

from stranglerfig.core.desired import ProcessTargets, Proxy, Route, RouteSide, TargetGroup, UrlTargets
from stranglerfig.core.refactor_spaces.likeness import to_likeness
from stranglerfig.core.refactor_spaces.template import to_template
from stranglerfig.core.routing.rules import (
    Conditions,
    HostCondition,
    PathCondition,
    PathExact,
    PathPattern,
    PathPrefix,
    PathTemplate,
)

MONO = TargetGroup("mono", UrlTargets(("http://10.0.0.1:8000",)))
POSTS = TargetGroup("posts", ProcessTargets(("serve",), "/"))
GROUPS = {"mono": MONO, "posts": POSTS}


def a_route(name: str, path: PathCondition, *, strip: int = 0, weight: int = 10_000, methods: str = "") -> Route:
    conditions = Conditions((path,), tuple(methods.split()))
    return Route(name, conditions, RouteSide("posts", strip), RouteSide("mono"), weight)


def a_proxy(*routes: Route) -> Proxy:
    return Proxy("shop", "127.0.0.1", 8080, "mono", routes=routes)


def test_a_proxy_of_figs_own_becomes_environment_application_services_and_routes() -> None:
    likeness = to_likeness(a_proxy(a_route("posts", PathPrefix("/posts"), methods="GET")), GROUPS)
    template = to_template(likeness.bundle, "")["Resources"]
    assert [name for name in template if name.endswith(("Route", "Service"))] == [
        "MonoService",
        "PostsService",
        "DefaultRoute",
        "PostsGetRoute",
    ]
    route = template["PostsGetRoute"]
    assert (route["DependsOn"], route["Properties"]["UriPathRoute"]["Methods"]) == ("DefaultRoute", ["GET"])
    assert route["Properties"]["ServiceIdentifier"] == {"Fn::GetAtt": ["PostsService", "ServiceIdentifier"]}
    assert template["PostsService"]["Properties"]["Tags"] == [{"Key": "fig:service", "Value": "posts"}]


def test_what_refactor_spaces_cannot_say_is_told() -> None:
    host = Conditions((PathPrefix("/a"),), host=HostCondition(("a.example",)))
    likeness = to_likeness(
        a_proxy(
            a_route("split", PathExact("/split"), weight=2_500),
            a_route("pattern", PathPattern("/img/*.png")),
            a_route("part", PathPrefix("/a/b"), strip=1),
            a_route("whole", PathTemplate("/users/{id}")),
            Route("host", host, RouteSide("posts"), RouteSide("mono")),
        ),
        GROUPS,
    )
    routes = [one["UriPathRoute"] for one in likeness.bundle.routes if "UriPathRoute" in one]
    assert [(one["SourcePath"], one["ActivationState"]) for one in routes] == [
        ("/split", "INACTIVE"),
        ("/users/{id}", "ACTIVE"),
    ]
    told = " ".join(likeness.remarks)
    assert re.findall(r"Route (\w+) is", told) == ["split", "pattern", "part", "host"]
    assert "25 %" in told
