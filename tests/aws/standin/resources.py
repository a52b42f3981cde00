"""Resources of stacks, as moto makes them. Where moto falls short, the reason stands here.

- Zones outlive their stack, whatever is in them, and so do groups of records.
- Rules of a balancer keep their number and stay when they leave a template; target groups are made without targets.
- Types that moto does not know are records: they have a name and attributes, and nothing is behind them.
- Of types that it cannot change it keeps what it had; what would be replaced is made anew.
- Resources and outputs on a condition that is false are left out before moto sees them: it looks at their references.
  So are items of lists that a condition makes nothing of, which moto keeps as nulls.
"""

from __future__ import annotations

import copy
import json
import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from graphlib import TopologicalSorter
from typing import Any, cast

from moto.acm.models import acm_backends
from moto.cloudformation.models import Stack
from moto.cloudformation.parsing import (
    NULL_MODELS,
    ResourceMap,
    get_model_map,
    parse_and_update_resource,
    resource_class_from_type,
)
from moto.cloudfront.models import cloudfront_backends
from moto.core.common_models import CloudFormationModel
from moto.ecs.models import TaskDefinition
from moto.efs.models import AccessPoint
from moto.elbv2.models import ELBv2Backend, FakeListenerRule, FakeLoadBalancer, FakeTargetGroup, elbv2_backends
from moto.iam.models import Role
from moto.route53.models import FakeZone, RecordSetGroup, route53_backends

from tests.aws.standin.balancers import complete_balancers
from tests.aws.standin.containers import complete_containers

Tree = dict[str, Any]
NOTHING = {"Ref": "AWS::NoValue"}
NESTED = "AWS::CloudFormation::Stack"


class Record(CloudFormationModel):
    """Of a type that moto does not know."""

    kind = ""

    def __init__(self, name: str, account: str, region: str) -> None:
        self.name = name
        self.account = account
        self.region = region

    @property
    def physical_resource_id(self) -> str:
        return self.name

    @classmethod
    def has_cfn_attr(cls, attr: str) -> bool:
        return True

    def get_cfn_attribute(self, attribute: str) -> str:
        if not attribute.endswith("Arn"):
            return f"{self.name}.{attribute}"
        service = self.kind.split("::")[1].lower()
        return f"arn:aws:{service}:{self.region}:{self.account}:{self.name}"

    @classmethod
    def create_from_cloudformation_json(
        cls, resource_name: str, cloudformation_json: Tree, account_id: str, region_name: str, **kwargs: Any
    ) -> Record:
        return cls(resource_name, account_id, region_name)

    @classmethod
    def update_from_cloudformation_json(
        cls,
        original_resource: Any,
        new_resource_name: str,
        cloudformation_json: Tree,
        account_id: str,
        region_name: str,
    ) -> Any:
        return original_resource

    @classmethod
    def delete_from_cloudformation_json(
        cls, resource_name: str, cloudformation_json: Tree, account_id: str, region_name: str
    ) -> None:
        """There is nothing."""

    def delete(self, account_id: str, region_name: str) -> None:
        """There is nothing."""


class Certificate(Record):
    """One of moto's ACM, for its load balancers ask for it. It is never validated: there is nobody to ask names of."""

    kind = "AWS::CertificateManager::Certificate"

    @classmethod
    def create_from_cloudformation_json(
        cls, resource_name: str, cloudformation_json: Tree, account_id: str, region_name: str, **kwargs: Any
    ) -> Record:
        properties = cloudformation_json["Properties"]
        names = properties.get("SubjectAlternativeNames", [])
        made = acm_backends[account_id][region_name].request_certificate(properties["DomainName"], "", names, [])
        return cls(made, account_id, region_name)


class Distribution(Record):
    """As much of one as invalidations need."""

    kind = "AWS::CloudFront::Distribution"

    @classmethod
    def create_from_cloudformation_json(
        cls, resource_name: str, cloudformation_json: Tree, account_id: str, region_name: str, **kwargs: Any
    ) -> Record:
        config = {
            "CallerReference": f"{kwargs['StackId']}/{resource_name}",
            "Origins": {"Quantity": 1, "Items": [{"Id": "origin", "DomainName": "origin.example"}]},
            "DefaultCacheBehavior": {"TargetOriginId": "origin", "ViewerProtocolPolicy": "allow-all"},
            "Comment": "",
            "Enabled": True,
        }
        made, _, _ = cloudfront_backends[account_id]["aws"].create_distribution(config, [])
        return cls(made.distribution_id, account_id, region_name)


OF_OURS: dict[str, Any] = {one.kind: one for one in (Certificate, Distribution)}


def complete_moto() -> None:
    """What templates ask of moto's models, and they do not have: attributes, and a way to go."""
    readers: dict[Any, Callable[[Any, str], object]] = {
        FakeZone: zone_attribute,
        AccessPoint: point_attribute,
        FakeTargetGroup: group_attribute,
        Stack: stack_attribute,
    }
    for model, reader in readers.items():
        if not hasattr(model, "get_cfn_attribute"):
            model.get_cfn_attribute = reader
    Role.update_from_cloudformation_json = classmethod(update_role)  # type: ignore[assignment]
    if not hasattr(FakeZone, "delete"):
        FakeZone.delete = delete_zone  # type: ignore[attr-defined]
    if not hasattr(FakeListenerRule, "delete"):
        FakeListenerRule.delete = delete_rule  # type: ignore[attr-defined]
    if not hasattr(RecordSetGroup, "delete"):
        RecordSetGroup.delete = delete_records  # type: ignore[attr-defined]
        RecordSetGroup.update_from_cloudformation_json = classmethod(update_records)  # type: ignore[assignment]
    ELBv2Backend._validate_conditions = validate_conditions  # type: ignore[method-assign,assignment]
    FakeListenerRule.update_from_cloudformation_json = classmethod(update_rule)  # type: ignore[assignment]
    FakeTargetGroup.create_from_cloudformation_json = classmethod(with_targets(MAKE_GROUP))  # type: ignore[assignment]
    # It would leave these out, and warn that it does.
    NULL_MODELS.clear()
    complete_containers()
    complete_balancers()
    Stack.stack_parameters = property(parameters_as_given)  # type: ignore[assignment]
    Stack.parameter_list = property(shown_parameters)  # type: ignore[assignment]
    FakeLoadBalancer.get_cfn_attribute = balancer_attribute  # type: ignore[assignment]


#: Of a load balancer, for which moto knows some attributes.
attribute_of_moto: Any = FakeLoadBalancer.get_cfn_attribute


def balancer_attribute(balancer: FakeLoadBalancer, attribute: str) -> object:
    if attribute == "CanonicalHostedZoneID":
        return "Z32O12XQLNTSW2"
    if attribute == "LoadBalancerFullName":
        return balancer.arn.rpartition(":loadbalancer/")[2]
    return attribute_of_moto(balancer, attribute)


CHECKED = ELBv2Backend._validate_conditions


def validate_conditions(backend: ELBv2Backend, conditions: list[Tree]) -> None:
    """moto looks for values where there are regular expressions, which have the same limits here."""

    def plain(value: Any) -> Any:
        return (
            {**value, "Values": value["RegexValues"]} if isinstance(value, dict) and "RegexValues" in value else value
        )

    CHECKED(backend, [{name: plain(value) for name, value in one.items()} for one in conditions])


def parameters_as_given(stack: Stack) -> dict[str, Any]:
    """moto shows lists as it has read them."""
    found = stack.resource_map.resolved_parameters
    return {name: ",".join(value) if isinstance(value, list) else value for name, value in found.items()}


def shown_parameters(stack: Stack) -> list[dict[str, Any]]:
    hidden = stack.resource_map.no_echo_parameter_keys
    shown = {name: "****" if name in hidden else value for name, value in parameters_as_given(stack).items()}
    return [{"ParameterKey": name, "ParameterValue": value} for name, value in shown.items()]


def delete_rule(rule: FakeListenerRule, account_id: str, region_name: str) -> None:
    elbv2_backends[account_id][region_name].delete_rule(rule.arn)


def update_rule(
    kind: type,
    original_resource: Any,
    new_resource_name: str,
    cloudformation_json: Tree,
    account_id: str,
    region_name: str,
) -> FakeListenerRule:
    """moto leaves its number as it was."""
    backend, properties = elbv2_backends[account_id][region_name], cloudformation_json["Properties"]
    arn, number = original_resource.arn, int(properties["Priority"])
    if int(original_resource.priority) != number:
        backend.set_rule_priorities([{"RuleArn": arn, "Priority": number}])
    actions = backend.convert_and_validate_action_properties(properties)
    changed: Any = backend.modify_rule(arn, properties["Conditions"], actions)
    return cast("FakeListenerRule", changed)


def update_role(
    kind: type,
    original_resource: Role,
    new_resource_name: str,
    cloudformation_json: Tree,
    account_id: str,
    region_name: str,
) -> Role:
    """moto leaves its policies as they were. Those of other templates stay here, too."""
    for policy in cloudformation_json["Properties"].get("Policies", []):
        original_resource.put_policy(policy["PolicyName"], policy["PolicyDocument"])
    return original_resource


MAKE_GROUP = FakeTargetGroup.create_from_cloudformation_json.__func__  # type: ignore[attr-defined]


def with_targets(make_group: Any) -> Any:
    """moto makes it without any."""

    def made(kind: type, name: str, declared: Tree, account_id: str, region_name: str, **others: Any) -> Any:
        group = make_group(kind, name, declared, account_id, region_name, **others)
        targets = declared["Properties"].get("Targets") or []
        group.register([{**one, "Port": int(one["Port"])} for one in targets])
        return group

    return made


def zone_attribute(zone: FakeZone, attribute: str) -> object:
    servers = zone.delegation_set.name_servers if zone.delegation_set else ["ns-1.example.com"]
    return {"NameServers": servers, "Id": zone.resource_id}[attribute]


def delete_zone(zone: FakeZone, account: str, region: str) -> None:
    """Refused while it has records beside its own two."""
    del region
    route53_backends[account]["aws"].delete_hosted_zone(zone.id)


def delete_records(group: RecordSetGroup, account: str, region: str) -> None:
    """moto leaves those of a group."""
    del region
    zone = route53_backends[account]["aws"].get_hosted_zone(group.hosted_zone_id)
    for record in cast("list[Tree]", group.record_sets):
        zone.delete_rrset({"Name": record["Name"], "Type": record["Type"]})


def update_records(
    kind: type[RecordSetGroup],
    original_resource: RecordSetGroup,
    new_resource_name: str,
    cloudformation_json: Tree,
    account_id: str,
    region_name: str,
) -> RecordSetGroup:
    delete_records(original_resource, account_id, region_name)
    return kind.create_from_cloudformation_json(new_resource_name, cloudformation_json, account_id, region_name)


def point_attribute(point: AccessPoint, attribute: str) -> object:
    return {"Arn": point.access_point_arn, "AccessPointId": point.access_point_id}[attribute]


def group_attribute(group: FakeTargetGroup, attribute: str) -> object:
    return {"TargetGroupFullName": group.arn.rpartition(":")[2]}[attribute]


def stack_attribute(stack: Stack, attribute: str) -> object:
    return {f"Outputs.{one['OutputKey']}": one["OutputValue"] for one in stack.outputs or ()}[attribute]


def make_known(template: Tree) -> None:
    """All types that occur in it."""
    known = get_model_map()
    for resource in template.get("Resources", {}).values():
        kind = resource["Type"]
        if kind not in known and not kind.startswith("Custom::"):
            known[kind] = OF_OURS.get(kind) or type(f"Record{len(known)}", (Record,), {"kind": kind})


def present(template: Tree, parameters: Mapping[str, str], account: str, region: str) -> Tree:
    """What of a template there is by these parameters."""
    make_known(template)
    bare = {**template, "Resources": {}, "Outputs": {}}
    conditions = ResourceMap("", "", dict(parameters), {}, region, account, bare, {})
    conditions.load()
    found = copy.deepcopy(template)
    for section in ("Resources", "Outputs"):
        for name, one in list(found.get(section, {}).items()):
            if "Condition" in one and not conditions.lazy_condition_map[one["Condition"]]:
                del found[section][name]
    return {**found, "Resources": chosen(found["Resources"], conditions.lazy_condition_map)}


def chosen(value: Any, conditions: Mapping[str, bool]) -> Any:
    """The branches that conditions choose; what is nothing is left out."""
    if isinstance(value, dict):
        if value.keys() == {"Fn::If"}:
            condition, then, otherwise = value["Fn::If"]
            return chosen(then if conditions[condition] else otherwise, conditions)
        items = {key: chosen(one, conditions) for key, one in value.items()}
        return {key: one for key, one in items.items() if one != NOTHING}
    if isinstance(value, list):
        return [one for one in (chosen(one, conditions) for one in value) if one != NOTHING]
    return value


def make(stack: Stack, template: Tree) -> None:
    stack.template_dict = template
    stack.resource_map = stack._create_resource_map()
    with_warnings_off(lambda: stack.resource_map.create(template))
    stack.output_map = stack._create_output_map()


def leaving_by(actions: Mapping[str, str], resources: ResourceMap, old: Tree) -> dict[str, Any]:
    """moto does not ask what is to become of what is removed: what is retained is only forgotten."""
    gone = {name: resources._parsed_resources.get(name) for name, one in actions.items() if one == "Remove"}
    kept = [name for name in gone if old[name].get("DeletionPolicy") == "Retain"]
    for name in kept:
        resources._parsed_resources.pop(name, None)
    return {name: one for name, one in gone.items() if name not in kept}


def users_first(leaving: Mapping[str, Any], old: Tree) -> list[str]:
    """As they can go: each before what it refers to."""
    text = {name: json.dumps(old[name]) for name in leaving}
    uses = {name: {other for other in leaving if other != name and f'"{other}"' in text[name]} for name in leaving}
    return list(reversed(list(TopologicalSorter(uses).static_order())))


def change(stack: Stack, template: Tree, parameters: dict[str, str], actions: Mapping[str, str]) -> None:
    """``actions`` are Add, Modify, Replace or Remove by logical id."""
    resources, old = stack.resource_map, stack.template_dict.get("Resources", {})
    leaving = leaving_by(actions, resources, old)
    stack.template_dict = resources._template = template
    resources.input_parameters = parameters
    resources.resolved_parameters = {}
    resources.load_mapping()
    resources.load_parameters()
    resources.load_conditions()
    resources._resource_json_map = template["Resources"]
    for name, action in actions.items():
        if action == "Replace" and not can_change(template["Resources"][name]["Type"]):
            leaving[name] = resources._parsed_resources.pop(name, None)
    for name in (
        name for name, action in actions.items() if action == "Add" or name not in resources._parsed_resources
    ):
        if name in template["Resources"]:
            _ = resources[name]
    for name, action in changing(actions, old, template).items():
        if action in ("Modify", "Replace") and can_change(template["Resources"][name]["Type"]):
            changed = parse_and_update_resource(
                name, template["Resources"][name], resources, resources._account_id, resources._region_name
            )
            resources._parsed_resources[name] = changed or resources._parsed_resources[name]
    for name in users_first(leaving, old):
        resource = leaving[name]
        if resource is not None:
            resources._delete_resource(resource, old[name])
            if actions[name] == "Remove":
                resources._parsed_resources.pop(name, None)
    stack.output_map = stack._create_output_map()


def changing(actions: Mapping[str, str], old: Tree, template: Tree) -> Mapping[str, str]:
    """Without stacks in the stack that have another description alone: moto would make their resources anew."""

    def is_same(name: str) -> bool:
        before, after = old.get(name, {}), template["Resources"].get(name, {})
        return after.get("Type") == NESTED and bool(before.get("Properties") == after.get("Properties"))

    return {name: action for name, action in actions.items() if not is_same(name)}


@dataclass(frozen=True)
class Snapshot:
    """What a stack was before a change."""

    template: Tree
    parameters: dict[str, str]
    made: dict[str, Any]
    declared: Any


def snapshot(stack: Stack) -> Snapshot:
    made = dict(stack.resource_map._parsed_resources) if stack.template_dict else {}
    return Snapshot(stack.template_dict, dict(stack.parameters), made, getattr(stack, "declared", None))


def take_back(stack: Stack, before: Snapshot, actions: Mapping[str, str]) -> None:
    """What was changed, as CloudFormation does it: what was made anew for a change is forgotten."""
    if not before.template:
        stack.resource_map.delete()
        return
    resources = stack.resource_map
    changed = {name for name, one in actions.items() if one in ("Modify", "Replace")}
    kept = {name for name in changed if isinstance(before.made[name], TaskDefinition)}
    resources._parsed_resources.update({name: before.made[name] for name in kept})
    inverse = {"Add": "Remove", "Remove": "Add"}
    back = {name: inverse.get(one, one) for name, one in actions.items() if name not in kept}
    change(stack, before.template, before.parameters, back)
    stack.parameters, stack.declared = before.parameters, before.declared  # type: ignore[attr-defined]


def can_change(kind: str) -> bool:
    if kind in NULL_MODELS:
        return False
    known = resource_class_from_type(kind)
    return not hasattr(known.update_from_cloudformation_json, "__isabstractmethod__")


def with_warnings_off(do: Any) -> None:
    """moto warns of what it leaves out, which is known here."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        do()
