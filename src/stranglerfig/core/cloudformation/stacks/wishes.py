"""What a request wants a stack to be (pure)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

from stranglerfig.core.cloudformation.stacks.capabilities import require_capability
from stranglerfig.core.cloudformation.stacks.faults import invalid
from stranglerfig.core.cloudformation.stacks.records import Definition, Tags
from stranglerfig.core.cloudformation.stacks.states import OnFailure
from stranglerfig.core.cloudformation.templates.parameters import to_values
from stranglerfig.core.cloudformation.templates.template import Template, read_template

Parameters = Mapping[str, Any]

MOST_TAGS = 50


@dataclass(frozen=True, slots=True)
class Wish:
    definition: Definition
    template: Template


def to_wish(parameters: Parameters, tree: object, former: Definition | None = None) -> Wish:
    """``tree`` is the template that was sent with ``parameters``, None if none was. ``former`` is what the stack is
    now, which what is left out is taken from. Raises a ``Fault``.
    """
    refuse_elsewhere(parameters)
    text, found = _to_template(parameters, tree, former)
    template = read_template(found)
    require_capability(template, parameters.get("Capabilities") or ())
    _check_types(template, parameters.get("ResourceTypes"))
    known = former or Definition("", {})
    tags, arns = parameters.get("Tags"), parameters.get("NotificationARNs")
    definition = Definition(
        template_text=text,
        tree=found,
        values=_to_values(template, parameters.get("Parameters") or (), known.values),
        tags=known.tags if tags is None else _to_tags(tags),
        capabilities=tuple(parameters.get("Capabilities") or ()),
        notification_arns=known.notification_arns if arns is None else tuple(arns),
        role_arn=parameters.get("RoleARN") or known.role_arn,
    )
    return Wish(definition, template)


def to_on_failure(parameters: Parameters) -> OnFailure:
    """Of CreateStack, which says it in two ways, and of the operations that know the first of them."""
    deployment = parameters.get("DeploymentConfig") or {}
    is_kept, named = parameters.get("DisableRollback"), parameters.get("OnFailure")
    if is_kept is not None and named is not None:
        raise invalid("Only one of DisableRollback and OnFailure can be specified.")
    if is_kept or (is_kept is None and deployment.get("DisableRollback")):
        return OnFailure.DO_NOTHING
    return OnFailure(named or "ROLLBACK")


def refuse_elsewhere(parameters: Parameters) -> None:
    """What would have to be fetched from, or watched by, services that are not here."""
    for name in ("TemplateURL", "StackPolicyURL", "StackPolicyDuringUpdateURL"):
        if parameters.get(name):
            instead = name.replace("URL", "Body")
            raise invalid(f"{name} cannot be read, for there is no S3 on this machine: send the text as {instead}.")
    rollback = parameters.get("RollbackConfiguration") or {}
    if rollback.get("RollbackTriggers"):
        raise invalid("RollbackTriggers cannot be watched, for there is no CloudWatch on this machine.")


def _to_template(parameters: Parameters, tree: object, former: Definition | None) -> tuple[str, dict[str, Any]]:
    is_former = bool(parameters.get("UsePreviousTemplate"))
    if is_former and tree is not None:
        raise invalid("You cannot specify both usePreviousTemplate and Template Body/Template URL.")
    if is_former and former is not None:
        return former.template_text, former.tree
    if tree is None:
        raise invalid("Either Template URL or Template Body must be specified.")
    return parameters["TemplateBody"], cast(dict[str, Any], tree)


def _to_values(template: Template, given: Sequence[Parameters], former: Mapping[str, str]) -> dict[str, str]:
    counts = Counter(one.get("ParameterKey") for one in given)
    twice = [str(key) for key, count in counts.items() if count > 1]
    if twice:
        raise invalid(f"Duplicate input for parameter key {', '.join(twice)}.")
    for one in given:
        _check_input(one, former)
    unknown = [one["ParameterKey"] for one in given if one["ParameterKey"] not in template.parameters]
    if unknown:
        raise invalid(f"Parameters: [{', '.join(unknown)}] do not exist in the template")
    values = {one["ParameterKey"]: one["ParameterValue"] for one in given if not one.get("UsePreviousValue")}
    kept = {one["ParameterKey"] for one in given if one.get("UsePreviousValue")}
    return to_values(template, values, {key: former[key] for key in kept})


def _check_input(one: Parameters, former: Mapping[str, str]) -> None:
    key, is_given, is_kept = one.get("ParameterKey"), one.get("ParameterValue") is not None, one.get("UsePreviousValue")
    if not key:
        raise invalid("A parameter has to have a ParameterKey.")
    where = f"Invalid input for parameter key {key}."
    if bool(is_kept) is is_given:
        raise invalid(f"{where} Either a value or usePreviousValue as true has to be specified, and not both.")
    if is_kept and key not in former:
        raise invalid(
            f"{where} Cannot specify usePreviousValue as true for a parameter key not in the previous template"
        )


def _check_types(template: Template, allowed: Sequence[str] | None) -> None:
    if not allowed:
        return
    for resource in template.resources.values():
        if not any(_is_meant(pattern, resource.type) for pattern in allowed):
            raise invalid(f"Resource type {resource.type} is not allowed by parameter ResourceTypes {list(allowed)}")


def _is_meant(pattern: str, type_: str) -> bool:
    return type_.startswith(pattern[:-1]) if pattern.endswith("*") else type_ == pattern


def _to_tags(given: Sequence[Mapping[str, str]]) -> Tags:
    tags = {one["Key"]: one["Value"] for one in given}
    if len(tags) < len(given):
        raise invalid("Duplicate tag keys found. Please specify unique tag keys.")
    if any(key.lower().startswith("aws:") for key in tags):
        raise invalid("aws: prefixed tag key names are not allowed for external use.")
    return tuple(sorted(tags.items()))
