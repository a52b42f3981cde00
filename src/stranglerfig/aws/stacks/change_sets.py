"""Change sets: what a template would change, worked out by CloudFormation before it does it."""

from __future__ import annotations

import hashlib
import os
import secrets
import socket
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

from stranglerfig.aws.refusals import code_of, said
from stranglerfig.aws.session import Session
from stranglerfig.aws.stacks import states
from stranglerfig.aws.stacks.owners import belongs
from stranglerfig.aws.stacks.preview import is_stack_that_goes, to_changes, to_removals
from stranglerfig.aws.stacks.refusals import BUSY, Overtaken, is_missing, tells_of_others
from stranglerfig.aws.stacks.stacks import Stacks, new_token
from stranglerfig.aws.stacks.telling import Interrupted, Interruption, Patience
from stranglerfig.aws.stacks.template_text import parse_template
from stranglerfig.aws.stacks.values import Change, StackOrder
from stranglerfig.errors import DeployFailed, FigError, Refused

PREFIX = "fig"
CAPABILITIES = ["CAPABILITY_IAM", "CAPABILITY_NAMED_IAM", "CAPABILITY_AUTO_EXPAND"]
#: Bytes of a template that may be sent along; a longer one is read from a bucket.
LARGEST_BODY = 51_200
#: How CloudFormation says that nothing would change.
NO_CHANGES = ("didn't contain changes", "No updates are to be performed")
#: Of another machine nobody here knows whether it still works on it.
STALE = timedelta(hours=1)
PAUSE_S = 1.0
#: Whoever gives up waits so long for one that is still being worked out: before that it cannot be deleted.
GIVING_UP_S = 60.0

#: Puts a template where CloudFormation can read it, and gives the URL.
Upload = Callable[[str, str], str]
#: Waits so long; raises when whoever waits was interrupted.
Pause = Callable[[float], None]


@dataclass(frozen=True, slots=True)
class Proposal:
    """A change set that can be executed. ``id`` is its ARN; ``is_new``: its stack is to be created. It was made at
    ``made_at_s``, by AWS's clock."""

    id: str
    stack_id: str
    is_new: bool
    made_at_s: float = 0.0
    changes: tuple[Change, ...] = ()


class ChangeSets:
    """Those of one account and region."""

    def __init__(
        self,
        session: Session,
        region: str | None = None,
        interruption: Interruption | None = None,
        *,
        upload: Upload | None = None,
    ) -> None:
        self._cloud = session.client("cloudformation", region)
        self._stacks = Stacks(session, region)
        self._upload = upload
        self._interruption = interruption or Interruption()

    def propose(self, order: StackOrder, kind: str, pause: Pause) -> Proposal | None:
        """``kind`` is CREATE or UPDATE. None: nothing would change. Raises ``DeployFailed`` for what cannot be done.
        Whatever it raises, nothing of it is left, unless Ctrl-C comes once more while that is taken away."""
        try:
            made = self._cloud.create_change_set(**self._asked(order, kind))
        except FigError as error:
            # Where CloudFormation sees it at once it makes no change set.
            if any(words in said(error) for words in NO_CHANGES):
                return None
            raise
        proposal = Proposal(made["Id"], made["StackId"], kind == "CREATE")
        with self.withdrawn_unless_done(proposal):
            shown = self._await(proposal, pause)
            if shown["Status"] == "CREATE_COMPLETE":
                changes = tuple(self._changes(named(proposal.id, proposal.stack_id)))
                return replace(proposal, made_at_s=shown["CreationTime"].timestamp(), changes=changes)
            reason = shown.get("StatusReason") or "no reason is given"
            if shown["Status"].startswith("DELETE") or tells_of_others(reason):
                raise Overtaken(f"the change set of stack {order.name} is void: {reason}")
            if not any(words in reason for words in NO_CHANGES):
                raise DeployFailed(
                    f"CloudFormation cannot {'create' if proposal.is_new else 'change'} stack {order.name}: {reason}",
                    hint="Nothing was changed. `fig svc package` and `fig env package` show the template.",
                )
        self.withdraw(proposal)
        return None

    def _await(self, proposal: Proposal, pause: Pause) -> Mapping[str, Any]:
        """As it is once it is worked out."""
        while (shown := self._describe_whole(proposal))["Status"] in ("CREATE_PENDING", "CREATE_IN_PROGRESS"):
            pause(PAUSE_S)
        return shown

    @contextmanager
    def withdrawn_unless_done(self, proposal: Proposal) -> Iterator[None]:
        """What goes wrong meanwhile is what is told, not that this could not be tidied."""
        try:
            yield
        except BaseException:
            with suppress(FigError, Interrupted):
                self.withdraw(proposal)
            raise

    def withdraw(self, proposal: Proposal) -> None:
        """Also what is still being worked out, which is waited for. Raises ``Interrupted`` when that was given up."""
        patience = Patience(self._interruption, self._interruption.count)
        while not self._discard_unless_busy(proposal.id, proposal.stack_id):
            is_carried_out = str(self._describe_whole(proposal).get("ExecutionStatus")).startswith("EXECUTE")
            if is_carried_out or patience.elapsed_s > GIVING_UP_S:
                return
            patience.pause(PAUSE_S)
        if proposal.is_new:
            self._forget_name(proposal.stack_id)

    def clear_name(self, stack: str, tags: Mapping[str, str]) -> None:
        """What is left of a first deploy that got no further than its change set. Others' proposals stay, and so does
        what is another one's than whom ``tags`` name."""
        found = self._stacks.find(stack)
        if found is not None and found.status == states.REVIEWED and belongs(found, tags):
            self.discard_stale(found.id)
            self._forget_name(found.id)

    def _forget_name(self, stack: str) -> None:
        """A stack that is only proposed is a name, which goes with the last change set that was to create it. Whoever
        makes one in this moment finds that it is gone, and begins anew."""
        found = self._stacks.find(stack)
        # Who may not list them cannot know whether there is one.
        with suppress(Refused):
            if found is not None and found.status == states.REVIEWED and not self._all(stack):
                self._stacks.delete(stack, token=new_token())

    def execute(self, proposal: Proposal, *, keep_failures: bool, token: str) -> None:
        self._cloud.execute_change_set(
            **named(proposal.id, proposal.stack_id), DisableRollback=keep_failures, ClientRequestToken=token
        )

    def discard(self, change_set: str, stack_id: str) -> None:
        try:
            self._cloud.delete_change_set(**named(change_set, stack_id))
        except FigError as error:
            if not is_missing(error):
                raise

    def discard_stale(self, stack: str) -> int:
        """Those of ours that nobody works on any more; gives their number. Copilot's role may not list them: they stay
        until the stack is changed then. So do those that CloudFormation is still working out."""
        try:
            stale = [one for one in self._all(stack) if is_stale(one)]
        except Refused:
            return 0
        return sum(self._discard_unless_busy(one["ChangeSetId"], one["StackId"]) for one in stale)

    def _discard_unless_busy(self, change_set: str, stack_id: str) -> bool:
        try:
            self.discard(change_set, stack_id)
        except FigError as error:
            if code_of(error) != BUSY:
                raise
            return False
        return True

    def _all(self, stack: str) -> list[Mapping[str, Any]]:
        try:
            return list(self._cloud.pages("list_change_sets", "Summaries", StackName=stack))
        except FigError as error:
            if is_missing(error):
                return []
            raise

    def _asked(self, order: StackOrder, kind: str) -> dict[str, Any]:
        asked: dict[str, Any] = {
            "StackName": order.name,
            "ChangeSetName": new_name(),
            "ChangeSetType": kind,
            # The SDK asks again where an answer is lost: it is the same change set then.
            "ClientToken": new_token(),
            "Capabilities": CAPABILITIES,
            "Parameters": [to_parameter(name, value) for name, value in order.parameters.items()],
            "Tags": [{"Key": key, "Value": value} for key, value in order.tags.items()],
        }
        if order.role:
            asked["RoleARN"] = order.role
        if order.has_nested:
            asked["IncludeNestedStacks"] = True
        if len(order.body.encode()) <= LARGEST_BODY:
            return {**asked, "TemplateBody": order.body}
        assert self._upload is not None, f"the template of {order.name} is too long to be sent along"
        return {**asked, "TemplateURL": self._upload(order.name, order.body)}

    def _describe_whole(self, proposal: Proposal) -> Mapping[str, Any]:
        return self._describe(**named(proposal.id, proposal.stack_id))

    def _describe(self, **asked: str) -> Mapping[str, Any]:
        found: Mapping[str, Any] = self._cloud.describe_change_set(**asked)
        return found

    def _changes(self, asked: Mapping[str, str], nested: str = "") -> list[Change]:
        """With those of nested stacks in place of the line that one of them changes."""
        shown = self._describe(**asked)
        items = list(shown.get("Changes") or ())
        while shown.get("NextToken"):
            shown = self._describe(**asked, NextToken=shown["NextToken"])
            items += shown.get("Changes") or ()
        found: list[Change] = []
        for item in items:
            inner = item.get("ResourceChange", {}).get("ChangeSetId")
            if inner:
                found += self._changes({"ChangeSetName": inner}, item["ResourceChange"]["LogicalResourceId"])
            for change in to_changes([item], nested):
                found += (change, *self._going_with(change))
        return found

    def _going_with(self, change: Change) -> Iterator[Change]:
        """The resources of a stack that goes, and of stacks in it."""
        if not is_stack_that_goes(change) or not change.physical:
            return
        template = parse_template(self._stacks.template(change.physical))
        for inner in to_removals(change.logical, self._stacks.resources(change.physical), template):
            yield inner
            yield from self._going_with(inner)


def to_parameter(name: str, value: str | None) -> dict[str, object]:
    if value is None:
        return {"ParameterKey": name, "UsePreviousValue": True}
    return {"ParameterKey": name, "ParameterValue": value}


def named(change_set: str, stack_id: str) -> dict[str, str]:
    """With its stack: a right is one to a stack, and of a change set that is gone nobody knows which that was."""
    return {"ChangeSetName": change_set, "StackName": stack_id}


def new_name() -> str:
    """Tells which process made it."""
    return f"{PREFIX}-{host_id()}-{os.getpid()}-{secrets.token_hex(4)}"


@cache
def host_id() -> str:
    """Of where a number names one process: this machine since its last start, or a container on it. What they are
    called is nobody's business."""
    parts = [socket.gethostname()]
    with suppress(OSError):
        parts += [Path("/proc/sys/kernel/random/boot_id").read_text(), os.readlink("/proc/self/ns/pid")]
    return hashlib.sha256(" ".join(parts).encode()).hexdigest()[:8]


def is_stale(summary: Mapping[str, Any]) -> bool:
    prefix, *rest = str(summary.get("ChangeSetName", "")).split("-")
    if prefix != PREFIX or len(rest) != 3 or not rest[1].isdecimal():
        return False
    if summary.get("ExecutionStatus") in ("EXECUTE_IN_PROGRESS", "EXECUTE_COMPLETE"):
        return False
    host, pid, _ = rest
    if host == host_id():
        return not runs(int(pid))
    made = summary.get("CreationTime")
    return isinstance(made, datetime) and datetime.now(UTC) - made > STALE


def runs(pid: int) -> bool:
    if pid == os.getpid():
        return True
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
