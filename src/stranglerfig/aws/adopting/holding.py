"""Holds on to what functions of Copilot's have made, before the functions go. Pure.

CloudFormation tells a function when its resource leaves a template, and those of Copilot then take things away: the
balancer of an environment whose last workload says goodbye, the delegation of a domain, a certificate. A resource that
is retained leaves without a word, whether or not its function can still be run.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from stranglerfig.aws.stacks.template_text import section
from stranglerfig.aws.synth.template import Tree

CUSTOM = "Custom::"
MARK = "FigTakesOver"
#: CloudFormation changes no policy alone: something must come to the template with it, and this costs nothing.
_MARK = {"Type": "AWS::CloudFormation::WaitConditionHandle"}


def held(tree: Tree) -> Tree:
    """The same template, with every resource of a function retained."""
    resources = {name: _kept(one) for name, one in section(tree, "Resources").items()}
    return {**tree, "Resources": {**resources, MARK: _MARK}}


def is_held(tree: Tree) -> bool:
    return MARK in section(tree, "Resources")


def _kept(resource: Any) -> object:
    if isinstance(resource, Mapping) and str(resource.get("Type")).startswith(CUSTOM):
        return {**resource, "DeletionPolicy": "Retain"}
    return resource
