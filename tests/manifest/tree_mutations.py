"""Ways to break a manifest that is YAML all the same: values, keys and whole branches in the wrong places."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from random import Random

from stranglerfig.manifest.kinds import KINDS
from stranglerfig.manifest.nearest import fields_below
from stranglerfig.manifest.nodes import Entry, ListNode, MapNode, Node, ScalarNode, Style
from stranglerfig.manifest.source import read_source
from tests.manifest.fuzz_seeds import SEEDS, SHARDS

NAMES = sorted(
    {field.name for kind in KINDS.values() for _, field in fields_below(kind.section)}
    | {"environments", "test", "prod", "helthcheck", "", "a.b[0]", "<<", "é"}
)


@cache
def trees() -> tuple[MapNode, ...]:
    found = [read_source(seed, "seed")[0] for seed in SEEDS]
    return tuple(tree for tree in found if isinstance(tree, MapNode))


@cache
def branches() -> tuple[Node, ...]:
    """Of all seeds, with texts, numbers and empty collections besides."""
    texts = [shard.decode("utf-8", "replace") for shard in SHARDS]
    leaves = [ScalarNode(text, style, 1, 1) for text in texts for style in (Style.PLAIN, Style.QUOTED)]
    inner = [branch for tree in trees() for branch in below(tree)]
    return (*leaves, *inner, *inner, ListNode((), 1, 1), MapNode((), 1, 1))


def below(node: Node) -> list[Node]:
    if isinstance(node, ScalarNode):
        return [node]
    children = node.items if isinstance(node, ListNode) else [entry.value for entry in node.entries]
    return [node, *(found for child in children for found in below(child))]


def broken_tree(chance: Random) -> MapNode:
    tree = chance.choice(trees())
    for _ in range(chance.choice((1, 1, 2, 3, 6))):
        entries = list(tree.entries)
        place = chance.randrange(len(entries))
        if entries[place].key not in ("type", "version") or chance.random() < 0.02:
            entries[place] = replace(entries[place], value=mutated(entries[place].value, chance))
        if chance.random() < 0.3:
            entries.append(Entry(chance.choice(NAMES), 9, 1, chance.choice(branches())))
        if chance.random() < 0.1:
            held = replace(tree, entries=tuple(found for found in tree.entries if found.key not in ("name", "type")))
            test = MapNode((Entry("test", 8, 3, mutated(held, chance)),), 8, 1)
            entries = [entry for entry in entries if entry.key != "environments"] + [Entry("environments", 8, 1, test)]
        tree = replace(tree, entries=once_each(entries))
    return tree


def mutated(node: Node, chance: Random) -> Node:
    """The node, or one below it, is another one."""
    if isinstance(node, ScalarNode) or chance.random() < 0.2:
        return elsewhere(node, chance)
    if isinstance(node, ListNode):
        items = list(node.items) or [chance.choice(branches())]
        place = chance.randrange(len(items))
        items[place] = mutated(items[place], chance)
        return replace(node, items=tuple(items + items[: chance.choice((0, 0, 1))]))
    entries = list(node.entries)
    if not entries or chance.random() < 0.2:
        entries.append(Entry(chance.choice(NAMES), 9, 1, chance.choice(branches())))
    place = chance.randrange(len(entries))
    if chance.random() < 0.2:
        entries[place] = replace(entries[place], key=chance.choice(NAMES))
    elif chance.random() < 0.2:
        del entries[place]
    else:
        entries[place] = replace(entries[place], value=mutated(entries[place].value, chance))
    return replace(node, entries=once_each(entries))


def elsewhere(node: Node, chance: Random) -> Node:
    wrapped = (ListNode((node,), 1, 1), MapNode((Entry(chance.choice(NAMES), 1, 1, node),), 1, 1))
    return chance.choice((*wrapped, *(chance.choice(branches()) for _ in range(6))))


def once_each(entries: list[Entry]) -> tuple[Entry, ...]:
    """No text gives a tree with a key twice."""
    return tuple({entry.key: entry for entry in entries}.values())
