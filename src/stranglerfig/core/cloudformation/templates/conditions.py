"""Conditions of a template, decided (pure)."""

from __future__ import annotations

from typing import Any

from stranglerfig.core.cloudformation.templates.calls import call_of
from stranglerfig.core.cloudformation.templates.cycles import in_order
from stranglerfig.core.cloudformation.templates.functions import Evaluation, evaluate
from stranglerfig.core.cloudformation.templates.references import Of, references_in_condition
from stranglerfig.core.cloudformation.templates.scope import Scope
from stranglerfig.core.cloudformation.templates.tree import invalid, to_text


def conditions_of(scope: Scope) -> dict[str, bool]:
    """Each after those that it names: a long chain of them is decided link by link."""
    written = scope.template.conditions
    needs = {
        name: [found.name for found in references_in_condition(value) if found.of is Of.CONDITION]
        for name, value in written.items()
    }
    decided: dict[str, bool] = {}
    for name in in_order(needs):
        decided[name] = _holds(written[name], Evaluation(scope, decided))
    return decided


def _holds(value: Any, within: Evaluation) -> bool:
    call = call_of(value)
    if call is None:
        return within.conditions[value["Condition"]]
    match call:
        case "Fn::Not", [operand]:
            return not _holds(operand, within)
        case "Fn::And", operands:
            return all(_holds(operand, within) for operand in operands)
        case "Fn::Or", operands:
            return any(_holds(operand, within) for operand in operands)
        case _, operands:
            return _are_equal(operands, within)


def _are_equal(operands: list[Any], within: Evaluation) -> bool:
    try:
        left, right = (to_text(evaluate(operand, within)) for operand in operands)
    except ValueError:
        raise invalid("Template error: every Fn::Equals object requires a list of 2 string parameters.") from None
    return left == right
