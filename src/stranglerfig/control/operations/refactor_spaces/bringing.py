"""Resources that are brought here from another place, each with the id that scripts know it by."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from stranglerfig.control.context import Control
from stranglerfig.control.operations.refactor_spaces.applications import make_application
from stranglerfig.control.operations.refactor_spaces.creation import Origin
from stranglerfig.control.operations.refactor_spaces.environments import make_environment
from stranglerfig.control.operations.refactor_spaces.rights import Parameters
from stranglerfig.control.operations.refactor_spaces.routes import make_route
from stranglerfig.control.operations.refactor_spaces.services import make_service
from stranglerfig.core.access import Caller
from stranglerfig.core.faults import Fault
from stranglerfig.core.refactor_spaces.parameters import creating_operation, to_parameters
from stranglerfig.core.refactor_spaces.policy import check_policy
from stranglerfig.core.refactor_spaces.resources import PREFIXES, RESOURCE_TYPES, Resource
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
    """``is_new`` is False for one that was here already, just so."""

    resource: Resource
    is_new: bool


async def bring_resource(control: Control, operation: str, origin: Origin, parameters: Parameters) -> Brought:
    """Returns when it is ACTIVE, INACTIVE or FAILED. ``parameters`` were checked against the operation's model.

    Raises ``Conflict`` if the id is here with something else, ``UsageError`` for what cannot be made.
    """
    refactoring = control.refactoring
    if not origin.id.startswith(_PREFIXES[operation]):
        raise UsageError(f"the id {origin.id} is none that {operation} gives", hint="Mend the file, or write it anew.")
    known = await refactoring.settler.settled(origin.id)
    if known is not None:
        if (creating_operation(known), to_parameters(known)) != (operation, dict(parameters)):
            raise Conflict(
                f"{origin.id} is here already, and is something else",
                hint="Delete it first, or bring it to another FIG_HOME.",
            )
        return Brought(known, is_new=False)
    caller = Caller(control.identity.account, "fig-import")
    try:
        resource = _MAKE[operation](control, caller, parameters, origin)
    except Fault as fault:
        raise UsageError(f"{origin.id} cannot be made: {fault.message}") from fault
    refactoring.books.save(resource, "brought from elsewhere")
    refactoring.settler.begin(resource)
    made = await refactoring.settler.settled(origin.id)
    return Brought(made if made is not None else resource, is_new=True)


def bring_policy(control: Control, environment_id: str, policy: str) -> None:
    """In the place of the one that is there. Raises ``UsageError`` for one that cannot be read."""
    try:
        environment = control.refactoring.books.spaces.environment(environment_id)
        check_policy(policy)
    except Fault as fault:
        raise UsageError(f"the policy of {environment_id} cannot be put: {fault.message}") from fault
    control.refactoring.books.save_policy(environment.facts.id, policy)
