"""What a workload names of others: secrets, exports of stacks, alarms, subnets, security groups. What is not there AWS
would refuse in the middle of a deploy. Who may not look goes on."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import suppress

from stranglerfig.aws.additions import Additions
from stranglerfig.aws.checking import lookups
from stranglerfig.aws.environments import Environment, session_that_stays
from stranglerfig.aws.session import Client
from stranglerfig.aws.synth import names
from stranglerfig.aws.synth.problems import NotDeployable, Problem
from stranglerfig.aws.synth.reading.deployment import read_deployment
from stranglerfig.aws.synth.reading.network import read_network
from stranglerfig.errors import Refused, UsageError
from stranglerfig.manifest.model import WorkloadManifest
from stranglerfig.manifest.rules.given import Body, section, sections, text

#: of resources that make others, which nobody knows before
MAKERS = ("AWS::CloudFormation::", "AWS::Serverless::", "Custom::")
PARAMETER, SECRET, ALARM = "AWS::SSM::", "AWS::SecretsManager::", "AWS::CloudWatch::"


def check_references(env: Environment, manifest: WorkloadManifest, additions: Sequence[Additions]) -> None:
    """``additions`` are all that the same command deploys: of what they may make nothing is said. Raises
    ``NotDeployable``."""
    problems: list[Problem] = []
    for check in (_parameters, _managed, _exports, _alarms, _subnets, _groups):
        with suppress(Refused, UsageError):
            problems += check(Looking(env, manifest.body, additions))
    if problems:
        raise NotDeployable(manifest.name, env.name, problems)


class Looking:
    def __init__(self, env: Environment, body: Body, additions: Sequence[Additions]) -> None:
        self.env, self.body, self.additions = env, body, additions

    def client(self, service: str) -> Client:
        """The user's own way where there is one: the environment's role knows its own secrets alone."""
        return session_that_stays(self.env).client(service, self.env.record.region)

    def may_make(self, *kinds: str) -> bool:
        """Whether additions have anything whose type begins so, or that makes what nobody knows."""
        return any(one.makes_any(*kinds, *MAKERS) for one in self.additions)

    def missing(
        self, named: Mapping[str, str], what: str, look: Callable[[Sequence[str]], Collection[str]]
    ) -> Iterator[Problem]:
        """``named`` by field."""
        gone = set(look([*dict.fromkeys(named.values())])) if named else set()
        for field, name in named.items():
            if name in gone:
                yield field, f"there is no {what} {name} in {self.env.record.region}"

    @property
    def secrets(self) -> Iterator[tuple[str, object]]:
        """By field, of all containers."""
        parts = [("", self.body), ("logging.", section(self.body, "logging"))]
        parts += [(f"sidecars.{name}.", one) for name, one in sections(self.body, "sidecars")]
        for at, part in parts:
            for kind in ("secrets", "secretOptions"):
                yield from ((f"{at}{kind}.{name}", one) for name, one in section(part, kind).items())


def _parameters(looking: Looking) -> Iterator[Problem]:
    """Those of the environment's own are looked for by its secrets."""
    if looking.may_make(PARAMETER):
        return
    own = names.secret_name(looking.env.record.app, looking.env.name, "")
    named = {field: one for field, one in looking.secrets if isinstance(one, str) and not one.startswith((own, "arn:"))}
    yield from looking.missing(
        named, "parameter", lambda wanted: lookups.missing_parameters(looking.client("ssm"), wanted)
    )


def _managed(looking: Looking) -> Iterator[Problem]:
    """Of this account and region: of others nobody here need know anything."""
    if looking.may_make(SECRET):
        return
    record = looking.env.record
    here = f"arn:{looking.env.session.partition}:secretsmanager:{record.region}:{record.account}:secret:"
    named: dict[str, str] = {}
    for field, one in looking.secrets:
        said = one if isinstance(one, str) else text(one, "secretsmanager") if isinstance(one, Mapping) else None
        if said and isinstance(one, Mapping) and not said.startswith("arn:"):
            said = here + said
        if said and said.startswith(here):
            named[field] = said
    missing = {*lookups.missing_secrets(looking.client("secretsmanager"), named.values())}
    for field, arn in named.items():
        if arn in missing:
            yield field, f"there is no secret {arn.removeprefix(here)} in Secrets Manager of {record.region}"


def _exports(looking: Looking) -> Iterator[Problem]:
    """Of stacks of this application none is told of: this very command may deploy them."""
    if any(one.addons or one.patches for one in looking.additions):
        return
    own = f"{looking.env.record.app}-"
    named = {field: one for field, one in _from_cfn(looking.body) if not one.startswith(own)}
    yield from looking.missing(
        named, "export", lambda wanted: lookups.missing_exports(looking.client("cloudformation"), wanted)
    )


def _alarms(looking: Looking) -> Iterator[Problem]:
    if looking.may_make(ALARM):
        return
    alarms = read_deployment(looking.body).alarms
    named = {f"deployment.rollback_alarms[{at}]": one for at, one in enumerate(alarms)}
    yield from looking.missing(
        named, "alarm", lambda wanted: lookups.missing_alarms(looking.client("cloudwatch"), wanted)
    )


def _subnets(looking: Looking) -> Iterator[Problem]:
    subnets = read_network(looking.body).subnets
    named = {f"network.vpc.placement.subnets[{at}]": one for at, one in enumerate(subnets)}
    yield from looking.missing(named, "subnet", lambda wanted: _unfound(looking, "Subnet", wanted))


def _groups(looking: Looking) -> Iterator[Problem]:
    groups = read_network(looking.body).groups
    named = {f"network.vpc.security_groups[{at}]": one for at, one in enumerate(groups) if isinstance(one, str)}
    yield from looking.missing(named, "security group", lambda wanted: _unfound(looking, "SecurityGroup", wanted))


def _unfound(looking: Looking, what: str, wanted: Sequence[str]) -> set[str]:
    key = "SubnetId" if what == "Subnet" else "GroupId"
    call, filter = ("describe_subnets", "subnet-id") if what == "Subnet" else ("describe_security_groups", "group-id")
    there = lookups.found(looking.client("ec2"), call, f"{what}s", filter, wanted)
    return {*wanted} - {one[key] for one in there}


def _from_cfn(found: object, at: str = "") -> Iterator[tuple[str, str]]:
    """Names of exports, by field."""
    if isinstance(found, Mapping):
        for key, one in found.items():
            if key == "from_cfn" and isinstance(one, str):
                yield at, one
            else:
                yield from _from_cfn(one, f"{at}.{key}" if at else str(key))
    elif isinstance(found, list):
        for index, one in enumerate(found):
            yield from _from_cfn(one, f"{at}[{index}]")
