"""Rules about network load balancers, and about the two kinds of balancer together. Pure."""

from __future__ import annotations

from stranglerfig.manifest.rules.given import Problems, has, items


def alias_without_zone(body: dict[str, object]) -> Problems:
    return [
        (f"alias[{index}].hosted_zone", "is not possible for a network load balancer")
        for index, alias in items(body, "alias")
        if has(alias, "hosted_zone")
    ]


def served_by_someone(body: dict[str, object]) -> Problems:
    if body.get("http") is False and not has(body, "nlb"):
        return [("nlb", 'must be specified if "http" is false')]
    return []


def one_grace_period(body: dict[str, object]) -> Problems:
    """A task has one, whichever balancers ask after it."""
    path = ("healthcheck", "grace_period")
    problems: Problems = [
        (f"nlb.additional_listeners[{index}].healthcheck.grace_period", "belongs to the main listener alone")
        for index, listener in items(body, "nlb", "additional_listeners")
        if has(listener, *path)
    ]
    if has(body, "http", *path) and has(body, "nlb", *path):
        message = 'must specify one, not both, of it and "http.healthcheck.grace_period"'
        problems.append(("nlb.healthcheck.grace_period", message))
    return problems
