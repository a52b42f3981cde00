"""What App Runner makes of a manifest that has more in it than it reads. Pure."""

from __future__ import annotations

from collections.abc import Mapping

from stranglerfig.manifest.build_model.balancers import health
from stranglerfig.manifest.model import HttpHealth, HttpRule
from stranglerfig.manifest.rules.given import Body, section, value
from stranglerfig.manifest.rules.http_rules import aliases_of
from stranglerfig.manifest.rules.targets import main_name, main_port

#: read, and used by nobody
UNUSED_OF_IMAGE = ("labels", "depends_on")
UNUSED_OF_CHECK = ("port", "success_codes", "grace_period")
#: its own: it opens a connection until a path is said
CHECK = HttpHealth(path=None, healthy_threshold=3, unhealthy_threshold=3, interval_s=5.0, timeout_s=2.0)


def used(body: Body) -> Body:
    return {**body, "image": _without(section(body, "image"), UNUSED_OF_IMAGE), "http": _used_http(body)}


def only_rule(body: Body) -> HttpRule:
    """Everything that comes to the service's own address."""
    http = section(body, "http")
    return HttpRule(
        path="/",
        target_container=main_name(body),
        target_port=main_port(body) or 0,
        aliases=aliases_of(http),
        health=health(http, CHECK),
    )


def is_private(body: Body) -> bool:
    """Whether it is reached from inside the environment alone."""
    private = value(body, "http", "private")
    return private is True or isinstance(private, Mapping)


def _used_http(body: Body) -> Body:
    http = section(body, "http")
    check = http.get("healthcheck")
    return {**http, "healthcheck": _without(check, UNUSED_OF_CHECK)} if isinstance(check, Mapping) else http


def _without(given: Body, names: tuple[str, ...]) -> Body:
    return {name: found for name, found in given.items() if name not in names}
