"""What a balancer of AWS's would refuse, told beforehand with the field of the manifest. Pure.

Source: Elastic Load Balancing User Guide ("Quotas", "Condition types for listener rules", "Health checks").
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from stranglerfig.aws.synth.balancing.conditions import path_values
from stranglerfig.aws.synth.balancing.dns import zoned_aliases
from stranglerfig.aws.synth.balancing.fronts import IMPORTED, INTERNAL, PUBLIC, Front, front_of
from stranglerfig.aws.synth.balancing.hosts import hosts_of
from stranglerfig.aws.synth.balancing.target_groups import GRPC, HTTP1
from stranglerfig.aws.synth.facts import Release
from stranglerfig.aws.synth.problems import Problem, refuse
from stranglerfig.aws.synth.zones import nearest_zone
from stranglerfig.manifest.model import HttpHealth, HttpRule
from stranglerfig.manifest.rules.http_rules import as_split_rules

MOST_VALUES = 5
LONGEST_VALUE = 128
#: of one balancer, in an account that has not asked for more
MOST_RULES = 100
MOST_WILDCARDS = 5
#: what patterns may be made of
PATH = re.compile(r"[A-Za-z0-9_.$/~\"'@:+&*?-]*")
HOST = re.compile(r"[A-Za-z0-9.*?-]*\.[A-Za-z]+")


def check_rules(release: Release) -> None:
    """Raises ``UsageError`` with all problems, each on a line of its own."""
    front = front_of(release)
    problems = [
        (f"{rule_field(at)}{field}", message)
        for at, rule in enumerate(release.manifest.http)
        for field, message in (*_of_rule(release, front, rule), *health_problems(rule.health))
    ]
    refuse(release, (*problems, *_of_zones(release, front)))


def rule_field(at: int) -> str:
    return "http" if at == 0 else f"http.additional_rules[{at - 1}]"


def health_problems(health: HttpHealth) -> Iterator[Problem]:
    for field, given, least, most, unit in (
        ("healthy_threshold", health.healthy_threshold, 2, 10, ""),
        ("unhealthy_threshold", health.unhealthy_threshold, 2, 10, ""),
        ("interval", health.interval_s, 5, 300, " s"),
        ("timeout", health.timeout_s, 2, 120, " s"),
    ):
        if not least <= given <= most:
            yield f".healthcheck.{field}", f"must be {least} to {most}{unit} on AWS, but is {given:g}{unit}"
    if health.timeout_s >= health.interval_s:
        yield (
            ".healthcheck.timeout",
            f"must be shorter than the interval of {health.interval_s:g} s, but is {health.timeout_s:g} s",
        )


def _of_rule(release: Release, front: Front, rule: HttpRule) -> Iterator[Problem]:
    secure = front.https is not None
    yield from _of_aliases(release, front, rule)
    if rule.redirect_to_https is not None and (front.http is None or not secure) and front.kind == PUBLIC:
        yield ".redirect_to_https", f"needs HTTPS, and {release.env.name} has neither a domain nor certificates"
    if release.env.cdn_ends_tls and front.kind == PUBLIC and secure and rule.redirect_to_https is not False:
        yield (
            ".redirect_to_https",
            f"must be false: TLS ends at the content network of {release.env.name}, which asks by HTTP and would be"
            " redirected for ever",
        )
    yield from _of_version(release, front, rule)
    yield from _of_values(release, rule)


def _of_version(release: Release, front: Front, rule: HttpRule) -> Iterator[Problem]:
    """A listener for HTTP forwards to groups of HTTP/1 alone."""
    if rule.version == HTTP1:
        return
    named = "gRPC" if rule.version == GRPC else "HTTP/2"
    if front.https is None:
        yield ".version", f"{named} needs HTTPS, and there is none for this balancer in {release.env.name}"
    elif release.env.cdn_ends_tls and front.kind == PUBLIC:
        yield ".version", f"{named} needs HTTPS, and the content network of {release.env.name} asks by HTTP"
    elif front.forwards_plain(rule):
        yield ".redirect_to_https", f"must not be false: {named} needs HTTPS, and a balancer forwards it by that alone"


def _of_aliases(release: Release, front: Front, rule: HttpRule) -> Iterator[Problem]:
    env, secure = release.env, front.https is not None
    if rule.aliases and not secure and front.kind != IMPORTED:
        yield ".alias", f"needs HTTPS, and {env.name} has {_lacks(front)}"
    imported = front.kind == INTERNAL or env.public_certificates
    if secure and imported and front.kind != IMPORTED and not rule.aliases:
        yield ".alias", f"must be specified, for {env.name} has imported certificates and thus no names of its own"
    if front.kind == PUBLIC and env.has_own_domain and env.only_cdn and not env.cdn_has_names and not rule.aliases:
        yield (
            ".alias",
            f"must be specified, for {env.name} is reached through its content network alone, and that one's own"
            " certificate is for other names",
        )
    if front.kind == PUBLIC and env.has_own_domain:
        for alias in rule.aliases:
            if nearest_zone(env, alias) is None:
                yield ".alias", f"{alias} is not below the application's domain {env.app.domain}"
    for alias in rule.aliases:
        if len(alias) > LONGEST_VALUE or not HOST.fullmatch(alias):
            yield ".alias", f"{alias!r} is no host for a balancer: it needs a dot, and only letters after the last one"


def _lacks(front: Front) -> str:
    if front.kind == INTERNAL:
        return "no certificates for its private balancer (`http.private.certificates` of its manifest)"
    return "neither a domain nor certificates (`http.public.certificates` of its manifest)"


def _of_values(release: Release, rule: HttpRule) -> Iterator[Problem]:
    paths = path_values(rule.path)
    if len(paths[-1]) > LONGEST_VALUE or not PATH.fullmatch(rule.path):
        yield (
            ".path",
            f"{rule.path!r} cannot be matched on AWS: at most {LONGEST_VALUE - 2} of the characters"
            " A-Z a-z 0-9 and _-.$/~\"'@:+&*?",
        )
    hosts, sources = hosts_of(release, rule), rule.allowed_source_ips
    wildcards = sum(value.count(mark) for value in (*paths, *rule.aliases) for mark in "*?")
    if wildcards > MOST_WILDCARDS:
        yield (
            ".path",
            f"the rule has {wildcards} wildcards with those of {' and '.join(paths)}, and AWS allows {MOST_WILDCARDS}",
        )
    count = len(paths) + len(hosts.names) + len(sources)
    if count > MOST_VALUES:
        free = MOST_VALUES - len(paths) - (0 if rule.aliases else len(hosts.names))
        field = ".alias" if rule.aliases else ".allowed_source_ips"
        yield (
            field,
            f"the rule has {count} values with its path and hosts, and AWS allows {MOST_VALUES};"
            f' split it with "additional_rules" on the same path: {as_split_rules(rule.aliases, sources, free)}',
        )


def _of_zones(release: Release, front: Front) -> Iterator[Problem]:
    if not zoned_aliases(release.manifest.body):
        return
    if front.kind == PUBLIC and not release.env.public_certificates:
        yield (
            "http.hosted_zone",
            f"is for imported certificates; records of {release.env.name} stand in its own zones",
        )
    elif front.kind == PUBLIC and release.env.has_cdn:
        yield "http.hosted_zone", f"is not possible in {release.env.name}, which has a content network before it"
