"""Looking into templates as they are sent."""

from __future__ import annotations

from typing import Any

from stranglerfig.aws.synth.template import Template, to_tree


def part(template: Template, *path: str, absent: object = None) -> Any:
    """What stands there in the tree: ``"Outputs", "VpcId"``."""
    found: Any = to_tree(template)
    for name in path:
        found = found.get(name, absent) if absent is not None else found[name]
    return found


def properties(template: Template, logical_id: str) -> Any:
    return part(template, "Resources", logical_id, "Properties")
