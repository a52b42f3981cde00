"""All parts of an environment's template, and the values of its parameters. Pure."""

from __future__ import annotations

from collections.abc import Mapping

from stranglerfig.aws.synth import names
from stranglerfig.aws.synth.environment.aliases import aliases_fragment
from stranglerfig.aws.synth.environment.app_runner import app_runner_fragment
from stranglerfig.aws.synth.environment.balancers import internal_fragment, public_fragment
from stranglerfig.aws.synth.environment.cdn import cdn_fragment
from stranglerfig.aws.synth.environment.cluster import cluster_fragment
from stranglerfig.aws.synth.environment.domain import domain_fragment
from stranglerfig.aws.synth.environment.features import Features, written
from stranglerfig.aws.synth.environment.groups import groups_fragment
from stranglerfig.aws.synth.environment.limits import check_environment
from stranglerfig.aws.synth.environment.logs import logs_fragment
from stranglerfig.aws.synth.environment.network import network_fragment
from stranglerfig.aws.synth.environment.roles import EXECUTION, roles_fragment
from stranglerfig.aws.synth.environment.storage import storage_fragment
from stranglerfig.aws.synth.environment.values import Plan, conditions_of, plan_of
from stranglerfig.aws.synth.facts import Addons, EnvFacts
from stranglerfig.aws.synth.template import Fragment, Output, Parameter, Ref, Resource, Sub, Template, Value, assemble
from stranglerfig.errors import UsageError
from stranglerfig.manifest.model import EnvironmentManifest

DESCRIPTION = "CloudFormation environment template for infrastructure shared among Copilot workloads."
#: whether there are listeners for HTTPS
TLS, INTERNAL_TLS = "CreateHTTPSListener", "CreateInternalHTTPSListener"
_TRUTHS = ("true", "false")


def environment_template(
    env: EnvFacts,
    manifest: EnvironmentManifest,
    features: Features,
    text: str = "",
    addons: Addons | None = None,
    forced: str = "",
) -> Template:
    """``text`` is the manifest's, interpolated. ``forced`` is another one where the stack is to be updated although
    nothing has changed."""
    check_environment(env.name, env.region, manifest.body)
    plan = plan_of(env, manifest.body, features)
    body = assemble(
        _parameters(plan),
        roles_fragment(plan),
        network_fragment(plan),
        cluster_fragment(plan),
        groups_fragment(plan),
        public_fragment(plan),
        internal_fragment(plan),
        domain_fragment(plan),
        cdn_fragment(plan),
        aliases_fragment(plan),
        storage_fragment(plan),
        logs_fragment(plan),
        app_runner_fragment(plan),
        _addons(addons),
        _changes(forced),
    )
    return Template(DESCRIPTION, body, metadata={"Version": names.TEMPLATE_VERSION, "Manifest": text})


def environment_parameters(
    env: EnvFacts, manifest: EnvironmentManifest, features: Features, known: Mapping[str, str] | None = None
) -> dict[str, str]:
    """Of the template of the same. ``known`` are those of the stack as it is. Raises ``UsageError`` where it would lose
    what workloads stand on."""
    plan, known = plan_of(env, manifest.body, features), known or {}
    _refuse_to_lose_tls(plan, known)
    namespace = known.get("ServiceDiscoveryEndpoint")
    values = {
        **bootstrap_parameters(env),
        **written(features),
        "AppDNSName": env.app.domain or "",
        TLS: _truth(plan.has_https),
        INTERNAL_TLS: _truth(plan.has_internal_https),
        "ServiceDiscoveryEndpoint": namespace or env.discovery_domain,
    }
    return {name: values[name] for name in _parameters(plan).parameters}


def _refuse_to_lose_tls(plan: Plan, known: Mapping[str, str]) -> None:
    """Their stacks import the listener, and CloudFormation takes away nothing that is imported."""
    for parameter, there_is, users, kind in (
        (TLS, plan.has_https, plan.features.public_balancer, "public"),
        (INTERNAL_TLS, plan.has_internal_https, plan.features.internal_balancer, "private"),
    ):
        if known.get(parameter) == "true" and not there_is and users:
            raise UsageError(
                f"environment {plan.env.name} cannot lose HTTPS: {', '.join(sorted(users))}"
                f" {'are' if len(users) > 1 else 'is'} reached by it",
                hint=f"Leave a certificate in `http.{kind}.certificates`, or take them away first:"
                f" `fig svc delete --name {min(users)} --env {plan.env.name}`.",
            )


def bootstrap_template(env: EnvFacts) -> Template:
    """What an environment begins with: the two roles that the rest is made by."""
    plan = plan_of(env, {}, Features())
    parameters = Fragment(parameters={name: Parameter() for name in bootstrap_parameters(env)})
    body = assemble(parameters, roles_fragment(plan))
    return Template(DESCRIPTION, body, metadata={"Version": names.TEMPLATE_VERSION})


def bootstrap_parameters(env: EnvFacts) -> dict[str, str]:
    root = f"arn:{env.partition}:iam::{env.app.account}"
    found = {"AppName": env.app.name, "EnvironmentName": env.name, "ToolsAccountPrincipalARN": f"{root}:root"}
    if env.app.domain and not env.is_at_home:
        found["AppDNSDelegationRole"] = f"{root}:role/{names.delegation_role(env.app.name)}"
    return found


def _parameters(plan: Plan) -> Fragment:
    """Copilot's, as far as something in the template needs them."""
    wanted = [*bootstrap_parameters(plan.env), *written(plan.features), "ServiceDiscoveryEndpoint"]
    if plan.env.has_own_zone:
        wanted.append("AppDNSName")
    found = {name: Parameter() for name in wanted}
    if plan.has_https:
        found[TLS] = Parameter(allowed=_TRUTHS)
    if plan.has_internal_https:
        found[INTERNAL_TLS] = Parameter(allowed=_TRUTHS)
    return Fragment(parameters=found, conditions=conditions_of(plan))


def _truth(value: bool) -> str:
    return "true" if value else "false"


def _addons(addons: Addons | None) -> Fragment:
    if addons is None:
        return Fragment()
    properties: dict[str, Value] = {
        "Parameters": {"App": Ref("AppName"), "Env": Ref("EnvironmentName"), **addons.parameters},
        "TemplateURL": addons.url,
    }
    stack = Resource(
        "AWS::CloudFormation::Stack",
        properties,
        description="A CloudFormation nested stack for your additional AWS resources",
        # It is made by the rights that this very update may give.
        depends_on=(EXECUTION,),
    )
    return Fragment(resources={"AddonsStack": stack})


def _changes(forced: str) -> Fragment:
    """Without these outputs, CloudFormation would see no change where only a parameter has changed."""
    lists = ",".join(f"${{{name}}}" for name in written(Features()))
    return Fragment(
        outputs={
            "EnabledFeatures": Output(
                Sub(lists),
                description="Required output to force the stack to update if mutating feature params, "
                "like ALBWorkloads, does not change the template.",
            ),
            "LastForceDeployID": Output(
                forced,
                description="Optionally force the template to update when no immediate resource change is present.",
            ),
        }
    )
