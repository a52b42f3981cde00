"""What a template is made of beside its manifest: who and where, what has been built, what has been decided. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from stranglerfig.aws.synth.names import INTERNAL_ZONE, OWN_ZONE, internal_domain
from stranglerfig.aws.synth.template import Value
from stranglerfig.manifest.model import Pairs, WorkloadManifest

#: what a workload's template calls them in its metadata
KEPT_HOSTS = "KeptHosts"


@dataclass(frozen=True, slots=True)
class AppFacts:
    """``region`` is where its records are; ``domain`` one that is registered in the account's Route 53, in the zone
    with the id ``hosted_zone``. ``own_zone`` is the id of the zone NAME.DOMAIN, once it is there. ``accounts`` are
    those of its environments, beside its own.
    """

    name: str
    account: str
    region: str
    domain: str | None = None
    hosted_zone: str | None = None
    own_zone: str | None = None
    accounts: tuple[str, ...] = ()
    permissions_boundary: str | None = None
    tags: Pairs = ()


@dataclass(frozen=True, slots=True)
class EnvFacts:
    """``public_certificates`` and ``private_certificates``: the balancer in question has imported ones. ``bucket`` and
    ``key`` are what the application has in the region: the artifact bucket's name and its key's ARN.
    ``cdn_prefix_list`` is the id of the region's list of addresses that CloudFront asks from; ``cdn_certificate`` the
    ARN of one in us-east-1 that was issued for the environment. ``cdn_ends_tls``: CloudFront asks the balancer by HTTP.
    ``had_cdn_certificate``: there may be one still, also where it is not wanted any more.
    ``only_cdn``: nobody else may ask it. ``cdn_has_names``: CloudFront answers for all names right below its domain.
    ``namespace`` is that of service discovery, where an environment of Copilot's first versions has another.
    ``is_delegated``: the application's zone has the record for its domain already, and no stack made it; the same goes
    for ``kept_hosts``, aliases on the public balancer. ``zones`` are the logical ids of those that its stack has: what
    workloads import cannot go. ``subnet_zones`` are availability zones by the ids of imported subnets;
    ``lacks_public`` and ``lacks_private``: its VPC has no subnets of the kind.
    """

    app: AppFacts
    name: str
    account: str
    region: str
    partition: str = "aws"
    public_certificates: bool = False
    private_certificates: bool = False
    has_cdn: bool = False
    cdn_ends_tls: bool = False
    only_cdn: bool = False
    cdn_has_names: bool = False
    bucket: str = ""
    key: str = ""
    cdn_prefix_list: str | None = None
    cdn_certificate: str | None = None
    had_cdn_certificate: bool = False
    namespace: str | None = None
    is_delegated: bool = False
    kept_hosts: frozenset[str] = frozenset()
    zones: frozenset[str] = frozenset()
    subnet_zones: Mapping[str, str] = field(default_factory=dict)
    lacks_public: bool = False
    lacks_private: bool = False

    @property
    def has_own_domain(self) -> bool:
        """Whether names below the application's domain are issued for it."""
        return self.app.domain is not None and not self.public_certificates

    @property
    def names_lead_to_cdn(self) -> bool:
        """Those right below its domain."""
        return self.has_own_domain and self.only_cdn and self.cdn_has_names

    @property
    def has_own_zone(self) -> bool:
        """It stays when certificates are imported later."""
        return self.has_own_domain or OWN_ZONE in self.zones

    @property
    def has_internal_zone(self) -> bool:
        return not self.private_certificates or INTERNAL_ZONE in self.zones

    @property
    def discovery_domain(self) -> str:
        """Below which its services find each other."""
        return self.namespace or internal_domain(self.app.name, self.name)

    @property
    def is_at_home(self) -> bool:
        """Whether it is in the account of its application, where the zones of the domain are."""
        return self.account == self.app.account

    @property
    def delegates_itself(self) -> bool:
        """Whether its stack has the record that delegates its domain."""
        return self.is_at_home and not self.is_delegated


@dataclass(frozen=True, slots=True)
class ImportedBalancer:
    """One that a manifest names by ``http.alb``. ``listeners`` are ARNs by protocol, HTTP or HTTPS."""

    arn: str
    dns_name: str
    hosted_zone: str
    listeners: Mapping[str, str]
    security_groups: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Addons:
    """``url`` is that of the template's upload, in the bucket of the application; ``parameters`` are passed beside App,
    Env and Name. The outputs are sorted by what their values are."""

    url: str
    parameters: Mapping[str, Value] = field(default_factory=dict)
    variables: tuple[str, ...] = ()
    secrets: tuple[str, ...] = ()
    policies: tuple[str, ...] = ()
    security_groups: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Release:
    """One workload as it is to be in one environment.

    ``text`` is the manifest's, interpolated; ``images`` are URIs with digest by container, ``env_files`` ARNs of S3
    objects by container. ``priorities`` holds one number for each of the manifest's http rules, in their order, and
    ``plain_priorities`` those on the listener for HTTP beside one for HTTPS, where they differ.
    ``desired`` is how many tasks run now where autoscaling has the say; None: as many as the manifest begins with.
    ``subnets`` are the ids of those whose tags the manifest names. ``certificate`` is the ARN of one in us-east-1 that
    was issued for a static site's host. ``kept_hosts`` are those of a site or a network balancer whose records no stack
    makes, for they are there.
    """

    env: EnvFacts
    manifest: WorkloadManifest
    text: str
    images: Mapping[str, str] = field(default_factory=dict)
    env_files: Mapping[str, str] = field(default_factory=dict)
    priorities: tuple[int, ...] = ()
    plain_priorities: tuple[int, ...] = ()
    addons: Addons | None = None
    desired: int | None = None
    balancer: ImportedBalancer | None = None
    subnets: tuple[str, ...] = ()
    certificate: str | None = None
    kept_hosts: frozenset[str] = frozenset()
