"""What an environment cannot have is said before anything is asked of AWS, with the mend."""

from __future__ import annotations

from dataclasses import replace

import pytest

from stranglerfig.aws.synth.environment import Features, environment_template
from stranglerfig.aws.synth.facts import AppFacts, EnvFacts
from stranglerfig.errors import UsageError
from stranglerfig.manifest.model import EnvironmentManifest

HOME = "111122223333"
APP = AppFacts("forum", HOME, "eu-west-1", domain="example.com", hosted_zone="Z0ROOT", own_zone="Z0FORUM")


def env(account: str = HOME) -> EnvFacts:
    return EnvFacts(APP, "test", account, "eu-west-1")


def refusal(body: dict[str, object], features: Features, facts: EnvFacts | None = None) -> UsageError:
    with pytest.raises(UsageError) as caught:
        environment_template(facts or env(), EnvironmentManifest("test", body), features)
    return caught.value


def imported(**subnets: list[str]) -> dict[str, object]:
    listed = {kind: [{"id": found} for found in ids] for kind, ids in subnets.items()}
    return {"network": {"vpc": {"id": "vpc-1", "subnets": listed}}}


def test_a_balancer_without_subnets_to_stand_in() -> None:
    public = refusal(imported(private=["a", "b"]), Features(public_balancer=frozenset({"api"})))
    internal = refusal(imported(public=["a", "b"]), Features(internal_balancer=frozenset({"api", "rates"})))

    assert public.message == (
        "environment test has no public subnets, and api would be reached through a load balancer in them"
    )
    assert internal.message.startswith("environment test has no private subnets, and api, rates would")
    assert internal.hint == "Import some in `network.vpc.subnets.private` of the environment's manifest."


def test_a_balancer_in_several_subnets_of_one_zone() -> None:
    body = imported(public=["a", "b"])
    zones = replace(env(), subnet_zones={"a": "eu-west-1a", "b": "eu-west-1a"})

    found = refusal(body, Features(public_balancer=frozenset({"api"})), zones)

    assert found.message.startswith("environment test has public subnets in the same availability zone (eu-west-1a,")
    environment_template(zones, EnvironmentManifest("test", body), Features())


@pytest.mark.parametrize(
    ("alias", "account"),
    [("api.example.org", HOME), ("api.example.com", "999900001111"), ("api.forum.example.com", "999900001111")],
)
def test_an_alias_whose_zone_is_not_at_hand(alias: str, account: str) -> None:
    found = refusal({}, Features(public_balancer=frozenset({"api"}), aliases={"api": (alias,)}), env(account))

    assert found.message.startswith(f"alias {alias} cannot be certified")
    assert "http.public.certificates" in (found.hint or "")


def test_an_alias_below_the_environments_own_domain_is_certified_in_any_account() -> None:
    features = Features(public_balancer=frozenset({"api"}), aliases={"api": ("v1.api.test.forum.example.com",)})

    made = environment_template(env("999900001111"), EnvironmentManifest("test", {}), features)

    names = made.body.resources["HTTPSCertificate"].properties["SubjectAlternativeNames"]
    assert names == ["*.test.forum.example.com", "v1.api.test.forum.example.com"]


def test_a_region_whose_addresses_of_the_content_network_are_not_known() -> None:
    found = refusal({"cdn": True, "http": {"public": {"ingress": {"cdn": True}}}}, Features())

    assert found.message.startswith("'http.public.ingress.cdn' cannot be had in eu-west-1")


def test_a_vpc_that_is_too_small_for_its_subnets() -> None:
    found = refusal({"network": {"vpc": {"cidr": "10.0.0.0/27"}}}, Features())

    assert found.message == "VPC 10.0.0.0/27 has no room for 4 subnets of 16 addresses"
