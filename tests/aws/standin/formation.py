"""CloudFormation as it behaves over time, on what moto makes of resources.

moto falls short of: change sets of stacks that are there already, and those that become void, replacements, events of
resources, statuses on the way, rollbacks, `CancelUpdateStack` and `ContinueUpdateRollback`, exports of stacks that a
change set made, and stacks of a stack set that follow its template.
"""

from __future__ import annotations

import contextlib
import threading
import traceback
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from flask import has_request_context, request
from moto.cloudformation import urls
from moto.cloudformation.exceptions import AlreadyExistsException, CloudFormationError, ValidationError
from moto.cloudformation.models import (
    Change,
    ChangeSet,
    CloudFormationBackend,
    Event,
    Stack,
    StackSet,
    cloudformation_backends,
)
from moto.cloudformation.responses import CloudFormationResponse
from moto.cloudformation.utils import generate_changeset_id, generate_stack_id
from moto.core.responses import ActionResult
from moto.ec2.exceptions import DependencyViolationError

from tests.aws.standin.comparing import changed_types, physical_id, to_changes, verb_of
from tests.aws.standin.imports import list_imports
from tests.aws.standin.resources import (
    Snapshot,
    Tree,
    change,
    complete_moto,
    make,
    make_known,
    present,
    snapshot,
    take_back,
)

UNCHANGED = "The submitted information didn't contain changes. Submit different information to create a change set."
OTHER_TYPES = (
    "Update of resource type is not permitted. The new template modifies resource type of the following resources: "
)
MOST_DESCRIBED = 100
SERVICE = "AWS::ECS::Service"


@dataclass
class Script:
    """What happens to stacks, told by a test. ``broken`` are reasons by logical id, or of what the name of a set of
    stacks says. ``held`` are stacks that stay in progress until they are released, also ``rollback of``, ``deletion
    of``, ``cleanup of`` and ``change set of`` one; ``stuck`` those whose rollback fails, ``forgetful``
    those for which nothing comes of the next change. ``settle`` is given services of ECS, by ARN, and calls back when
    they are steady, or with the reason why not; None: they are at once."""

    broken: dict[str, str] = field(default_factory=dict)
    held: set[str] = field(default_factory=set)
    stuck: set[str] = field(default_factory=set)
    forgetful: set[str] = field(default_factory=set)
    pending: dict[str, Callable[[], None]] = field(default_factory=dict)
    settle: Callable[[set[str], Callable[[str], None]], None] | None = None
    #: as if all stacks were in ``held``
    holds_all: bool = False
    #: how many seconds each of these things takes; None: no time
    pace: Callable[[], float] | None = None
    #: stacks are changed by one at a time
    turn: threading.RLock = field(default_factory=threading.RLock)

    def clear(self) -> None:
        for part in (self.broken, self.held, self.stuck, self.forgetful, self.pending):
            part.clear()
        self.holds_all, self.pace = False, None

    def release_all(self) -> None:
        """Nothing is held any more."""
        self.holds_all = False
        while self.pending:
            self.pending.popitem()[1]()

    def release(self, stack: str) -> None:
        """What it was held at goes on, and nothing else is held."""
        self.held.discard(stack)
        self.pending.pop(stack)()


SCRIPT = Script()


class OperationIdAlreadyExists(CloudFormationError):
    code = "OperationIdAlreadyExistsException"


class NameAlreadyExists(CloudFormationError):
    code = "NameAlreadyExistsException"


def new_operation_id(found: StackSet) -> str:
    """As it was asked for: once and never again."""
    asked = str(request.form["OperationId"])
    if asked in [one["OperationId"] for one in found.operations]:
        raise OperationIdAlreadyExists(f"Operation {asked} already exists")
    return asked


class ChangeSetNotFound(CloudFormationError):
    code = "ChangeSetNotFound"


class InvalidChangeSetStatus(CloudFormationError):
    code = "InvalidChangeSetStatus"


class Exports(dict[str, Any]):
    """By name. Stacks that are made at the same time look through them while others bring theirs."""

    def values(self) -> Any:
        return list(super().values())


class Formation(CloudFormationBackend):
    """moto's own, of one account and region, with a life of its stacks."""

    def __init__(self, region_name: str, account_id: str) -> None:
        super().__init__(region_name, account_id)
        self.exports: Any = Exports()

    @property
    def _url_module(self) -> Any:
        # moto looks for it beside the class.
        return urls

    def create_change_set(  # type: ignore[override]
        self,
        stack_name: str,
        change_set_name: str,
        template: str,
        parameters: dict[str, str],
        description: str,
        change_set_type: str,
        **others: Any,
    ) -> tuple[str, str]:
        stack = self.living(stack_name)
        if stack is None:
            if change_set_type != "CREATE":
                raise ValidationError(message=f"Stack [{stack_name}] does not exist")
            stack = Stack(  # type: ignore[abstract]
                generate_stack_id(stack_name, self.region_name, self.account_id),
                stack_name,
                {},
                {},
                self.account_id,
                self.region_name,
                tags=others.get("tags"),
            )
            self.stacks[stack.stack_id] = stack
            self.end(stack, "REVIEW_IN_PROGRESS", "User Initiated")
        for one in list(self.change_sets.values()):
            if (one.stack_id, one.change_set_name) == (stack.stack_id, change_set_name):
                if one.token and one.token == asked("ClientToken"):  # type: ignore[attr-defined]
                    return one.change_set_id, stack.stack_id
                raise AlreadyExistsException(f"ChangeSet {change_set_name} already exists")
        refuse_wrong_type(stack, change_set_type)
        change_set_id = generate_changeset_id(change_set_name, self.region_name, self.account_id)
        made = ChangeSet(
            change_set_type, change_set_id, change_set_name, stack, template, parameters, description, **others
        )
        made.changes = list(to_changes(stack, self.present(made.template_dict, parameters), parameters))
        made.token = asked("ClientToken")  # type: ignore[attr-defined]
        made.status, made.execution_status = "CREATE_IN_PROGRESS", "UNAVAILABLE"
        self.change_sets[change_set_id] = made
        self.when_released(f"change set of {stack_name}", lambda: self.work_out(made, stack))
        return change_set_id, stack.stack_id

    def work_out(self, made: ChangeSet, stack: Stack) -> None:
        same = made.template_dict == getattr(stack, "declared", None) and made.parameters == stack.parameters
        made.status_reason = SCRIPT.broken.get(f"change set of {stack.name}") or (UNCHANGED if same else None)
        if others_types := changed_types(stack, made.template_dict):
            made.status_reason = f"{OTHER_TYPES}[{', '.join(others_types)}]"
        able = not made.status_reason
        made.status, made.execution_status = ("CREATE_COMPLETE", "AVAILABLE") if able else ("FAILED", "UNAVAILABLE")

    def get_template(self, name_or_stack_id: str) -> Any:
        """That of an update from when it begins, and after one that failed and was not rolled back."""
        stack = self.get_stack(name_or_stack_id)
        return getattr(stack, "ordered", None) or stack.template

    def describe_change_set(self, change_set_name: str) -> ChangeSet:
        found = self.change_sets.get(change_set_name)
        if found is None:
            raise ChangeSetNotFound(f"ChangeSet [{change_set_name}] does not exist")
        return found

    def forget_change_sets(self, stack: Stack, besides: ChangeSet | None = None) -> None:
        """When one is carried out, the others go: they are void."""
        for one in list(self.change_sets.values()):
            if one.stack_id == stack.stack_id and one is not besides:
                del self.change_sets[one.change_set_id]

    def list_change_sets(self) -> list[ChangeSet]:
        """moto lists those of all stacks."""
        name = asked("StackName")
        return [one for one in list(self.change_sets.values()) if name in (one.stack_name, one.stack_id)]

    def describe_stack_resources(self, stack_name: str, logical_resource_id: str) -> Any:
        """Not more than AWS tells at once."""
        stack, found = super().describe_stack_resources(stack_name, logical_resource_id)
        return stack, list(found)[:MOST_DESCRIBED]

    def delete_change_set(self, change_set_name: str) -> None:
        found = self.describe_change_set(change_set_name)
        if found.status == "CREATE_IN_PROGRESS" or found.execution_status == "EXECUTE_IN_PROGRESS":
            raise InvalidChangeSetStatus(f"Cannot delete ChangeSet in status {found.status}")
        super().delete_change_set(change_set_name)

    def execute_change_set(self, change_set_name: str, stack_name: str | None = None) -> None:
        made = self.describe_change_set(change_set_name)
        stack, verb = self.stacks[made.stack_id], made.change_set_type
        if made.execution_status != "AVAILABLE":
            why = f"cannot be executed in its current execution status of [{made.execution_status}]"
            raise InvalidChangeSetStatus(f"ChangeSet [{change_set_name}] {why}")
        self.forget_change_sets(stack, besides=made)
        if stack.name in SCRIPT.forgetful:
            SCRIPT.forgetful.remove(stack.name)
            return
        stack.disable_rollback = asked("DisableRollback") == "true"
        made.execution_status = "EXECUTE_IN_PROGRESS"
        stack.ordered = made.template  # type: ignore[attr-defined]
        stack.status = f"{verb}_IN_PROGRESS"
        tell(stack, stack.name, stack.stack_id, "AWS::CloudFormation::Stack", stack.status, "User Initiated")
        for one in made.changes:
            done = {"Add": "CREATE", "Remove": "DELETE"}.get(one.action, "UPDATE")
            tell(stack, one.logical_resource_id, "", one.resource_type, f"{done}_IN_PROGRESS")
        self.when_released(stack.name, lambda: self.finish(made, stack))

    def finish(self, made: ChangeSet, stack: Stack) -> None:
        verb = made.change_set_type
        broken = [one for one in made.changes if one.logical_resource_id in SCRIPT.broken]
        reason = ""
        if not broken:
            before = snapshot(stack)
            try:
                self.apply(made, stack)
                if self.waits_for_services(made, stack, before):
                    return
            except Exception as error:  # noqa: BLE001 - whatever moto cannot make is a resource that failed
                reason = f"{type(error).__name__}: {error}"
                traceback.print_exception(error)
                tell(stack, "moto", "", "moto", f"{verb}_FAILED", reason)
        for one in broken:
            tell(
                stack,
                one.logical_resource_id,
                "",
                one.resource_type,
                f"{verb}_FAILED",
                SCRIPT.broken[one.logical_resource_id],
            )
        if broken or reason:
            self.roll_back(
                made, stack, reason or f"The following resource(s) failed: [{broken[0].logical_resource_id}]."
            )
            return
        self.complete(made, stack)

    def waits_for_services(self, made: ChangeSet, stack: Stack, before: Snapshot) -> bool:
        """Services of ECS are changed when their tasks are."""
        changed = [one for one in made.changes if one.resource_type == SERVICE and one.action != "Remove"]
        if SCRIPT.settle is None or not changed:
            return False

        def go_on(reason: str) -> None:
            if not reason:
                self.complete(made, stack)
                return
            for one in changed:
                failed = f"{made.change_set_type}_FAILED"
                physical = physical_id(stack, one.logical_resource_id)
                tell(stack, one.logical_resource_id, physical, SERVICE, failed, reason)
            if made.change_set_type == "UPDATE":
                take_back(stack, before, {one.logical_resource_id: verb_of(one) for one in made.changes})
            self.roll_back(made, stack, f"The following resource(s) failed: [{changed[0].logical_resource_id}].")

        for one in changed:
            physical = physical_id(stack, one.logical_resource_id)
            tell(stack, one.logical_resource_id, physical, SERVICE, f"{made.change_set_type}_IN_PROGRESS")
        SCRIPT.settle({physical_id(stack, one.logical_resource_id) for one in changed}, go_on)
        return True

    def complete(self, made: ChangeSet, stack: Stack) -> None:
        verb = made.change_set_type
        for one in made.changes:
            done = {"Add": "CREATE", "Remove": "DELETE"}.get(one.action, "UPDATE")
            physical = physical_id(stack, one.logical_resource_id) or one.logical_resource_id
            tell(stack, one.logical_resource_id, physical, one.resource_type, f"{done}_COMPLETE")
        made.execution_status = "EXECUTE_COMPLETE"
        if f"cleanup of {stack.name}" in SCRIPT.held and verb == "UPDATE":
            self.end(stack, "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS")
        self.when_released(f"cleanup of {stack.name}", lambda: self.end(stack, f"{verb}_COMPLETE"))
        self.forget_change_sets(stack)

    def apply(self, made: ChangeSet, stack: Stack) -> None:
        stack.template = made.template
        template = self.present(made.template_dict, made.parameters)
        if made.change_set_type == "CREATE":
            stack.parameters, stack.tags, stack.role_arn = made.parameters, made.tags or {}, made.role_arn
            stack.cross_stack_resources = self.exports
            make(stack, template)
        else:
            stack.resource_map.cross_stack_resources = self.exports
            change(stack, template, made.parameters, {one.logical_resource_id: verb_of(one) for one in made.changes})
            stack.parameters, stack.tags = made.parameters, made.tags or stack.tags
        stack.declared = made.template_dict  # type: ignore[attr-defined]
        self.forget_exports(stack)
        self.exports.update({export.name: export for export in stack.exports})

    def present(self, template: Tree, parameters: Mapping[str, str]) -> Tree:
        return present(template, parameters, self.account_id, self.region_name)

    def forget_exports(self, stack: Stack) -> None:
        for one in self.exports.values():
            if one.exporting_stack_id == stack.stack_id:
                del self.exports[one.name]

    def roll_back(self, made: ChangeSet, stack: Stack, reason: str) -> None:
        created = made.change_set_type == "CREATE"
        made.execution_status = "EXECUTE_FAILED"
        if stack.disable_rollback:
            self.take_away(made, stack)
            self.end(stack, "CREATE_FAILED" if created else "UPDATE_FAILED", reason)
            return
        prefix = "ROLLBACK" if created else "UPDATE_ROLLBACK"

        def finish() -> None:
            self.take_away(made, stack)
            self.end(stack, f"{prefix}_FAILED" if stack.name in SCRIPT.stuck else f"{prefix}_COMPLETE")

        self.end(stack, f"{prefix}_IN_PROGRESS", reason)
        self.when_released(f"rollback of {stack.name}", finish)

    def take_away(self, made: ChangeSet, stack: Stack) -> None:
        """What was created."""
        if made.change_set_type != "CREATE":
            return
        stack.gone = [  # type: ignore[attr-defined]
            (one.logical_resource_id, one.resource_type, self.former_id(one)) for one in made.changes
        ]
        with contextlib.suppress(Exception):
            stack.resource_map.delete()
        # moto would make resources anew whose attributes an output has.
        stack.template_dict, stack.resource_map._resource_json_map = {}, {}
        stack.output_map = stack._create_output_map()

    def former_id(self, change: Change) -> str:
        """An ARN where AWS has one for such a thing, as far as tests go."""
        kind = change.resource_type.rpartition("::")[2].lower()
        return f"arn:aws:elasticloadbalancing:{self.region_name}:{self.account_id}:{kind}/gone/0123456789abcdef"

    def cancel_update(self, name: str, token: str) -> None:
        stack = self.living(name)
        if stack is None or stack.status != "UPDATE_IN_PROGRESS":
            raise ValidationError(message="CancelUpdateStack cannot be called from current stack status")
        SCRIPT.pending.pop(stack.name, None)
        stack.operation_token = token  # type: ignore[attr-defined]
        self.end(stack, "UPDATE_ROLLBACK_IN_PROGRESS", "User Initiated")
        self.when_released(f"rollback of {stack.name}", lambda: self.end(stack, "UPDATE_ROLLBACK_COMPLETE"))

    def continue_rollback(self, name: str, token: str) -> None:
        stack = self.living(name)
        if stack is None or stack.status != "UPDATE_ROLLBACK_FAILED":
            raise ValidationError(message="ContinueUpdateRollback cannot be called from current stack status")
        stack.operation_token = token  # type: ignore[attr-defined]
        self.end(stack, "UPDATE_ROLLBACK_IN_PROGRESS", "User Initiated")
        self.end(stack, "UPDATE_ROLLBACK_FAILED" if stack.name in SCRIPT.stuck else "UPDATE_ROLLBACK_COMPLETE")

    def delete_stack(self, name_or_stack_id: str) -> None:
        stack = self.living(name_or_stack_id)
        if stack is None:
            return
        if stack.status.startswith("UPDATE") and stack.status.endswith("_IN_PROGRESS"):
            raise ValidationError(message=f"Stack [{stack.name}] cannot be deleted while in status {stack.status}")
        SCRIPT.pending.pop(stack.name, None)
        self.end(stack, "DELETE_IN_PROGRESS", "User Initiated")
        self.when_released(f"deletion of {stack.name}", lambda: self.finish_deletion(stack))

    def finish_deletion(self, stack: Stack) -> None:
        broken = [one for one in stack.template_dict.get("Resources", {}) if f"-{one}" in SCRIPT.broken]
        reason = ""
        try:
            if not broken and stack.template_dict:
                stack.resource_map.delete()
        except DependencyViolationError:
            # moto does not take apart what joins route tables and subnets.
            pass
        except Exception as error:  # noqa: BLE001 - whatever moto cannot delete is a resource that failed
            reason = f"{type(error).__name__}: {error}"
        for one in broken:
            kind = stack.template_dict["Resources"][one]["Type"]
            tell(stack, one, one, kind, "DELETE_FAILED", SCRIPT.broken[f"-{one}"])
        if broken or reason:
            self.end(stack, "DELETE_FAILED", reason)
            return
        self.forget_exports(stack)
        self.forget_change_sets(stack)
        # moto would make resources anew whose attributes an output has.
        stack.template_dict, stack.resource_map._resource_json_map = {}, {}
        stack.output_map = stack._create_output_map()
        self.deleted_stacks[stack.stack_id] = self.stacks.pop(stack.stack_id)
        self.end(stack, "DELETE_COMPLETE")

    def list_stack_instances(self, stackset_name: str) -> list[dict[str, Any]]:
        found = self.describe_stack_set(stackset_name)
        outdated: set[str] = getattr(found, "outdated", set())
        return [
            {**one.to_dict(), "StackId": "", "Status": "OUTDATED"}
            if one.region_name in outdated
            else {**one.to_dict(), "StackId": one.stack.stack_id}
            for one in found.instances.stack_instances
        ]

    def create_stack_set(self, name: str, *arguments: Any, **others: Any) -> StackSet:
        """moto makes another one of that name."""
        if any(one.name == name and one.status != "DELETED" for one in self.stacksets.values()):
            raise NameAlreadyExists(f"{name} exists already")
        return super().create_stack_set(name, *arguments, **others)

    def fail_operation(self, found: StackSet, operation: dict[str, Any]) -> None:
        """CloudFormation took it, and it comes to nothing in any region."""
        instances = found.instances.stack_instances
        operation["Status"] = "FAILED"
        operation["Instances"] = [{one.account_id: one.region_name} for one in instances]
        found.outdated = {one.region_name for one in instances}  # type: ignore[attr-defined]

    def create_stack_instances(  # type: ignore[override]
        self, stackset_name: str, accounts: list[str], regions: list[str], parameters: Any, **others: Any
    ) -> str:
        """moto hides the stacks, or gives them names that no bucket can be called after."""
        found = self.describe_stack_set(stackset_name)
        operation_id = new_operation_id(found)
        make_known(Stack.parse_template(found.template))
        given: Any = parameters or found.parameters
        found.instances.create_instances(accounts, regions, given, {}, "SERVICE_MANAGED")
        for one in found.instances.stack_instances:
            one.stack.status = "CREATE_COMPLETE"
            cloudformation_backends[one.account_id][one.region_name].stacks[one.stack.stack_id] = one.stack
        operation = found._create_operation(operation_id, "CREATE", "SUCCEEDED", accounts, regions)
        if stackset_name in SCRIPT.broken:
            self.fail_operation(found, operation)
        return str(operation["OperationId"])

    def delete_stack_instances(self, stackset_name: str, accounts: list[str], regions: list[str]) -> StackSet:
        found = self.describe_stack_set(stackset_name)
        operation_id = new_operation_id(found)
        for one in found.instances.stack_instances:
            if one.account_id in accounts and one.region_name in regions:
                cloudformation_backends[one.account_id][one.region_name].stacks.pop(one.stack.stack_id, None)
        super().delete_stack_instances(stackset_name, accounts, regions)
        found.operations[-1]["OperationId"] = operation_id
        return found

    def update_stack_set(self, stackset_name: str, template: str, **others: Any) -> dict[str, Any]:  # type: ignore[override]
        new_operation_id(self.describe_stack_set(stackset_name))
        operation = super().update_stack_set(stackset_name, template, **others)
        found = self.describe_stack_set(stackset_name)
        found.instances.template = found.template
        if stackset_name in SCRIPT.broken:
            self.fail_operation(found, operation)
            return operation
        found.outdated = set()  # type: ignore[attr-defined]
        for instance in found.instances.stack_instances:
            stack = instance.stack
            wanted = self.present(Stack.parse_template(found.template), stack.parameters)
            actions = {one.logical_resource_id: verb_of(one) for one in to_changes(stack, wanted, stack.parameters)}
            change(stack, wanted, stack.parameters, actions)
        return operation

    def when_released(self, name: str, do: Callable[[], None]) -> None:
        if SCRIPT.holds_all or name in SCRIPT.held:
            SCRIPT.pending[name] = do
        elif SCRIPT.pace is not None:
            self.after_a_while(name, do, SCRIPT.pace())
        else:
            do()

    def after_a_while(self, name: str, do: Callable[[], None], seconds: float) -> None:
        """Unless something else has become of the stack by then."""
        is_proposal = name.startswith("change set of")

        def go_on() -> None:
            with SCRIPT.turn:
                if is_proposal or SCRIPT.pending.get(name) is do:
                    SCRIPT.pending.pop(name, None)
                    do()

        if not is_proposal:
            SCRIPT.pending[name] = do
        timer = threading.Timer(seconds, go_on)
        timer.daemon = True
        timer.start()

    def living(self, name: str) -> Stack | None:
        return next((one for one in list(self.stacks.values()) if name in (one.name, one.stack_id)), None)

    def end(self, stack: Stack, status: str, reason: str = "") -> None:
        stack.status = status
        if status != "UPDATE_FAILED":
            stack.ordered = None  # type: ignore[attr-defined]
        stack.status_reason = reason or None  # type: ignore[attr-defined]
        tell(stack, stack.name, stack.stack_id, "AWS::CloudFormation::Stack", status, reason)


def install() -> None:
    """From now on moto's CloudFormation is this one."""
    cloudformation_backends.backend = Formation
    CloudFormationResponse.list_stack_resources = with_gone  # type: ignore[method-assign,assignment]
    CloudFormationResponse.list_imports = list_imports  # type: ignore[attr-defined]
    complete_moto()


LIST_RESOURCES = CloudFormationResponse.list_stack_resources


def with_gone(response: CloudFormationResponse) -> ActionResult:
    """What a first creation has made and taken back is listed for as long as its stack is."""
    answer = LIST_RESOURCES(response)
    stack = response.cloudformation_backend.get_stack(response._get_param("StackName"))
    listed: Any = answer.result
    listed["StackResourceSummaries"] += [
        {
            "ResourceStatus": "DELETE_COMPLETE",
            "LogicalResourceId": logical,
            "LastUpdatedTimestamp": stack.creation_time,
            "PhysicalResourceId": physical,
            "ResourceType": kind,
        }
        for logical, kind, physical in getattr(stack, "gone", ())
    ]
    return answer


def refuse_wrong_type(stack: Stack, kind: str) -> None:
    status = stack.status
    if kind == "CREATE" and status != "REVIEW_IN_PROGRESS":
        raise ValidationError(
            message=f"Stack [{stack.name}] already exists and cannot be created again with the changeSet."
        )
    able = status.endswith("_COMPLETE") and status not in ("ROLLBACK_COMPLETE", "DELETE_COMPLETE")
    if kind == "UPDATE" and not (able or status in ("CREATE_FAILED", "UPDATE_FAILED")):
        raise ValidationError(message=f"Stack:{stack.stack_id} is in {status} state and can not be updated.")


def tell(stack: Stack, logical: str, physical: str, kind: str, status: str, reason: str = "") -> None:
    event = Event(stack.stack_id, stack.name, logical, physical, kind, status, reason or None, None)
    token = asked("ClientRequestToken") or getattr(stack, "operation_token", None)
    event.client_request_token = stack.operation_token = token  # type: ignore[assignment,attr-defined]
    stack.events.append(event)


def asked(parameter: str) -> str:
    return str(request.values.get(parameter, "")) if has_request_context() else ""
