"""What a template says, told without making a stack of it: answers with the model's member names (pure)."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from stranglerfig.core.cloudformation.stacks.capabilities import needed_capability
from stranglerfig.core.cloudformation.templates.template import ParameterDeclaration, Template

Answer = dict[str, Any]


def show_validation(template: Template) -> Answer:
    """As ValidateTemplate answers."""
    return {
        "Parameters": [_parameter(one) for one in template.parameters.values()],
        "Description": template.description or None,
        **_capabilities(template),
    }


def show_summary(template: Template, tree: Mapping[str, Any]) -> Answer:
    """As GetTemplateSummary answers; ``tree`` is what the template was read from."""
    version = tree.get("AWSTemplateFormatVersion")
    return {
        "Parameters": [
            {**_parameter(one), "ParameterType": one.type, "ParameterConstraints": _constraints(one)}
            for one in template.parameters.values()
        ],
        "Description": template.description or None,
        "Metadata": None if template.metadata is None else json.dumps(template.metadata),
        "Version": None if version is None else str(version),
        "ResourceTypes": sorted({one.type for one in template.resources.values()}),
        **_capabilities(template),
    }


def _parameter(declaration: ParameterDeclaration) -> Answer:
    return {
        "ParameterKey": declaration.name,
        "DefaultValue": declaration.default,
        "NoEcho": declaration.no_echo,
        "Description": declaration.description or None,
    }


def _constraints(declaration: ParameterDeclaration) -> Answer:
    return {"AllowedValues": list(declaration.allowed_values) or None}


def _capabilities(template: Template) -> Answer:
    needed = needed_capability(template)
    return {
        "Capabilities": None if needed.capability is None else [needed.capability],
        "CapabilitiesReason": needed.reason,
        "DeclaredTransforms": [],
    }
