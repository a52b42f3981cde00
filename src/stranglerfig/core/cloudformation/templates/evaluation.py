"""What a template comes to with the values of a stack (pure)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from stranglerfig.core.cloudformation.templates.conditions import conditions_of
from stranglerfig.core.cloudformation.templates.conversion import as_schema_has_it
from stranglerfig.core.cloudformation.templates.declarations import OutputDeclaration, ResourceDeclaration
from stranglerfig.core.cloudformation.templates.functions import Evaluation, evaluate
from stranglerfig.core.cloudformation.templates.references import dependencies
from stranglerfig.core.cloudformation.templates.resource_types import find_type
from stranglerfig.core.cloudformation.templates.scope import UNKNOWN, Scope
from stranglerfig.core.cloudformation.templates.sections import malformed_output
from stranglerfig.core.cloudformation.templates.tree import to_text

__all__ = ["Output", "active_resources", "dependencies", "imports_of", "outputs_of", "properties_of"]

VALUE = "The Value field of every Outputs member must evaluate to a String."
NAME = (
    "The Name field of every Export member must be specified and consist only of alphanumeric characters, colons, "
    "or hyphens."
)
EXPORT_NAME = re.compile(r"[A-Za-z0-9:-]{1,255}")


@dataclass(frozen=True, slots=True)
class Output:
    """``value`` and ``export_name`` are UNKNOWN where they hang on a resource that is not there yet."""

    key: str
    value: Any
    description: str | None
    export_name: Any


def active_resources(scope: Scope) -> dict[str, ResourceDeclaration]:
    """Those whose condition holds."""
    decided = conditions_of(scope)
    return {name: found for name, found in scope.template.resources.items() if _is_active(found, decided)}


def properties_of(scope: Scope, logical_id: str) -> dict[str, Any]:
    """Evaluated, without what is AWS::NoValue, numbers and booleans as the type's schema has them; UNKNOWN where a
    resource is not there yet. ``Fault`` for what can never be: no such export, a key that is not in its mapping."""
    resource = scope.template.resources[logical_id]
    found: dict[str, Any] = evaluate(resource.properties, _evaluation(scope))
    type_ = find_type(resource.type)
    return found if type_ is None else dict(as_schema_has_it(type_.schema.properties, found))


def outputs_of(scope: Scope) -> tuple[Output, ...]:
    """Those whose condition holds."""
    within = _evaluation(scope)
    declared = scope.template.outputs.values()
    return tuple(_output(found, within) for found in declared if _is_active(found, within.conditions))


def imports_of(scope: Scope) -> frozenset[str]:
    """Names of the exports that active resources and outputs import, whether they exist or not."""
    imported: set[str] = set()
    within = _evaluation(scope, imported)
    for name in within.active:
        evaluate(scope.template.resources[name].properties, within)
    for output in scope.template.outputs.values():
        if _is_active(output, within.conditions):
            evaluate([output.value, output.export_name or ""], within)
    return frozenset(imported)


def _evaluation(scope: Scope, imported: set[str] | None = None) -> Evaluation:
    decided = conditions_of(scope)
    active = frozenset(name for name, found in scope.template.resources.items() if _is_active(found, decided))
    return Evaluation(scope, decided, active, imported)


def _is_active(found: ResourceDeclaration | OutputDeclaration, decided: Mapping[str, bool]) -> bool:
    return found.condition is None or decided[found.condition]


def _output(declared: OutputDeclaration, within: Evaluation) -> Output:
    value = _text(declared, evaluate(declared.value, within), VALUE)
    name = declared.export_name
    if name is not None:
        name = _text(declared, evaluate(name, within), NAME)
        if name is not UNKNOWN and not EXPORT_NAME.fullmatch(name):
            raise malformed_output(declared.name, NAME)
    return Output(declared.name, value, declared.description, name)


def _text(declared: OutputDeclaration, value: Any, wanted: str) -> Any:
    try:
        return value if value is UNKNOWN else to_text(value)
    except ValueError:
        raise malformed_output(declared.name, wanted) from None
