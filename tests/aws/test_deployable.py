"""What is wanted of workloads and proxies deploys, by our own code, to moto's CloudFormation, and goes again.

moto's own services make what is in the templates, and refuse what AWS refuses of it.
"""

from __future__ import annotations

import json
import re
from dataclasses import replace

import pytest

from stranglerfig.aws.session import Access, open_session
from stranglerfig.aws.stacks.delete import delete
from stranglerfig.aws.stacks.deploy import Deploying, deploy
from stranglerfig.aws.stacks.values import Ended, Stack, StackOrder, to_order
from stranglerfig.aws.synth.environment import Features, environment_parameters, environment_template
from stranglerfig.aws.synth.names import env_stack, workload_stack
from stranglerfig.aws.synth.proxy import proxy_parameters
from stranglerfig.aws.synth.template import to_tree
from stranglerfig.aws.synth.workload import parameter_values
from stranglerfig.errors import DeployFailed
from stranglerfig.manifest.build_model import build_environment
from stranglerfig.manifest.kinds import KINDS
from stranglerfig.manifest.load import Request, load_manifest
from tests.aws.goldens import (
    APP,
    ENV,
    MANIFEST,
    PROXY,
    GoldenCase,
    all_goldens,
    env_facts,
    forum_cases,
    proxy_release,
    release_of,
)
from tests.aws.standin.cloud import REGION, Cloud
from tests.aws.surroundings import VPC, Surroundings
from tests.aws.trees import part

PROXIES = tuple(case for case in all_goldens() if case.input.name == PROXY)
WORKLOADS = (*(case for case in all_goldens() if case.input.name == MANIFEST), *forum_cases())
#: Where moto falls short: what it says, and why.
_FIFO = "must end in .fifo", "it names a queue in order without the ending that CloudFormation gives"
NOT_HERE: dict[str, tuple[str, str]] = {
    **dict.fromkeys(("worker-with-everything", "worker-in-order"), _FIFO),
}
#: The same environment twice: below the application's domain, and with certificates of the user's own.
BELOW_DOMAIN = "name: test\ntype: Environment\n"
CERTIFIED = "arn:aws:acm:eu-west-1:111122223333:certificate/11111111-aaaa-bbbb-cccc-000000000001"
OF_ITS_OWN = (
    f"{BELOW_DOMAIN}http: {{public: {{certificates: ['{CERTIFIED}']}}, private: {{certificates: ['{CERTIFIED}']}}}}\n"
)
DOMAIN = {"domain": "example.com", "hosted_zone": "Z0HOSTEDZONE", "own_zone": "Z0APPZONE"}
OTHER_APP = "certified"
BUCKET = "artifacts-of-forum"
EVERYBODY = frozenset({"everybody"})
NAME_OF_EXPORT = re.compile(r'"Fn::ImportValue": "([^"]+)"')


@pytest.fixture(scope="module")
def surroundings(cloud: Cloud) -> Surroundings:
    """Two environments that have all that any workload asks for, and stacks of the user's own."""
    found = Surroundings(open_session(Access()))
    make_environment(found, {"app": DOMAIN}, BELOW_DOMAIN)
    make_environment(found, {"app": {"name": OTHER_APP}}, OF_ITS_OWN)
    texts = [json.dumps(case.tree()) for case in WORKLOADS]
    found.export(*dict.fromkeys(name for text in texts for name in NAME_OF_EXPORT.findall(text)))
    found.client("s3").create_bucket(Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": REGION})
    return found


@pytest.mark.parametrize("case", WORKLOADS, ids=lambda case: case.name)
def test_a_workload_deploys_with_its_parameters_and_goes_again(case: GoldenCase, surroundings: Surroundings) -> None:
    how, order = Deploying(surroundings.session), order_of(case, surroundings)

    if case.name in NOT_HERE:
        said, _ = NOT_HERE[case.name]
        with pytest.raises(DeployFailed, match=said):
            deploy(order, how)
        assert remove(order.name, how)
        return
    assert deploy(order, how).ended is Ended.DEPLOYED
    assert remove(order.name, how).outputs.keys() >= part(case.template(), "Outputs", absent={}).keys()
    assert how.stacks.find(order.name) is None


@pytest.mark.parametrize("case", PROXIES, ids=lambda case: case.name)
def test_a_proxy_deploys_before_services_and_goes_again(case: GoldenCase, surroundings: Surroundings) -> None:
    how, release = Deploying(surroundings.session), proxy_release(case)
    groups = {service: target_group(surroundings, service.rpartition(".")[2]) for service in release.groups}
    values = proxy_parameters(replace(release, groups=groups))
    order = to_order(workload_stack(APP, ENV, release.name), surroundings.in_its_names(case.tree()), parameters=values)

    assert deploy(order, how).ended is Ended.DEPLOYED
    rules = [one for one in how.stacks.resources(order.name) if one.type.endswith("ListenerRule")]
    assert {one.logical for one in rules} == {one for one in part(case.template(), "Resources") if "Rule" in one}
    remove(order.name, how)
    assert how.stacks.find(order.name) is None


def target_group(surroundings: Surroundings, name: str) -> str:
    """Of a service that is there. Asked for again it is the same."""
    how = {"Protocol": "HTTP", "Port": 80, "TargetType": "ip", "VpcId": surroundings.in_its_names(VPC)}
    elb = surroundings.client("elbv2")
    present = {one["TargetGroupName"]: one for one in elb.describe_target_groups()["TargetGroups"]}
    found = present.get(name) or elb.create_target_group(Name=name, **how)["TargetGroups"][0]
    return str(found["TargetGroupArn"])


def order_of(case: GoldenCase, surroundings: Surroundings) -> StackOrder:
    release = release_of(case)
    app = OTHER_APP if release.env.public_certificates or release.env.private_certificates else APP
    if release.addons:
        upload_addons(surroundings, release.addons.url)
    return to_order(
        workload_stack(app, ENV, release.manifest.name),
        surroundings.in_its_names(case.tree()),
        parameters={**parameter_values(release), "AppName": app},
    )


def remove(name: str, how: Deploying) -> Stack:
    """The stack as it was before."""
    stack = how.stacks.find(name)
    assert stack is not None
    delete(how.stacks, stack, role=None, telling=how.telling, patience=how.patience())
    return stack


def make_environment(surroundings: Surroundings, given: dict[str, dict[str, str]], text: str) -> None:
    facts = env_facts(given)
    manifest = build_environment(load_manifest(text.encode(), Request("environment.yml", KINDS, env=ENV)))
    features = Features(EVERYBODY, EVERYBODY, EVERYBODY, EVERYBODY)
    tree = surroundings.in_its_names(to_tree(environment_template(facts, manifest, features, text)))
    values = environment_parameters(facts, manifest, features)
    order = to_order(env_stack(facts.app.name, ENV), tree, parameters=values)
    assert deploy(order, Deploying(surroundings.session)).ended is Ended.DEPLOYED


def upload_addons(surroundings: Surroundings, url: str) -> None:
    """What the nested stack is made of is for the user to say; here it has the outputs that cases ask for."""
    names = (
        "threadsTableName",
        "threadsTableAccessPolicy",
        "threadsDBSecret",
        "clusterSecurityGroup",
        "queueURL",
        "topicArn",
    )
    parameters = {name: {"Type": "String", "Default": ""} for name in ("App", "Env", "Name", "ServiceName", "Keep")}
    outputs = {name: {"Value": name} for name in (*names, "queueURL", "topicArn")}
    tree = {"Parameters": parameters, "Resources": {"Queue": {"Type": "AWS::SQS::Queue"}}, "Outputs": outputs}
    key = url.partition(".amazonaws.com/")[2]
    surroundings.client("s3").put_object(Bucket=BUCKET, Key=key, Body=json.dumps(tree))
