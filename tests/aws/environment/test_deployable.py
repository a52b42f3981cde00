"""What is wanted of environments and applications deploys, by our own code, to moto's CloudFormation.

moto's own services make what is in the templates, and refuse what AWS refuses of it; ``tests.aws.standin.resources``
tells where they fall short.
"""

from __future__ import annotations

import json

import pytest

from stranglerfig.aws.assets.bucket import ArtifactBucket
from stranglerfig.aws.session import Session
from stranglerfig.aws.stacks.deploy import Deploying, deploy
from stranglerfig.aws.stacks.values import Ended, Stack, to_order
from stranglerfig.aws.synth.app import roles_parameters
from stranglerfig.aws.synth.environment import (
    Features,
    bootstrap_parameters,
    environment_parameters,
    environment_template,
)
from stranglerfig.aws.synth.template import to_tree
from stranglerfig.manifest.model import EnvironmentManifest
from tests.aws.goldens import (
    APPLICATION,
    ENVIRONMENT,
    GoldenCase,
    all_goldens,
    app_facts,
    env_facts,
    features_facts,
    load_yaml,
    read_environment,
)
from tests.aws.standin.cloud import REGION, Cloud
from tests.aws.surroundings import Surroundings
from tests.aws.trees import part

CASES = tuple(case for case in all_goldens() if case.input.name in (ENVIRONMENT, APPLICATION))
ADDONS = {"Resources": {"Table": {"Type": "AWS::SQS::Queue"}}, "Parameters": {"App": {"Type": "String"}}}


def parameters(case: GoldenCase) -> dict[str, str]:
    given = case.facts()
    if case.input.name == ENVIRONMENT:
        return environment_parameters(env_facts(given), read_environment(case.input), features_facts(given))
    match load_yaml(case.input.read_text())["template"]:
        case "roles":
            return roles_parameters(app_facts(given))
        case "bootstrap":
            return bootstrap_parameters(env_facts(given))
        case "cdn-certificate":
            return {"HostedZone": "Z0TEST"}
        case _:
            return {}


@pytest.fixture
def surroundings(cloud: Cloud, session: Session) -> Surroundings:
    """In a cloud that has nothing else, for cases give the same names."""
    cloud.forget()
    return Surroundings(session)


def artifacts(case: GoldenCase, surroundings: Surroundings) -> ArtifactBucket:
    """Where templates are that are too long to be sent along, and that of the nested stack if the case has one."""
    s3, found = surroundings.client("s3"), ArtifactBucket(surroundings.session, REGION, "artifacts-of-forum")
    s3.create_bucket(Bucket=found.name, CreateBucketConfiguration={"LocationConstraint": REGION})
    if "addons" in case.facts():
        key = case.facts()["addons"]["url"].partition(".amazonaws.com/")[2]
        s3.put_object(Bucket=found.name, Key=key, Body=json.dumps(ADDONS))
    return found


def deployed(case: GoldenCase, surroundings: Surroundings) -> Stack:
    tree, values = surroundings.in_its_names(case.tree()), surroundings.in_its_names(parameters(case))
    how = Deploying(surroundings.session, upload=artifacts(case, surroundings).put_template)
    outcome = deploy(to_order(case.name, tree, parameters=values), how)
    assert outcome.ended is Ended.DEPLOYED
    assert outcome.stack is not None
    return outcome.stack


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_a_template_deploys_with_the_parameters_that_are_worked_out_for_it(
    case: GoldenCase, surroundings: Surroundings
) -> None:
    assert parameters(case).keys() == part(case.template(), "Parameters", absent={}).keys()

    stack = deployed(case, surroundings)

    wanted = part(case.template(), "Outputs")
    always = {name for name, output in wanted.items() if "Condition" not in output}
    assert always <= stack.outputs.keys() <= wanted.keys()
    if "ALBWorkloads" in stack.parameters:
        assert ("PublicLoadBalancerDNSName" in stack.outputs) is (stack.parameters["ALBWorkloads"] != "")
        assert ("ManagedFileSystemID" in stack.outputs) is (stack.parameters["EFSWorkloads"] != "")


def test_features_come_and_go_by_parameters_alone(surroundings: Surroundings) -> None:
    facts, manifest = env_facts({}), EnvironmentManifest("test", {})

    def brought(features: Features) -> Stack:
        tree = to_tree(environment_template(facts, manifest, features))
        order = to_order("forum-test", tree, parameters={**environment_parameters(facts, manifest, features)})
        outcome = deploy(order, Deploying(surroundings.session))
        assert outcome.ended is Ended.DEPLOYED
        assert outcome.stack is not None
        return outcome.stack

    balanced = Features(public_balancer=frozenset({"api"}), nat=frozenset({"api"}))
    found = [brought(features).outputs for features in (Features(), balanced, Features())]

    conditional = {"HTTPListenerArn", "PrivateRouteTableIDs"}
    assert [conditional & outputs.keys() for outputs in found] == [set(), conditional, set()]
    assert {outputs["VpcId"] for outputs in found} == {found[0]["VpcId"]}
    assert surroundings.client("elbv2").describe_load_balancers()["LoadBalancers"] == []
