"""Whose a stack is: its tags say so, for names of several may come to the same. Pure.

``shop-test-eu-api`` is what ``eu-api`` in environment ``test`` is called, and ``api`` in ``test-eu``.
"""

from __future__ import annotations

from collections.abc import Mapping

from stranglerfig.aws.stacks.values import Stack
from stranglerfig.aws.synth import names
from stranglerfig.errors import Conflict

#: what each names, in the order in which it is said
MARKS = {
    names.PROXY_TAG: "proxy",
    names.SERVICE_TAG: "workload",
    names.TASK_TAG: "task",
    names.ENV_TAG: "environment",
    names.APP_TAG: "application",
}


def belongs(stack: Stack, tags: Mapping[str, str]) -> bool:
    """To whom ``tags`` name. What has none of these was made by hand, and is whose name it has."""
    return marks(stack.tags) in ({}, marks(tags))


def refuse_others(stack: Stack, tags: Mapping[str, str]) -> None:
    """Raises ``Conflict`` for a stack that is somebody else's than whom ``tags`` name."""
    if not belongs(stack, tags):
        raise Conflict(
            f"stack {stack.name} is that of {in_words(stack.tags)}, not of {in_words(tags)}",
            hint="Give one of them another name: both come to the same name of a stack.",
        )


def marks(tags: Mapping[str, str]) -> dict[str, str]:
    return {mark: tags[mark] for mark in MARKS if mark in tags}


def in_words(tags: Mapping[str, str]) -> str:
    return " of ".join(f"{MARKS[mark]} {value}" for mark, value in marks(tags).items()) or "nobody"
