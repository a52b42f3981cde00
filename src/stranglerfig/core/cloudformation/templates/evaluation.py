"""What a template comes to with the values of a stack (pure)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from stranglerfig.core.cloudformation.templates.declarations import ResourceDeclaration, Template
from stranglerfig.core.cloudformation.templates.scope import Scope


@dataclass(frozen=True, slots=True)
class Output:
    """``value`` and ``export_name`` are UNKNOWN where they hang on a resource that is not there yet."""

    key: str
    value: Any
    description: str | None
    export_name: Any


def active_resources(scope: Scope) -> dict[str, ResourceDeclaration]:
    """Those whose condition holds."""
    raise NotImplementedError


def dependencies(template: Template) -> dict[str, frozenset[str]]:
    """Of each resource on others, by DependsOn, Ref, GetAtt and Sub, whichever way conditions go."""
    raise NotImplementedError


def properties_of(scope: Scope, logical_id: str) -> dict[str, Any]:
    """Evaluated, without what is AWS::NoValue; UNKNOWN where a resource is not there yet. ``Fault`` for what can
    never be: no such export, a key that is not in its mapping."""
    raise NotImplementedError


def outputs_of(scope: Scope) -> tuple[Output, ...]:
    """Those whose condition holds."""
    raise NotImplementedError


def imports_of(scope: Scope) -> frozenset[str]:
    """Names of the exports that active resources and outputs import."""
    raise NotImplementedError
