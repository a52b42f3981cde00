"""Where a workload is reached once it is deployed, as sentences. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from stranglerfig.aws.synth.facts import EnvFacts, Release
from stranglerfig.aws.synth.names import internal_domain
from stranglerfig.aws.synth.request_driven import on_fargate
from stranglerfig.core.application import Kind
from stranglerfig.manifest.rules.given import value
from stranglerfig.manifest.rules.targets import main_port

INTERNET, INSIDE = "over the internet", "from your internal network"
DISCOVERY, CONNECT = "with service discovery", "with service connect"


@dataclass(frozen=True, slots=True)
class Address:
    url: str
    how: str

    def __str__(self) -> str:
        return f"{self.url} {self.how}"


def addresses(release: Release, env_outputs: Mapping[str, str], outputs: Mapping[str, str]) -> tuple[Address, ...]:
    """``env_outputs`` are those of the environment's stack, ``outputs`` those of its own."""
    if release.manifest.kind is Kind.REQUEST_DRIVEN:
        release = on_fargate(release)
    match release.manifest.kind:
        case Kind.STATIC_SITE:
            own = outputs.get("CloudFrontDistributionAlternativeDomainName")
            host = own or outputs.get("CloudFrontDistributionDomainName")
            return (Address(f"https://{host}/", INTERNET),) if host else ()
        case Kind.LOAD_BALANCED:
            return (*_public(release, env_outputs),)
        case Kind.BACKEND:
            return (*_internal(release), *_inside(release))
        case _:
            return ()


def _public(release: Release, env_outputs: Mapping[str, str]) -> Iterator[Address]:
    for rule in release.manifest.http:
        path = _first_of(rule.path)
        if rule.aliases:
            yield from (Address(f"https://{host}{path}", INTERNET) for host in rule.aliases)
        elif release.env.has_own_domain:
            yield Address(f"https://{release.manifest.name}.{own_domain(release.env)}{path}", INTERNET)
        else:
            host = release.balancer.dns_name if release.balancer else env_outputs.get("PublicLoadBalancerDNSName", "")
            yield Address(f"http://{host}{path}", INTERNET)


def _internal(release: Release) -> Iterator[Address]:
    manifest, env = release.manifest, release.env
    for rule in manifest.http:
        path = _first_of(rule.path)
        scheme = "https" if env.private_certificates else "http"
        hosts = rule.aliases or (f"{manifest.name}.{env.name}.{env.app.name}.internal",)
        yield from (Address(f"{scheme}://{host}{path}", INSIDE) for host in hosts)


def _inside(release: Release) -> Iterator[Address]:
    manifest = release.manifest
    port = main_port(manifest.body)
    if port is None:
        return
    if value(manifest.body, "network", "connect") not in (None, False):
        yield Address(f"{manifest.connect_alias or manifest.name}:{port}", CONNECT)
    yield Address(f"{manifest.name}.{internal_domain(release.env.app.name, release.env.name)}:{port}", DISCOVERY)


def _first_of(pattern: str) -> str:
    """A path to begin with, of those that a rule matches: where it has wildcards, what is before them."""
    return "/" + re.split(r"[*?]", pattern)[0].removeprefix("/")


def own_domain(env: EnvFacts) -> str:
    return f"{env.name}.{env.app.name}.{env.app.domain}"
