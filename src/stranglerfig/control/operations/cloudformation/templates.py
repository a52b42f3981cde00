"""Templates: of stacks and change sets as they were sent, and what one says without becoming a stack."""

from __future__ import annotations

from typing import Any, cast

from stranglerfig.control.context import Control
from stranglerfig.control.operations.cloudformation.finding import Parameters, find_change_set
from stranglerfig.core.access import Caller
from stranglerfig.core.cloudformation.stacks.faults import invalid, no_stack_with_id
from stranglerfig.core.cloudformation.stacks.records import Definition
from stranglerfig.core.cloudformation.stacks.summaries import show_summary, show_validation
from stranglerfig.core.cloudformation.stacks.wishes import refuse_elsewhere
from stranglerfig.core.cloudformation.templates.template import read_template

Answer = dict[str, Any]


async def get_template(control: Control, caller: Caller, parameters: Parameters) -> Answer:
    """There are no transforms here, so that both stages are the text as it was sent."""
    definition = _find(control, caller, parameters)
    return {"TemplateBody": definition.template_text, "StagesAvailable": ["Original", "Processed"]}


async def get_template_summary(control: Control, caller: Caller, parameters: Parameters, tree: object) -> Answer:
    refuse_elsewhere(parameters)
    if parameters.get("StackSetName"):
        raise invalid("There are no stack sets here: name a StackName or send a TemplateBody.")
    if tree is None:
        tree = _find(control, caller, parameters).tree
    return show_summary(read_template(tree), cast(dict[str, Any], tree))


async def validate_template(control: Control, caller: Caller, parameters: Parameters, tree: object) -> Answer:
    """Of the text alone: neither values of parameters nor properties of resources are looked at."""
    refuse_elsewhere(parameters)
    if tree is None:
        raise invalid("Either Template URL or Template Body must be specified.")
    return show_validation(read_template(tree))


def _find(control: Control, caller: Caller, parameters: Parameters) -> Definition:
    if parameters.get("ChangeSetName"):
        return find_change_set(control, caller, parameters).definition
    name = parameters.get("StackName")
    if not name:
        raise invalid("Either StackName, ChangeSetName or TemplateBody has to be specified.")
    found = control.stacks.books.find(caller.account, name)
    if found is None:
        raise no_stack_with_id(name)
    return found.definition
