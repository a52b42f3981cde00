"""Templates of stacks as trees, and trees changed a little. Pure.

What is deployed may be newer, or patched by its user: where only a part is to change, the rest of it stays.
"""

from __future__ import annotations

import json
from collections.abc import Mapping

from stranglerfig.aws.synth.environment.features import SERVICES
from stranglerfig.aws.synth.template import Tree
from stranglerfig.core.cloudformation.templates.calls import SHORT_FORMS
from stranglerfig.manifest.nodes import to_value
from stranglerfig.manifest.source import read_source

OF_COPILOT = ("AWS::Lambda::Function", "AWS::AppRunner::Service")
#: the parameter that all environments have
OF_ENVIRONMENTS = "EnvironmentName"
SECTIONS = ("Parameters", "Conditions", "Resources", "Outputs")


def parse_template(text: str) -> Tree:
    """Of JSON, or of YAML with short forms of functions; empty for no text."""
    if not text.strip():
        return {}
    try:
        found = json.loads(text)
    except ValueError:
        root, _ = read_source(text.encode(), "template", SHORT_FORMS)
        found = to_value(root)
    return found if isinstance(found, dict) else {}


def plain(tree: Tree) -> Tree:
    """As it is when it has been sent and read again."""
    found: Tree = json.loads(json.dumps(tree, ensure_ascii=False))
    return found


def section(tree: Mapping[str, object], name: str) -> Mapping[str, object]:
    found = tree.get(name)
    return found if isinstance(found, Mapping) else {}


def manifest_of(tree: Tree) -> str:
    """The manifest that a stack was made of; empty where its template does not say it."""
    return str(section(tree, "Metadata").get("Manifest") or "")


def is_ours(tree: Tree) -> bool:
    """Of an environment's or a workload's. Copilot's have Lambda functions or App Runner in them, but for environments
    with certificates of the user's own: these lack a parameter."""
    kinds = {str(one.get("Type")) for one in section(tree, "Resources").values() if isinstance(one, dict)}
    if any(kind in OF_COPILOT or kind.startswith("Custom::") for kind in kinds):
        return False
    parameters = section(tree, "Parameters")
    return OF_ENVIRONMENTS not in parameters or SERVICES in parameters


def transplanted(deployed: Tree, before: Tree, after: Tree) -> Tree:
    """``deployed`` with what differs between the two others; what is the same in both stays as it is there."""
    result = dict(deployed)
    for name in SECTIONS:
        old, new = section(before, name), section(after, name)
        entries = dict(section(deployed, name))
        for key in [*old, *new]:
            if key not in new:
                entries.pop(key, None)
            elif old.get(key) != new[key]:
                entries[key] = new[key]
        if entries:
            result[name] = entries
    return result
