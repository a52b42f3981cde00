"""A StackSet: the same stack in several regions of an account. An application has one, for what it builds."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from stranglerfig.aws.refusals import code_of
from stranglerfig.aws.session import Session
from stranglerfig.aws.stacks.change_sets import CAPABILITIES, LARGEST_BODY, Upload
from stranglerfig.aws.stacks.stacks import Stacks, new_token
from stranglerfig.aws.stacks.telling import Patience
from stranglerfig.errors import DeployFailed, FigError, NotFound

#: an operation has an id of its own, for ever
_TAKEN = "OperationIdAlreadyExistsException"
_BUSY = ("OperationInProgressException", "StaleRequestException")
#: Roles that were made a moment ago are known everywhere only after a while.
_NOT_YET = ("role with trust relationship", "is not authorized to perform: sts:AssumeRole")
ATTEMPTS = 12
_UNDER_WAY = ("RUNNING", "QUEUED", "STOPPING")
#: of operations, the youngest first; what is under way is among these
_LATEST = 10


@dataclass(frozen=True, slots=True)
class Roles:
    """``administration`` is an ARN, ``execution`` a name."""

    administration: str
    execution: str


@dataclass(frozen=True, slots=True)
class Present:
    """``id`` tells it from one of the same name that was there before."""

    id: str
    body: str

    def turn(self, number: int) -> str:
        """The id of the operation that makes its template the one of that number."""
        return f"{self.id}-{number}"


@dataclass(frozen=True, slots=True)
class Instance:
    """``stack_id`` is empty while no stack could be made. ``is_current``: the stack is as the set has it."""

    account: str
    region: str
    stack_id: str
    is_current: bool


class StackSet:
    """The one called ``name``. Operations on it go one after the other: others' are waited for. ``upload`` is where
    templates go that are too long to be sent along: one of many workloads."""

    def __init__(self, session: Session, name: str, patience: Callable[[], Patience], upload: Upload) -> None:
        self.name = name
        self._upload = upload
        self._session = session
        self._cloud = session.client("cloudformation")
        self._patience = patience

    def find(self) -> Present | None:
        try:
            found = self._cloud.describe_stack_set(StackSetName=self.name)["StackSet"]
        except FigError as error:
            if code_of(error) == "StackSetNotFoundException":
                return None
            raise
        if found.get("Status") == "DELETED":
            return None
        return Present(found["StackSetId"].rpartition(":")[2], str(found.get("TemplateBody") or ""))

    def template(self) -> str | None:
        """Its text; None: there is no such set."""
        found = self.find()
        return found.body if found else None

    def create(self, body: str, roles: Roles, tags: Mapping[str, str]) -> bool:
        """False: somebody else was faster."""
        try:
            self._cloud.create_stack_set(StackSetName=self.name, **self._asked(body, roles, tags))
        except FigError as error:
            if code_of(error) != "NameAlreadyExistsException":
                raise
            return False
        return True

    def update(self, body: str, roles: Roles, tags: Mapping[str, str], *, seen: Present, number: int) -> bool:
        """Returns when the stacks of all regions follow. False: somebody else is at it or was faster, and ``body`` may
        not be what is wanted any more. Of those who have looked at the same template, which makes it ``number``, one is
        heard. Where the set is as it was seen, its turns that are taken were restored from: the next free one is it."""
        asked = self._asked(body, roles, tags)
        while True:
            try:
                self._operate("update_stack_set", (), OperationId=seen.turn(number), **asked)
            except FigError as error:
                if code_of(error) not in (*_BUSY, _TAKEN):
                    raise
                if code_of(error) != _TAKEN or self.find() != seen:
                    return False
                number += 1
                continue
            return True

    def restore(self, body: str, roles: Roles, tags: Mapping[str, str]) -> None:
        """The same, whatever it is now."""
        self._operate("update_stack_set", _BUSY, **self._asked(body, roles, tags))

    def instances(self) -> list[Instance]:
        found = self._cloud.pages("list_stack_instances", "Summaries", StackSetName=self.name)
        return [
            Instance(one["Account"], one["Region"], one.get("StackId") or "", one.get("Status") == "CURRENT")
            for one in found
        ]

    def is_current(self) -> bool:
        """Whether the stacks of all regions are as the set has it, when what is under way is over. They are not where
        an operation failed, or was cut off."""
        patience = self._patience()
        while self._is_busy():
            patience.pause()
        return all(one.is_current and one.stack_id for one in self.instances())

    def _is_busy(self) -> bool:
        found = self._cloud.list_stack_set_operations(StackSetName=self.name, MaxResults=_LATEST)
        return any(one["Status"] in _UNDER_WAY for one in found.get("Summaries") or ())

    def add_instance(self, account: str, region: str) -> None:
        """Again is fine."""
        if any((one.account, one.region) == (account, region) for one in self.instances()):
            return
        self._operate("create_stack_instances", _BUSY, Accounts=[account], Regions=[region])

    def outputs(self, region: str) -> Mapping[str, str]:
        """Of the stack in that region. Raises ``NotFound`` where there is none."""
        for one in self.instances():
            if one.region == region and one.stack_id:
                return Stacks(self._session, region).require(one.stack_id).outputs
        raise NotFound(
            f"the application has nothing in {region} yet", hint="`fig env init` prepares the region of an environment."
        )

    def delete(self) -> None:
        """With the stacks of all regions; what holds something, as a bucket with objects, must be empty by then."""
        by_account: dict[str, list[str]] = {}
        for one in self.instances():
            by_account.setdefault(one.account, []).append(one.region)
        for account, regions in by_account.items():
            asked = {"Accounts": [account], "Regions": sorted(regions), "RetainStacks": False}
            self._operate("delete_stack_instances", _BUSY, **asked)
        self._cloud.delete_stack_set(StackSetName=self.name)

    def _asked(self, body: str, roles: Roles, tags: Mapping[str, str]) -> dict[str, Any]:
        is_short = len(body.encode()) <= LARGEST_BODY
        return {
            **({"TemplateBody": body} if is_short else {"TemplateURL": self._upload(self.name, body)}),
            "Capabilities": CAPABILITIES[:2],
            "AdministrationRoleARN": roles.administration,
            "ExecutionRoleName": roles.execution,
            "Tags": to_tags(tags),
        }

    def _operate(self, operation: str, waits_for: Collection[str], **parameters: Any) -> None:
        """Errors of the codes in ``waits_for`` pass by."""
        patience = self._patience()
        for attempt in range(ATTEMPTS):
            why = self._await(self._begin(operation, waits_for, patience, parameters))
            if why is None:
                return
            if not any(words in why for words in _NOT_YET) or attempt == ATTEMPTS - 1:
                raise DeployFailed(
                    f"stack set {self.name} could not be changed: {why}",
                    hint="Mend the reason, and run the command again: it goes on.",
                )
            patience.pause()
            parameters.pop("OperationId", None)

    def _begin(
        self, operation: str, waits_for: Collection[str], patience: Patience, parameters: Mapping[str, Any]
    ) -> str:
        asked = {"OperationId": new_token(), **parameters}
        while True:
            try:
                return str(getattr(self._cloud, operation)(StackSetName=self.name, **asked)["OperationId"])
            except FigError as error:
                if code_of(error) == _TAKEN and asked["OperationId"] != parameters.get("OperationId"):
                    # It has begun: the answer was lost, and the SDK has asked again.
                    return str(asked["OperationId"])
                if code_of(error) not in waits_for:
                    raise
                patience.pause()

    def _await(self, operation: str) -> str | None:
        """Why it failed, or None."""
        patience = self._patience()
        while True:
            found = self._cloud.describe_stack_set_operation(StackSetName=self.name, OperationId=operation)
            status = found["StackSetOperation"]["Status"]
            if status == "SUCCEEDED":
                return None
            if status not in _UNDER_WAY:
                break
            patience.pause()
        results = self._cloud.pages(
            "list_stack_set_operation_results", "Summaries", StackSetName=self.name, OperationId=operation
        )
        why = [f"{one['Region']}: {one.get('StatusReason')}" for one in results if one["Status"] != "SUCCEEDED"]
        return "; ".join(why) or str(status).lower()


def to_tags(tags: Mapping[str, str]) -> Sequence[Mapping[str, str]]:
    return [{"Key": key, "Value": value} for key, value in tags.items()]
