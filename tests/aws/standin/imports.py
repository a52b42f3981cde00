"""Who imports what stacks export, which moto does not tell."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from moto.cloudformation.exceptions import ValidationError
from moto.cloudformation.responses import CloudFormationResponse
from moto.core.responses import ActionResult


def list_imports(response: CloudFormationResponse) -> ActionResult:
    export = response._get_param("ExportName")
    stacks = list(response.cloudformation_backend.stacks.values())
    found = [one.name for one in stacks if export in imports(one.template_dict, one.parameters)]
    if not found:
        raise ValidationError(message=f"Export '{export}' is not imported by any stack.")
    return ActionResult({"Imports": found})


def imports(value: object, parameters: Mapping[str, str]) -> Iterator[str]:
    """Names of exports, as templates write them."""
    if isinstance(value, list):
        for one in value:
            yield from imports(one, parameters)
    if isinstance(value, dict):
        for key, one in value.items():
            if key != "Fn::ImportValue":
                yield from imports(one, parameters)
                continue
            text = one.get("Fn::Sub") if isinstance(one, dict) else one
            yield re.sub(r"\$\{(\w+)\}", lambda part: parameters.get(part[1], part[0]), str(text))
