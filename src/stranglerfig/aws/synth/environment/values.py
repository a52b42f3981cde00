"""What the parts of an environment's template are made from, and how they name and export things. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from stranglerfig.aws.synth.environment.features import Features
from stranglerfig.aws.synth.environment.shape import EnvironmentShape, ImportedVpc, shape_of
from stranglerfig.aws.synth.facts import EnvFacts
from stranglerfig.aws.synth.names import APP_TAG, ENV_TAG
from stranglerfig.aws.synth.template import Output, Ref, Sub, Value, conjunction, equals, named, negation, tags
from stranglerfig.manifest.rules.given import Body

#: the environment's tags, by the parameters that they have in its stack
OWN_TAGS = {APP_TAG: "AppName", ENV_TAG: "EnvironmentName"}
#: conditions
PUBLIC, INTERNAL, HTTPS, INTERNAL_HTTPS = (
    "CreateALB",
    "CreateInternalALB",
    "ExportHTTPSListener",
    "ExportInternalHTTPSListener",
)
FILES, NAT, APP_RUNNER = "CreateEFS", "CreateNATGateways", "CreateAppRunnerVPCEndpoint"
ANYBODY = "0.0.0.0/0"
HTTP_PORT, HTTPS_PORT = 80, 443


@dataclass(frozen=True, slots=True)
class Plan:
    """``env`` has what the manifest says of it."""

    env: EnvFacts
    shape: EnvironmentShape
    features: Features

    @property
    def has_public(self) -> bool:
        """Whether there can be a public balancer: an imported VPC may have no public subnets."""
        return bool(self.public_subnets)

    @property
    def has_internal(self) -> bool:
        return bool(self.internal_subnets)

    @property
    def has_https(self) -> bool:
        """Whether the public balancer listens for TLS."""
        return self.has_public and (bool(self.shape.public.certificates) or self.env.has_own_domain)

    @property
    def has_internal_https(self) -> bool:
        return self.has_internal and bool(self.shape.internal.certificates)

    @property
    def vpc(self) -> Value:
        return self.shape.vpc.id if isinstance(self.shape.vpc, ImportedVpc) else Ref("VPC")

    @property
    def public_subnets(self) -> list[Value]:
        return self._subnets("public", "PublicSubnet")

    @property
    def private_subnets(self) -> list[Value]:
        return self._subnets("private", "PrivateSubnet")

    @property
    def internal_subnets(self) -> list[Value]:
        """Those of the internal balancer."""
        return list(self.shape.internal.subnets) or self.private_subnets

    @property
    def mounted_subnets(self) -> list[Value]:
        """Those that the file system is reached from: one a zone, as far as zones are known, private ones first."""
        if not self.env.subnet_zones:
            return self.private_subnets or self.public_subnets
        found: dict[str, Value] = {}
        for subnet in (*self.private_subnets, *self.public_subnets):
            found.setdefault(self.env.subnet_zones.get(str(subnet), str(subnet)), subnet)
        return list(found.values())

    def _subnets(self, kind: str, logical_id: str) -> list[Value]:
        vpc = self.shape.vpc
        if isinstance(vpc, ImportedVpc):
            return list(vpc.public if kind == "public" else vpc.private)
        found = vpc.public if kind == "public" else vpc.private
        return [Ref(f"{logical_id}{number}") for number, _ in enumerate(found, 1)]


def plan_of(env: EnvFacts, body: Body, features: Features) -> Plan:
    shape = shape_of(body)
    return Plan(shaped(env, shape), shape, features)


def shaped(env: EnvFacts, shape: EnvironmentShape) -> EnvFacts:
    """With what its manifest says."""
    return replace(
        env,
        public_certificates=bool(shape.public.certificates),
        private_certificates=bool(shape.internal.certificates),
        has_cdn=shape.cdn is not None,
        cdn_ends_tls=shape.cdn is not None and shape.cdn.terminates_tls,
        only_cdn=shape.public.only_cdn,
        cdn_has_names=shape.cdn is not None and shape.cdn.certificate is None,
        lacks_public=not shape.vpc.public,
        lacks_private=not shape.vpc.private,
    )


def called(suffix: str = "") -> Value:
    """The tag that the console shows."""
    return tags({"Name": Sub(f"copilot-${{AppName}}-${{EnvironmentName}}{suffix}")})


def exported(value: Value, name: str, condition: str | None = None, description: str | None = None) -> Output:
    return Output(value, Sub(f"${{AWS::StackName}}-{name}"), condition, description)


def is_given(parameter: str) -> Value:
    return negation(equals(Ref(parameter), ""))


def conditions_of(plan: Plan) -> Mapping[str, Value]:
    """Only those that something in the template has."""
    found: dict[str, Value] = {FILES: is_given("EFSWorkloads")}
    if plan.has_public:
        found[PUBLIC] = is_given("ALBWorkloads")
    if plan.has_internal:
        found[INTERNAL] = is_given("InternalALBWorkloads")
    if plan.has_https:
        found[HTTPS] = conjunction(named(PUBLIC), equals(Ref("CreateHTTPSListener"), "true"))
    if plan.has_internal_https:
        found[INTERNAL_HTTPS] = conjunction(named(INTERNAL), equals(Ref("CreateInternalHTTPSListener"), "true"))
    if not isinstance(plan.shape.vpc, ImportedVpc):
        found |= {NAT: is_given("NATWorkloads"), APP_RUNNER: is_given("AppRunnerPrivateWorkloads")}
    return found
