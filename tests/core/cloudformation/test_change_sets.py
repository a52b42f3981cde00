"""What becomes of the change sets of a stack when an operation begins on it."""

from __future__ import annotations

import pytest

from stranglerfig.core.cloudformation.stacks.beginnings import spend
from stranglerfig.core.cloudformation.stacks.records import ChangeSet, Definition, Stack

NOTHING = Definition("", {})


def a_stack(change_set_id: str | None = None) -> Stack:
    return Stack("stack", "name", "000000000000", NOTHING, 0.0, change_set_id=change_set_id)


def a_set(name: str, execution_status: str = "AVAILABLE") -> ChangeSet:
    return ChangeSet(name, name, "stack", "name", "UPDATE", NOTHING, 0.0, "CREATE_COMPLETE", execution_status)


def test_the_one_that_is_carried_out_is_the_only_one_that_stays() -> None:
    spent = spend(a_stack("two"), [a_set("one"), a_set("two"), a_set("three", "OBSOLETE")])

    assert [(one.id, one.execution_status) for one in spent.changed] == [("two", "EXECUTE_COMPLETE")]
    assert spent.gone == ("one", "three")


@pytest.mark.parametrize("former", [None, "two"])
def test_an_update_without_one_makes_all_obsolete(former: str | None) -> None:
    """The stack goes on knowing by which one it was changed last."""
    spent = spend(a_stack(former), [a_set("one"), a_set("two", "EXECUTE_COMPLETE"), a_set("bad", "UNAVAILABLE")])

    assert [(one.id, one.execution_status) for one in spent.changed] == [("one", "OBSOLETE")]
    assert spent.gone == ()
