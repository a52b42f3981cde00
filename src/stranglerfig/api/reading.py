"""What every endpoint takes out of its request."""

from __future__ import annotations

from typing import Any, TypeVar, cast

from starlette.requests import Request

from stranglerfig.api.wire import ConditionsWire, HealthWire
from stranglerfig.control.context import Control
from stranglerfig.control.operations.soundness import check_health
from stranglerfig.core.conditions_text import ConditionsText
from stranglerfig.core.json_values import UnreadableValue, from_json
from stranglerfig.core.topology import HealthCheck
from stranglerfig.errors import UsageError

T = TypeVar("T")


def control_of(request: Request) -> Control:
    return cast(Control, request.app.state.control)


def to_value(kind: type[T], wire: dict[str, Any]) -> T:
    """A value of the core, as ``core.json_values`` has it."""
    try:
        return from_json(kind, wire)
    except UnreadableValue as error:
        raise UsageError(
            f"the request does not say what it should: {error}",
            hint="Use the fig that runs the daemon: `fig daemon status` names its version.",
        ) from error


def to_conditions_text(wire: ConditionsWire) -> ConditionsText:
    return ConditionsText(
        path=wire.get("path", "/"),
        exact=wire.get("exact", False),
        pattern=wire.get("pattern", False),
        methods=tuple(wire.get("methods", ())),
        hosts=tuple(wire.get("hosts", ())),
        headers=tuple(wire.get("headers", ())),
        queries=tuple(wire.get("queries", ())),
        sources=tuple(wire.get("sources", ())),
    )


def to_health(wire: HealthWire) -> HealthCheck:
    health = HealthCheck(**wire)
    check_health(health)
    return health
