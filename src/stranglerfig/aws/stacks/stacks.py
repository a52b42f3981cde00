"""Stacks as CloudFormation answers for them."""

from __future__ import annotations

import json
import secrets
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from typing import Any

from stranglerfig.aws.session import Session
from stranglerfig.aws.stacks import states
from stranglerfig.aws.stacks.owners import refuse_others
from stranglerfig.aws.stacks.refusals import is_missing
from stranglerfig.aws.stacks.template_text import parse_template, section
from stranglerfig.aws.stacks.values import Stack, StackEvent, StackResource
from stranglerfig.errors import FigError, NotFound, Refused, UsageError

#: resources that DescribeStackResources answers with, of however many
MOST_DESCRIBED = 100


class Stacks:
    """Those of one account and region."""

    def __init__(self, session: Session, region: str | None = None) -> None:
        self.session = session
        self.region = region or session.region
        self._cloud = session.client("cloudformation", region)

    def find(self, name: str) -> Stack | None:
        """By name, or by id also when it is deleted."""
        try:
            found = self._cloud.describe_stacks(StackName=name)["Stacks"]
        except FigError as error:
            if is_missing(error):
                return None
            raise
        return to_stack(found[0]) if found else None

    def of_tags(self, tags: Mapping[str, str]) -> Iterator[Stack]:
        """All that have these, those in others left out: they go with them."""
        for one in self._cloud.pages("describe_stacks", "Stacks"):
            found = to_stack(one)
            if not one.get("ParentId") and tags.items() <= found.tags.items():
                yield found

    def require(self, name: str) -> Stack:
        found = self.find(name)
        if found is None or not states.is_there(found.status):
            raise NotFound(f"there is no stack {name} in {self.region}")
        return found

    def find_own(self, name: str, tags: Mapping[str, str]) -> Stack | None:
        """By name; None: there is none, or it is only proposed. Raises ``Conflict`` where it is somebody else's than
        whom ``tags`` name."""
        found = self.find(name)
        if found is None or not states.is_there(found.status):
            return None
        refuse_others(found, tags)
        return found

    def template(self, name: str) -> str:
        """Its text as it was given, JSON where the SDK has parsed it; empty where there is none yet."""
        try:
            body = self._cloud.get_template(StackName=name, TemplateStage="Original")["TemplateBody"]
        except FigError as error:
            if is_missing(error):
                return ""
            raise
        return body if isinstance(body, str) else json.dumps(body)

    def resources(self, name: str) -> list[StackResource]:
        """All of them, by calls that Copilot's role for an environment may make: it may describe, and not list."""
        found = self._cloud.describe_stack_resources(StackName=name)["StackResources"]
        if len(found) >= MOST_DESCRIBED:
            found = self._all_resources(name, found)
        return [
            StackResource(
                one["LogicalResourceId"],
                one.get("PhysicalResourceId") or "",
                one["ResourceType"],
                one["ResourceStatus"],
            )
            for one in found
            if one["ResourceStatus"] != states.DELETED
        ]

    def _all_resources(self, name: str, first: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
        try:
            return list(self._cloud.pages("list_stack_resources", "StackResourceSummaries", StackName=name))
        except Refused:
            known = {one["LogicalResourceId"] for one in first}
            further = [one for one in section(parse_template(self.template(name)), "Resources") if one not in known]
        found = list(first)
        for logical in further:
            # On a condition that is false, it is in the template and not in the stack.
            with suppress(UsageError, NotFound):
                shown = self._cloud.describe_stack_resource(StackName=name, LogicalResourceId=logical)
                found.append(shown["StackResourceDetail"])
        return found

    def events(self, stack: str) -> Iterator[StackEvent]:
        """The youngest first."""
        return map(to_event, self._cloud.pages("describe_stack_events", "StackEvents", StackName=stack))

    def delete(self, stack: str, *, role: str | None = None, retain: Sequence[str] = (), token: str) -> None:
        asked: dict[str, Any] = {"StackName": stack, "ClientRequestToken": token}
        if role:
            asked["RoleARN"] = role
        if retain:
            asked["RetainResources"] = list(retain)
        self._cloud.delete_stack(**asked)

    def cancel_update(self, stack: str) -> None:
        self._cloud.cancel_update_stack(StackName=stack)

    def continue_rollback(self, stack: str, *, role: str | None, token: str) -> None:
        asked = {"RoleARN": role} if role else {}
        self._cloud.continue_update_rollback(StackName=stack, ClientRequestToken=token, **asked)


def new_token() -> str:
    """Names an operation: all events of it have it."""
    return f"fig-{secrets.token_hex(8)}"


def to_stack(shown: Mapping[str, Any]) -> Stack:
    return Stack(
        id=shown["StackId"],
        name=shown["StackName"],
        status=shown["StackStatus"],
        reason=shown.get("StackStatusReason") or "",
        outputs={one["OutputKey"]: one["OutputValue"] for one in shown.get("Outputs") or ()},
        exports={one["ExportName"]: one["OutputValue"] for one in shown.get("Outputs") or () if one.get("ExportName")},
        parameters={one["ParameterKey"]: one.get("ParameterValue") or "" for one in shown.get("Parameters") or ()},
        tags={one["Key"]: one["Value"] for one in shown.get("Tags") or ()},
    )


def to_event(shown: Mapping[str, Any]) -> StackEvent:
    return StackEvent(
        id=shown["EventId"],
        stack_id=shown["StackId"],
        logical=shown.get("LogicalResourceId") or "",
        physical=shown.get("PhysicalResourceId") or "",
        type=shown.get("ResourceType") or "",
        status=shown.get("ResourceStatus") or "",
        reason=shown.get("ResourceStatusReason") or "",
        token=shown.get("ClientRequestToken") or "",
        at_s=shown["Timestamp"].timestamp(),
    )
