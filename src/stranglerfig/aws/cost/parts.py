"""A stack as what there will be by its template and parameters. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from stranglerfig.core.cloudformation.templates.evaluation import active_resources, properties_of
from stranglerfig.core.cloudformation.templates.scope import Pseudo, Scope
from stranglerfig.core.cloudformation.templates.template import read_template
from stranglerfig.core.faults import Fault
from stranglerfig.errors import UsageError

ACCOUNT = "000000000000"
#: the part of it that is no workload's
ENVIRONMENT = "environment"


@dataclass(frozen=True, slots=True)
class Found:
    """``properties`` with functions carried out; what only AWS will tell is unknown in them."""

    type: str
    properties: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Part:
    """``name`` is that of the workload, or of what it is beside workloads. ``most`` is how many tasks autoscaling may
    make of it."""

    name: str
    resources: tuple[Found, ...]
    most: int | None = None

    def all(self, type: str) -> Iterator[Found]:
        return (found for found in self.resources if found.type == type)

    def first(self, type: str) -> Found | None:
        return next(self.all(type), None)


def to_part(
    name: str, tree: Mapping[str, Any], parameters: Mapping[str, str], region: str, most: int | None = None
) -> Part:
    """Raises ``UsageError`` for a template that cannot be worked out before AWS has it."""
    try:
        template = read_template(tree)
        defaults = {key: one.default for key, one in template.parameters.items() if one.default is not None}
        scope = Scope(template, {**defaults, **parameters}, Pseudo(ACCOUNT, region, name, name))
        # Exports are of stacks that nobody has asked AWS for.
        scope = Scope(template, scope.values, scope.pseudo, _Anything())
        found = [Found(one.type, properties_of(scope, key)) for key, one in active_resources(scope).items()]
    except Fault as fault:
        raise UsageError(
            f"the template of {name} cannot be worked out: {fault.message}",
            hint="Look at its addons and overrides: what only AWS can carry out cannot be estimated.",
        ) from fault
    return Part(name, tuple(found), most)


class _Anything(dict[str, str]):
    """Every export there could be."""

    def __contains__(self, name: object) -> bool:
        return True

    def __missing__(self, name: str) -> str:
        return name
