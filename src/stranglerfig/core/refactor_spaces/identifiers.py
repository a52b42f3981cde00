"""Ids, ARNs and the names of what Refactor Spaces would have made in AWS, all derived from what is known (pure)."""

from __future__ import annotations

import hashlib
import re

from stranglerfig.core.refactor_spaces.resources import Application, Environment, Resource

_LETTERS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
_ARN = re.compile(
    r"arn:aws:refactor-spaces:(?P<region>[a-zA-Z0-9-]+):(?P<account>\d{12}):environment/(?P<environment>env-[0-9A-Za-z]{10})"
    r"(/application/(?P<application>app-[0-9A-Za-z]{10})(/(service|route)/(?P<leaf>(svc|rte)-[0-9A-Za-z]{10}))?)?"
)


def to_id(prefix: str, chance: bytes) -> str:
    """``chance``: at least eight random bytes."""
    number, text = int.from_bytes(chance, "big"), ""
    for _ in range(10):
        number, digit = divmod(number, len(_LETTERS))
        text += _LETTERS[digit]
    return prefix + text


def to_arn(resource: Resource, region: str) -> str:
    base = f"arn:aws:refactor-spaces:{region}:{resource.facts.owner}:environment"
    if isinstance(resource, Environment):
        return f"{base}/{resource.facts.id}"
    if isinstance(resource, Application):
        return f"{base}/{resource.environment}/application/{resource.facts.id}"
    leaf = "service" if resource.facts.id.startswith("svc-") else "route"
    return f"{base}/{resource.environment}/application/{resource.application}/{leaf}/{resource.facts.id}"


def id_of_arn(arn: str) -> str | None:
    """The last id in it; None if it is no ARN of a resource of this kind. Whether it exists is not looked at."""
    found = _ARN.fullmatch(arn)
    return None if found is None else found["leaf"] or found["application"] or found["environment"]


def gateway_id(application: Application) -> str:
    """Of the API Gateway that AWS would have made; always the same."""
    return _alike("gateway", application.facts.id)


def vpc_link_id(application: Application) -> str:
    return _alike("vpc-link", application.facts.id)


def balancer_name(application: Application) -> str:
    return f"refactor-spaces-{_alike('nlb', application.facts.id)}"


def balancer_arn(application: Application, region: str) -> str:
    name, serial = balancer_name(application), hashlib.blake2s(application.facts.id.encode(), digest_size=8).hexdigest()
    return f"arn:aws:elasticloadbalancing:{region}:{application.facts.owner}:loadbalancer/net/{name}/{serial}"


def transit_gateway_id(environment: Environment) -> str:
    digest = hashlib.blake2s(environment.facts.id.encode(), digest_size=9).hexdigest()
    return f"tgw-{digest[:17]}"


def path_resource_ids(route_id: str, source_path: str, *, children: bool) -> dict[str, str]:
    """What AWS calls PathResourceToId: each path that the route made, with an id of ten characters."""
    paths = [source_path, *([f"{source_path}/{{proxy+}}"] if children else [])]
    return {path: _alike(path, route_id) for path in paths}


def _alike(what: str, of: str) -> str:
    digits = "0123456789abcdefghijklmnopqrstuvwxyz"
    number, text = int.from_bytes(hashlib.blake2s(f"{what} {of}".encode()).digest()[:8], "big"), ""
    for _ in range(10):
        number, digit = divmod(number, len(digits))
        text += digits[digit]
    return text
