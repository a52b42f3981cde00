"""Rules about an environment's balancers and its content network. Pure."""

from __future__ import annotations

from stranglerfig.manifest.rules.given import Body, Problems, has, items, section, texts, value
from stranglerfig.manifest.rules.vpc import KINDS_OF_SUBNETS


def has_cdn(body: Body) -> bool:
    return value(body, "cdn") not in (None, False)


def one_way_to_restrict(body: dict[str, object]) -> Problems:
    """What the older ``security_groups.ingress`` says for one balancer, it does not for the other."""
    problems: Problems = []
    old = "security_groups.ingress"
    for kind, foreign in (("public", "from_vpc"), ("private", "restrict_to")):
        balancer = section(body, "http", kind)
        if has(balancer, "security_groups", "ingress", foreign):
            other = "private" if kind == "public" else "public"
            problems.append((f"http.{kind}.{old}.{foreign}", f'belongs to "http.{other}" alone'))
        if has(balancer, "security_groups", "ingress") and has(balancer, "ingress"):
            problems.append((f"http.{kind}", f'must specify one, not both, of "ingress" and "{old}"'))
    return problems


def cdn_is_on(body: dict[str, object]) -> Problems:
    if has_cdn(body):
        return []
    wants = ("http.public.ingress.cdn", "http.public.security_groups.ingress.restrict_to.cdn")
    return [(path, 'needs "cdn" to be on') for path in wants if value(body, *path.split(".")) is True]


def certificates_agree(body: dict[str, object]) -> Problems:
    """TLS of the content network and of the balancer."""
    own, of_cdn = texts(body, "http", "public", "certificates"), has(body, "cdn", "certificate")
    if own and has_cdn(body) and not of_cdn:
        return [("cdn.certificate", 'must be specified if "cdn" and "http.public.certificates" are specified')]
    if of_cdn and not own and value(body, "cdn", "terminate_tls") is not True:
        message = 'must be true if "cdn.certificate" is specified and "http.public.certificates" is not'
        return [("cdn.terminate_tls", message)]
    return []


def internal_subnets_are_imported(body: dict[str, object]) -> Problems:
    wanted = texts(body, "http", "private", "subnets")
    vpc = section(body, "network", "vpc")
    if wanted and not has(vpc, "id"):
        return [("http.private.subnets", 'needs "network.vpc.id": it names subnets of an imported VPC')]
    known = {subnet.get("id") for kind in KINDS_OF_SUBNETS for _, subnet in items(vpc, "subnets", kind)}
    return [
        (f"http.private.subnets[{index}]", f'subnet "{name}" is not one of "network.vpc.subnets"')
        for index, name in enumerate(wanted)
        if name not in known
    ]
