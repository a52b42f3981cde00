"""Where one-off tasks run: in an environment, or in a cluster and network of the account that no environment has."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from stranglerfig.aws.environments import Environment
from stranglerfig.aws.session import Client, Session
from stranglerfig.aws.stacks.values import Stack
from stranglerfig.aws.synth.names import APP_TAG, ENV_TAG, TASK_TAG
from stranglerfig.errors import Conflict, NotFound

DEFAULT = "default"
_OF_ENVIRONMENTS = (APP_TAG, ENV_TAG)


@dataclass(frozen=True, slots=True)
class Network:
    """What tasks are connected to. Without ``groups`` it is the VPC's own security group."""

    subnets: tuple[str, ...]
    groups: tuple[str, ...] = ()
    has_public_address: bool = True


@dataclass(frozen=True, slots=True)
class TaskPlace:
    """``env`` None: outside of environments. Stacks and tasks are in ``region``, and reached by ``session``."""

    session: Session
    region: str
    env: Environment | None = None

    def client(self, service: str) -> Client:
        return self.session.client(service, self.region)

    @property
    def tags(self) -> Mapping[str, str]:
        return self.env.tags() if self.env else {}

    @property
    def role(self) -> str | None:
        """What CloudFormation acts as."""
        return (self.env.record.execution_role or None) if self.env else None

    def has(self, stack: Stack) -> bool:
        """Whether it is the stack of a one-off task of this very place."""
        tags = self.tags
        return TASK_TAG in stack.tags and all(stack.tags.get(tag) == tags.get(tag) for tag in _OF_ENVIRONMENTS)

    def clusters(self) -> list[str]:
        """Those in which its tasks can be."""
        if self.env is not None:
            return [outputs_of(self.env)["ClusterId"]]
        return list(self.client("ecs").pages("list_clusters", "clusterArns"))

    def __str__(self) -> str:
        return f"environment {self.env.name}" if self.env else "no environment"


def outputs_of(env: Environment) -> Mapping[str, str]:
    """Of one that may be Copilot's still. Raises ``NotFound`` while it has no cluster."""
    stack = env.stack()
    if stack is None or "ClusterId" not in stack.outputs:
        raise NotFound(
            f"environment {env.name} of {env.record.app} is not deployed",
            hint=f"Run `fig env deploy --name {env.name}`.",
        )
    return stack.outputs


def network_of(env: Environment) -> Network:
    outputs = outputs_of(env)
    public, private = (tuple(filter(None, outputs.get(f"{kind}Subnets", "").split(","))) for kind in KINDS)
    if not public and not private:
        raise Conflict(f"environment {env.name} has no subnets to run a task in")
    group = outputs.get("EnvironmentSecurityGroup")
    return Network(public or private, (group,) if group else (), has_public_address=bool(public))


KINDS = ("Public", "Private")


def network_outside(place: TaskPlace, subnets: Sequence[str], groups: Sequence[str]) -> Network:
    """The subnets that the account's default VPC has, unless others are named."""
    if not subnets:
        asked = [{"Name": "default-for-az", "Values": ["true"]}]
        found = place.client("ec2").describe_subnets(Filters=asked)["Subnets"]
        subnets = sorted(one["SubnetId"] for one in found)
    if not subnets:
        raise NotFound(
            f"there is no default VPC in {place.region} to run a task in",
            hint="Name subnets with `--subnets`, or make one with `aws ec2 create-default-vpc`.",
        )
    return Network(tuple(subnets), tuple(groups))


def cluster_outside(place: TaskPlace, name: str | None) -> str:
    """Raises ``NotFound``."""
    name = name or DEFAULT
    found = place.client("ecs").describe_clusters(clusters=[name])["clusters"]
    if not any(one["status"] == "ACTIVE" for one in found):
        raise NotFound(
            f"there is no cluster {name} in {place.region}",
            hint=f"`aws ecs create-cluster --cluster-name {name}` makes it.",
        )
    return str(found[0]["clusterArn"])
