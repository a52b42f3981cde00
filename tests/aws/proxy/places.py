"""An environment on the cloud of this machine, with services and a proxy before them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from textwrap import dedent
from typing import Any

from moto.elbv2.models import elbv2_backends

from stranglerfig.aws.priorities import numbered
from stranglerfig.aws.proxies.deploying import ProxyPlan, carry_out, plan_deploy
from stranglerfig.aws.proxies.place import Place
from stranglerfig.aws.session import Session
from stranglerfig.aws.stacks.deploy import Deploying, deploy
from stranglerfig.aws.stacks.stacks import Stacks
from stranglerfig.aws.stacks.values import Ended, Outcome, to_order
from stranglerfig.aws.synth import names
from stranglerfig.aws.synth.balancing import http_fragment
from stranglerfig.aws.synth.environment import Features, environment_parameters, environment_template
from stranglerfig.aws.synth.facts import EnvFacts
from stranglerfig.aws.synth.template import Fragment, Parameter, Template, assemble, to_tree
from stranglerfig.core.declared.declaration import ProxyDeclaration
from stranglerfig.manifest.build_model import build_model
from stranglerfig.manifest.kinds import KINDS
from stranglerfig.manifest.load import Request, load_manifest
from stranglerfig.manifest.model import ProxyManifest
from stranglerfig.workspace.compile.proxy import compile_proxy
from tests.aws.goldens import APP, CASES, ENV, env_facts, read_environment
from tests.aws.releases import a_release
from tests.aws.standin.balancers import TargetHealth
from tests.aws.standin.cloud import ACCOUNT, REGION

SERVICES = ("monolith", "users", "posts")
PATHS = {"monolith": "/", "users": "/users", "posts": "/own/posts"}
SERVICE = """
name: {name}
type: Load Balanced Web Service
image:
  location: example.com/{name}
  port: 8080
http:
  path: {path}
"""
NAME = "shop"


def begin_place(session: Session) -> Place:
    """The environment is deployed, with its public balancer."""
    facts = env_facts({"env": {"bucket": "", "key": ""}})
    written = CASES / "env-minimal" / "environment.yml"
    manifest = read_environment(written)
    features = Features(public_balancer=frozenset(SERVICES))
    tree = to_tree(environment_template(facts, manifest, features, written.read_text()))
    order = to_order(names.env_stack(APP, ENV), tree, parameters=environment_parameters(facts, manifest, features))
    assert deploy(order, Deploying(session)).ended is Ended.DEPLOYED
    return place_of(session, facts)


def place_of(session: Session, facts: EnvFacts | None = None) -> Place:
    facts = facts or env_facts({"env": {"bucket": "", "key": ""}})
    tags = {names.APP_TAG: APP, names.ENV_TAG: ENV}
    return Place(facts, session, Deploying(session, facts.region), tags=tags)


def bring_service(place: Place, name: str) -> str:
    """What stands before it; no proxy asks for its tasks. The ARN of its target group."""
    release = a_release(SERVICE.format(name=name, path=PATHS[name]), env={"bucket": "", "key": "arn:aws:kms:::key/1"})
    release = numbered(place.session, release, {"HTTP": place.outputs["HTTPListenerArn"]})
    stack = names.workload_stack(APP, ENV, name)
    given = {"AppName": APP, "EnvName": ENV}
    before = assemble(http_fragment(release), Fragment(parameters={one: Parameter() for one in given}))
    order = to_order(stack, to_tree(Template("A service.", before)), parameters={**given})
    assert deploy(order, place.how).ended is Ended.DEPLOYED
    resources = {one.logical: one.physical for one in Stacks(place.session).resources(stack)}
    return resources["TargetGroup"]


def register(place: Place, group: str, *targets: str) -> None:
    """They are healthy there: moto looks at none."""
    elb = place.session.client("elbv2")
    elb.register_targets(TargetGroupArn=group, Targets=[{"Id": one, "Port": 8080} for one in targets])


def deregister(place: Place, group: str, *targets: str, port: int = 8080) -> None:
    elb = place.session.client("elbv2")
    elb.deregister_targets(TargetGroupArn=group, Targets=[{"Id": one, "Port": port} for one in targets])


@contextmanager
def health(group: str, **states: int) -> Iterator[None]:
    """As many targets of each state, for a while."""
    found: Any = elbv2_backends[ACCOUNT][REGION].target_groups[group]
    told = [state for state, count in states.items() for _ in range(count)]
    found.seen = tuple(TargetHealth(f"10.0.9.{at}", 8080, state, "Said") for at, state in enumerate(told))
    try:
        yield
    finally:
        found.seen = None


def read_declaration(text: str) -> ProxyDeclaration:
    manifest = build_model(load_manifest(dedent(text).encode(), Request("proxy.yml", KINDS, app=APP, env=ENV)))
    assert isinstance(manifest, ProxyManifest)
    return compile_proxy(manifest, APP, ENV, set(SERVICES))


def planned(place: Place, text: str, *, force: bool = False) -> ProxyPlan:
    return plan_deploy(place, NAME, read_declaration(text), dedent(text), force=force)


def deployed(place: Place, text: str) -> Outcome:
    return carry_out(place, planned(place, text))[1]


def rules_of(place: Place) -> list[Mapping[str, Any]]:
    """Of the listener, the default one aside, in the order in which they are tried."""
    found = place.session.client("elbv2").describe_rules(ListenerArn=place.outputs["HTTPListenerArn"])["Rules"]
    return sorted((one for one in found if not one["IsDefault"]), key=lambda one: int(one["Priority"]))


def paths_of(rule: Mapping[str, Any]) -> list[str]:
    return [value for one in rule["Conditions"] for value in one.get("PathPatternConfig", {}).get("Values", [])]


def weights_of(rule: Mapping[str, Any]) -> list[int]:
    return [one["Weight"] for one in rule["Actions"][0]["ForwardConfig"]["TargetGroups"]]
