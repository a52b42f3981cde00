"""Resources that are brought here from another place, each with the id that scripts know it by."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

from stranglerfig.control.context import Control
from stranglerfig.control.operations.refactor_spaces.applications import make_application
from stranglerfig.control.operations.refactor_spaces.creation import Origin
from stranglerfig.control.operations.refactor_spaces.environments import make_environment
from stranglerfig.control.operations.refactor_spaces.rights import Parameters
from stranglerfig.control.operations.refactor_spaces.routes import make_route
from stranglerfig.control.operations.refactor_spaces.services import make_service
from stranglerfig.core.access import Caller
from stranglerfig.core.faults import Fault
from stranglerfig.core.refactor_spaces.parameters import (
    CHANGEABLE,
    creating_operation,
    differing_members,
    to_parameters,
)
from stranglerfig.core.refactor_spaces.policy import check_policy
from stranglerfig.core.refactor_spaces.resources import PREFIXES, RESOURCE_TYPES, Resource, Route
from stranglerfig.core.refactor_spaces.tags import HOST_TAG, PORT_TAG
from stranglerfig.errors import Conflict, UsageError

Make = Callable[[Control, Caller, Parameters, Origin | None], Resource]

_MAKE: dict[str, Make] = {
    "CreateEnvironment": make_environment,
    "CreateApplication": make_application,
    "CreateService": make_service,
    "CreateRoute": make_route,
}
_PREFIXES = {f"Create{kind.__name__}": PREFIXES[kind] for kind in RESOURCE_TYPES}


@dataclass(frozen=True, slots=True)
class Brought:
    """``is_new`` is False for one that was here already. ``differs`` names what is otherwise here than it came."""

    resource: Resource
    is_new: bool
    differs: tuple[str, ...] = ()


async def bring_resource(control: Control, operation: str, origin: Origin, parameters: Parameters) -> Brought:
    """Returns when it is there; a route may be FAILED. ``parameters`` were checked against the operation's model.

    Raises ``Conflict`` if the id is here with something else, ``UsageError`` for what cannot be made; nothing of it is
    left then.
    """
    refactoring = control.refactoring
    if not origin.id.startswith(_PREFIXES[operation]):
        raise UsageError(f"the id {origin.id} is none that {operation} gives", hint="Mend the file, or write it anew.")
    known = await refactoring.settler.settled(origin.id)
    if known is not None:
        return Brought(known, is_new=False, differs=_compare(known, operation, parameters))
    caller = Caller(control.identity.account, "fig-import")
    try:
        resource = _MAKE[operation](control, caller, parameters, origin)
    except Fault as fault:
        raise UsageError(f"{origin.id} cannot be made: {fault.message}") from fault
    refactoring.books.save(resource, "brought from elsewhere")
    refactoring.settler.begin(resource)
    made = await refactoring.settler.settled(origin.id) or resource
    failure = made.facts.failure
    if failure is not None and not isinstance(made, Route):
        # A route can be tried again when its service answers. Of the others nothing is to stay that is not whole.
        refactoring.books.remove(origin.id, "could not be made")
        raise Conflict(f"{origin.id} cannot be made: {failure.message}")
    return Brought(made, is_new=True)


def _compare(known: Resource, operation: str, parameters: Parameters) -> tuple[str, ...]:
    """What of the resource has been changed since. Raises ``Conflict`` for a difference that no change can make."""
    here = to_parameters(known)
    differs = differing_members(here, _placed(parameters, here))
    if creating_operation(known) != operation or not CHANGEABLE.issuperset(differs):
        raise Conflict(
            f"{known.facts.id} is here already, and is something else: its {', '.join(differs)} differ",
            hint="Delete it first, or bring it to another FIG_HOME.",
        )
    return differs


def _placed(parameters: Parameters, here: Parameters) -> dict[str, Any]:
    """With the tags that say where it listens here: they are put on the way, and the one that it came from has none."""
    own = {key: value for key, value in (here.get("Tags") or {}).items() if key in (PORT_TAG, HOST_TAG)}
    tags = {**own, **(parameters.get("Tags") or {})}
    return {**parameters, "Tags": tags} if tags else dict(parameters)


def bring_policy(control: Control, environment_id: str, policy: str) -> Literal["created", "present", "other"]:
    """Another one that is there already stays. Raises ``UsageError`` for one that cannot be read."""
    try:
        environment = control.refactoring.books.spaces.environment(environment_id)
        check_policy(policy)
    except Fault as fault:
        raise UsageError(f"the policy of {environment_id} cannot be put: {fault.message}") from fault
    books = control.refactoring.books
    known = books.policies.get(environment.facts.id)
    if known is None:
        books.save_policy(environment.facts.id, policy)
        return "created"
    return "present" if known == policy else "other"
