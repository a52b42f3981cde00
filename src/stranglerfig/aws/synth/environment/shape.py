"""An environment as its manifest asks for it, with what Copilot makes of what is absent. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from ipaddress import ip_network
from itertools import islice

from stranglerfig.errors import UsageError
from stranglerfig.manifest.rules.given import Body, has, items, number, section, text, texts, value
from stranglerfig.manifest.rules.vpc import NARROWEST, VPC

_FLOW_LOG_DAYS = 14
#: public ones first
_SUBNETS = 4
_SUBNET_PREFIX = 24


@dataclass(frozen=True, slots=True)
class Subnet:
    """A new one. ``zone`` None: one of the region's, by the subnet's number."""

    cidr: str
    zone: str | None = None


@dataclass(frozen=True, slots=True)
class ManagedVpc:
    cidr: str
    public: tuple[Subnet, ...]
    private: tuple[Subnet, ...]


@dataclass(frozen=True, slots=True)
class ImportedVpc:
    """Ids. There may be no subnets of one kind."""

    id: str
    public: tuple[str, ...] = ()
    private: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Traffic:
    """A rule of a security group, for the ports ``first`` to ``last``."""

    cidr: str
    protocol: str
    first: int
    last: int


@dataclass(frozen=True, slots=True)
class AccessLogs:
    """``bucket`` None: one of the environment's own."""

    bucket: str | None = None
    prefix: str | None = None


@dataclass(frozen=True, slots=True)
class PublicBalancer:
    """``only_cdn`` and ``source_ips`` say who may connect; anybody may if nothing is said."""

    certificates: tuple[str, ...] = ()
    ssl_policy: str | None = None
    access_logs: AccessLogs | None = None
    only_cdn: bool = False
    source_ips: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class InternalBalancer:
    """``subnets`` are of an imported VPC; without any, it stands in the private ones."""

    certificates: tuple[str, ...] = ()
    ssl_policy: str | None = None
    subnets: tuple[str, ...] = ()
    whole_vpc: bool = False


@dataclass(frozen=True, slots=True)
class StaticAssets:
    location: str
    alias: str
    path: str


@dataclass(frozen=True, slots=True)
class Cdn:
    certificate: str | None = None
    terminates_tls: bool = False
    assets: StaticAssets | None = None


@dataclass(frozen=True, slots=True)
class EnvironmentShape:
    """``flow_log_days`` None: no flow logs."""

    vpc: ManagedVpc | ImportedVpc
    ingress: tuple[Traffic, ...] = ()
    egress: tuple[Traffic, ...] = ()
    flow_log_days: int | None = None
    public: PublicBalancer = PublicBalancer()
    internal: InternalBalancer = InternalBalancer()
    cdn: Cdn | None = None
    container_insights: bool = False


def shape_of(body: Body) -> EnvironmentShape:
    """Of a checked manifest's body."""
    vpc = section(body, "network", "vpc")
    return EnvironmentShape(
        vpc=_vpc(vpc),
        ingress=_traffic(vpc, "ingress"),
        egress=_traffic(vpc, "egress"),
        flow_log_days=_flow_log_days(vpc),
        public=_public(section(body, "http", "public")),
        internal=_internal(section(body, "http", "private")),
        cdn=_cdn(body),
        container_insights=value(body, "observability", "container_insights") is True,
    )


def _vpc(vpc: Body) -> ManagedVpc | ImportedVpc:
    imported = text(vpc, "id")
    if imported is not None:
        return ImportedVpc(imported, _ids(vpc, "public"), _ids(vpc, "private"))
    cidr = text(vpc, "cidr") or VPC
    public, private = (
        tuple(Subnet(text(subnet, "cidr") or "", text(subnet, "az")) for _, subnet in items(vpc, "subnets", kind))
        for kind in ("public", "private")
    )
    if public or private:
        return ManagedVpc(cidr, public, private)
    cidrs = tuple(Subnet(found) for found in first_subnets(cidr))
    return ManagedVpc(cidr, cidrs[: _SUBNETS // 2], cidrs[_SUBNETS // 2 :])


def first_subnets(cidr: str, count: int = _SUBNETS) -> list[str]:
    """The first networks of 256 addresses, or, in a VPC without room for these, as large as so many can be."""
    network = ip_network(cidr, strict=False)
    division = (count - 1).bit_length()
    if network.prefixlen + division > NARROWEST:
        raise UsageError(
            f"VPC {cidr} has no room for {count} subnets of {2 ** (32 - NARROWEST)} addresses",
            hint=f"Give `network.vpc.cidr` a length of /{NARROWEST - division} at most, or say its subnets.",
        )
    prefix = max(network.prefixlen + division, _SUBNET_PREFIX)
    return [str(found) for found in islice(network.subnets(new_prefix=prefix), count)]


def _ids(vpc: Body, kind: str) -> tuple[str, ...]:
    return tuple(found for _, subnet in items(vpc, "subnets", kind) if (found := text(subnet, "id")))


def _traffic(vpc: Body, direction: str) -> tuple[Traffic, ...]:
    return tuple(_rule(rule) for _, rule in items(vpc, "security_group", direction))


def _rule(rule: Body) -> Traffic:
    first, _, last = (text(rule, "ports") or "").partition("-")
    return Traffic(text(rule, "cidr") or "", text(rule, "ip_protocol") or "", int(first), int(last or first))


def _flow_log_days(vpc: Body) -> int | None:
    if value(vpc, "flow_logs") in (None, False):
        return None
    return number(vpc, "flow_logs", "retention") or _FLOW_LOG_DAYS


def _public(public: Body) -> PublicBalancer:
    """What ``security_groups`` says is what ``ingress`` says today."""
    ingress = section(public, "ingress") or section(public, "security_groups", "ingress", "restrict_to")
    return PublicBalancer(
        certificates=texts(public, "certificates"),
        ssl_policy=text(public, "ssl_policy"),
        access_logs=_access_logs(public),
        only_cdn=value(ingress, "cdn") is True,
        source_ips=texts(ingress, "source_ips"),
    )


def _access_logs(public: Body) -> AccessLogs | None:
    if value(public, "access_logs") in (None, False):
        return None
    logs = section(public, "access_logs")
    return AccessLogs(text(logs, "bucket_name"), text(logs, "prefix"))


def _internal(private: Body) -> InternalBalancer:
    older = value(private, "security_groups", "ingress", "from_vpc")
    return InternalBalancer(
        certificates=texts(private, "certificates"),
        ssl_policy=text(private, "ssl_policy"),
        subnets=texts(private, "subnets"),
        whole_vpc=value(private, "ingress", "vpc") is True or older is True,
    )


def _cdn(body: Body) -> Cdn | None:
    if value(body, "cdn") in (None, False):
        return None
    cdn = section(body, "cdn")
    assets = section(cdn, "static_assets")
    return Cdn(
        certificate=text(cdn, "certificate"),
        terminates_tls=value(cdn, "terminate_tls") is True,
        assets=StaticAssets(text(assets, "location") or "", text(assets, "alias") or "", text(assets, "path") or "")
        if has(cdn, "static_assets")
        else None,
    )
