"""The values of secrets by name and environment, however they were given. Nothing here ever says one."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from stranglerfig.cli.asking.questions import Question, ask_hidden
from stranglerfig.cli.pairs import pairs
from stranglerfig.errors import UsageError

if TYPE_CHECKING:
    from stranglerfig.manifest.nodes import Node

#: values by environment, by name
Given = dict[str, dict[str, str]]

SHAPE = "It holds names of secrets, under each the names of environments with their values: `db: {test: …, prod: …}`."


def read_values(source: str) -> Given:
    """The file of ``--cli-input-yaml``; ``-`` is standard input."""
    from stranglerfig.manifest.problems import ManifestInvalid, located
    from stranglerfig.manifest.source import read_source

    try:
        text = sys.stdin.buffer.read() if source == "-" else Path(source).read_bytes()
    except OSError as error:
        raise UsageError(f"cannot read {source}: {error.strerror}", hint=SHAPE) from error
    root, faults = read_source(text, source)
    if any(not fault.is_warning for fault in faults):
        raise ManifestInvalid(located(source, faults))
    found = {name: scalars(value, name, source) for name, value in entries(root, source)}
    if not found:
        raise UsageError(f"{source} holds no secrets", hint=SHAPE)
    return found


def entries(node: Node, source: str) -> list[tuple[str, Node]]:
    from stranglerfig.manifest.nodes import MapNode

    if not isinstance(node, MapNode):
        raise UsageError(f"{source}:{node.line}: not a mapping", hint=SHAPE)
    return [(entry.key, entry.value) for entry in node.entries]


def scalars(node: Node, name: str, source: str) -> dict[str, str]:
    from stranglerfig.manifest.nodes import ScalarNode

    found = {}
    for environment, value in entries(node, source):
        if not isinstance(value, ScalarNode) or value.is_null:
            raise UsageError(f"{source}:{value.line}: {name} has no text for environment {environment}", hint=SHAPE)
        found[environment] = value.text
    if not found:
        raise UsageError(f"{source}:{node.line}: {name} has no environments", hint=SHAPE)
    return found


def ask_values(name: str, environments: Sequence[str]) -> dict[str, str]:
    return {
        environment: ask_hidden(
            Question(f"{name} in {environment}", f"What is {name} in environment {environment}?", "--values")
        )
        for environment in environments
    }


def flag_values(texts: Sequence[str]) -> dict[str, str]:
    return pairs(texts, "--values")
