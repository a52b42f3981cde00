"""What an application leaves behind on AWS: values that users put there, which nobody else has."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from stranglerfig.aws.applications import Application
from stranglerfig.aws.environments import Environment, is_at_home
from stranglerfig.aws.running.secrets import SecretStore

#: of the parameter store, in one call
MOST_AT_ONCE = 10


@dataclass(frozen=True, slots=True)
class SecretsLeft:
    """In one account and region, by whole names."""

    account: str
    region: str
    names: tuple[str, ...]

    def commands(self) -> Iterator[str]:
        """Those that delete them."""
        for start in range(0, len(self.names), MOST_AT_ONCE):
            some = " ".join(self.names[start : start + MOST_AT_ONCE])
            yield f"aws ssm delete-parameters --region {self.region} --names {some}"


def secrets_of(app: Application, envs: Sequence[Environment]) -> list[SecretsLeft]:
    """Of all accounts and regions, asked before ``envs`` go: nobody knows of their regions then, and nobody has rights
    in other accounts."""
    home, away = app.record.account, [env for env in envs if not is_at_home(env)]
    regions = {app.session.region, *(env.record.region for env in envs if is_at_home(env))}
    if app.stack_set.template() is not None:
        regions |= {one.region for one in app.stack_set.instances() if one.account == home}
    found = [SecretsLeft(home, region, _below(app, region)) for region in sorted(regions)]
    found += [SecretsLeft(env.record.account, env.record.region, tuple(SecretStore(env).names())) for env in away]
    return [one for one in found if one.names]


def _below(app: Application, region: str) -> tuple[str, ...]:
    path = {"Key": "Path", "Option": "Recursive", "Values": [f"/copilot/{app.record.name}"]}
    ssm = app.session.client("ssm", region)
    return tuple(sorted(one["Name"] for one in ssm.pages("describe_parameters", "Parameters", ParameterFilters=[path])))
