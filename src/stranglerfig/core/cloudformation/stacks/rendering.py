"""Stacks as the API shows them: dictionaries with the model's member names (pure). None is left out on the way."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from stranglerfig.core.cloudformation.stacks.changes import Change, Detail
from stranglerfig.core.cloudformation.stacks.records import (
    ChangeSet,
    Definition,
    Stack,
    StackEvent,
    StackOutput,
    StackResource,
    Tags,
)
from stranglerfig.core.cloudformation.stacks.states import OnFailure

Answer = dict[str, Any]

#: What is shown of a parameter that its template marks with NoEcho.
MASK = "****"


def show_stack(stack: Stack) -> Answer:
    definition, operation = stack.definition, stack.operation
    return {
        "StackId": stack.id,
        "StackName": stack.name,
        "ChangeSetId": stack.change_set_id,
        "Description": stack.description or None,
        "Parameters": show_parameters(definition),
        "CreationTime": stack.created_at,
        "LastUpdatedTime": stack.updated_at,
        "DeletionTime": stack.deleted_at,
        "RollbackConfiguration": {},
        "StackStatus": stack.status.value,
        "StackStatusReason": stack.reason,
        "TimeoutInMinutes": stack.timeout_minutes,
        "DisableRollback": operation is not None and operation.on_failure is OnFailure.DO_NOTHING,
        "NotificationARNs": list(definition.notification_arns),
        "Capabilities": list(definition.capabilities) or None,
        "Outputs": [_output(one) for one in stack.outputs] or None,
        "RoleARN": definition.role_arn,
        "Tags": show_tags(definition.tags),
        "EnableTerminationProtection": stack.termination_protection,
        "DriftInformation": {"StackDriftStatus": "NOT_CHECKED"},
    }


def show_stack_summary(stack: Stack) -> Answer:
    return {
        "StackId": stack.id,
        "StackName": stack.name,
        "TemplateDescription": stack.description or None,
        "CreationTime": stack.created_at,
        "LastUpdatedTime": stack.updated_at,
        "DeletionTime": stack.deleted_at,
        "StackStatus": stack.status.value,
        "StackStatusReason": stack.reason,
        "DriftInformation": {"StackDriftStatus": "NOT_CHECKED"},
    }


def show_event(event: StackEvent) -> Answer:
    return {
        "StackId": event.stack_id,
        "EventId": event.id,
        "StackName": event.stack_name,
        "LogicalResourceId": event.logical_id,
        "PhysicalResourceId": event.physical_id,
        "ResourceType": event.type,
        "Timestamp": event.at,
        "ResourceStatus": event.status,
        "ResourceStatusReason": event.reason,
        "ResourceProperties": event.properties,
        "ClientRequestToken": event.token or None,
    }


def show_resource(stack: Stack, resource: StackResource) -> Answer:
    """As DescribeStackResources has it."""
    return {
        "StackName": stack.name,
        "StackId": stack.id,
        **_resource(resource),
        "Timestamp": resource.updated_at,
    }


def show_resource_detail(stack: Stack, resource: StackResource) -> Answer:
    """As DescribeStackResource has it."""
    return {
        "StackName": stack.name,
        "StackId": stack.id,
        **show_resource_summary(resource),
        "Metadata": json.dumps(resource.metadata if resource.metadata is not None else {}),
    }


def show_resource_summary(resource: StackResource) -> Answer:
    return {**_resource(resource), "LastUpdatedTimestamp": resource.updated_at}


def show_change_set(change_set: ChangeSet) -> Answer:
    """All of it but the changes, which come in pages."""
    definition = change_set.definition
    return {
        **show_change_set_summary(change_set),
        "Parameters": show_parameters(definition),
        "NotificationARNs": list(definition.notification_arns) or None,
        "RollbackConfiguration": {},
        "Capabilities": list(definition.capabilities) or None,
        "Tags": show_tags(definition.tags) or None,
        "OnStackFailure": None if change_set.on_failure is None else change_set.on_failure.value,
    }


def show_change_set_summary(change_set: ChangeSet) -> Answer:
    return {
        "StackId": change_set.stack_id,
        "StackName": change_set.stack_name,
        "ChangeSetId": change_set.id,
        "ChangeSetName": change_set.name,
        "ExecutionStatus": change_set.execution_status,
        "Status": change_set.status,
        "StatusReason": change_set.reason,
        "CreationTime": change_set.created_at,
        "Description": change_set.description,
        "IncludeNestedStacks": False,
        "ImportExistingResources": False,
    }


def show_change(change: Change) -> Answer:
    is_modified, kept = change.action == "Modify", "Retain" if change.is_retained else "Delete"
    policy_action = {"Add": None, "Modify": f"ReplaceAnd{kept}", "Remove": kept}[change.action]
    scope = [*sorted({_attribute(one.property) for one in change.details}), *change.beside]
    return {
        "Type": "Resource",
        "ResourceChange": {
            "Action": change.action,
            "LogicalResourceId": change.logical_id,
            "PhysicalResourceId": change.physical_id or None,
            "ResourceType": change.type,
            "Replacement": change.replacement,
            "PolicyAction": None if is_modified and change.replacement == "False" else policy_action,
            "Scope": scope,
            "Details": [_detail(one) for one in change.details],
        },
    }


def show_parameters(definition: Definition) -> list[Answer]:
    declared: Mapping[str, Any] = definition.tree.get("Parameters") or {}
    return [
        {"ParameterKey": name, "ParameterValue": MASK if _is_secret(declared.get(name)) else value}
        for name, value in definition.values.items()
    ]


def show_tags(tags: Tags) -> list[Answer]:
    return [{"Key": key, "Value": value} for key, value in tags]


def _is_secret(declaration: Any) -> bool:
    return isinstance(declaration, dict) and str(declaration.get("NoEcho", "")).lower() == "true"


def _attribute(property_: str) -> str:
    return "Tags" if property_ == "Tags" else "Properties"


def _detail(detail: Detail) -> Answer:
    attribute = _attribute(detail.property)
    return {
        "Target": {
            "Attribute": attribute,
            "Name": detail.property if attribute == "Properties" else None,
            "RequiresRecreation": detail.recreation,
        },
        "Evaluation": "Static" if detail.is_static else "Dynamic",
        "ChangeSource": "DirectModification" if detail.is_static else "ResourceAttribute",
    }


def _output(output: StackOutput) -> Answer:
    return {
        "OutputKey": output.key,
        "OutputValue": output.value,
        "Description": output.description or None,
        "ExportName": output.export_name,
    }


def _resource(resource: StackResource) -> Answer:
    return {
        "LogicalResourceId": resource.logical_id,
        "PhysicalResourceId": resource.physical_id or None,
        "ResourceType": resource.type,
        "ResourceStatus": resource.status.value,
        "ResourceStatusReason": resource.reason,
        "DriftInformation": {"StackResourceDriftStatus": "NOT_CHECKED"},
    }
