"""Which properties of which resources say something else when a field is left out, or says something else.

Nothing here knows what a field means: manifests of the golden cases are changed at one place, and templates compared.
"""

from __future__ import annotations

import json
import re
from collections import Counter, defaultdict
from collections.abc import Callable, Container, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cache, partial
from typing import Any

from stranglerfig.aws.synth.environment import environment_parameters, environment_template
from stranglerfig.aws.synth.facts import Addons, Release
from stranglerfig.aws.synth.template import Template, to_tree
from stranglerfig.aws.synth.workload import parameter_values, workload_template
from stranglerfig.errors import FigError
from stranglerfig.manifest.build_model import build_model, build_workload
from stranglerfig.manifest.kinds import KINDS
from stranglerfig.manifest.load import Loaded, Loading, Request
from stranglerfig.manifest.model import EnvironmentManifest
from stranglerfig.manifest.nodes import NO, YES, ListNode, MapNode, Node, ScalarNode
from stranglerfig.manifest.source import read_source
from tests.aws.goldens import (
    APP,
    ENV,
    ENVIRONMENT,
    MANIFEST,
    GoldenCase,
    all_goldens,
    env_facts,
    features_facts,
    release_of,
)
from tests.manifest.fields import Place, kind_of, places_given

#: How often a field is to be seen to become something, for that depends on what else is said.
LOOKS = 2
#: How many names of a property are told, and where fewer are enough.
DEPTH, SHALLOW = 3, {"AWS::IAM::Role": 1, "AWS::StepFunctions::StateMachine": 1}


@dataclass(frozen=True, order=True)
class Effect:
    """Without ``prop`` the resource itself."""

    type: str
    prop: str = ""


def effects_of_fields(only: Container[str] | None = None) -> dict[str, set[Effect]]:
    """By the paths of all fields that a case has. One with nothing was never seen to become anything."""
    found: dict[str, list[set[Effect]]] = defaultdict(list)
    for case in all_goldens():
        if case.input.name in (MANIFEST, ENVIRONMENT):
            subject = Subject.of(case)
            for path, place in dict(reversed(subject.places)).items():
                if (only is None or path in only) and sum(map(bool, found[path])) < LOOKS:
                    found[path].append(subject.effects(place))
    return {path: {one for effects in seen for one in effects} for path, seen in found.items()}


@dataclass(frozen=True)
class Subject:
    """A case whose manifest can be said otherwise."""

    case: GoldenCase
    root: MapNode
    places: tuple[tuple[str, Place], ...]
    before: Mapping[str, Any]

    @classmethod
    def of(cls, case: GoldenCase) -> Subject:
        root, _ = read_source(case.input.read_bytes(), case.name)
        assert isinstance(root, MapNode)
        places = tuple(places_given(root, KINDS[kind_of(root)].section))
        return cls(case, root, places, resources(case, root))

    def effects(self, place: Place) -> set[Effect]:
        """By leaving it out, or if that says nothing or cannot be, by the first other value that does."""
        for root in otherwise(self.root, place):
            try:
                after = resources(self.case, root)
            except (FigError, ValueError, KeyError, AssertionError):
                continue
            if found := {*differences(self.before, after)}:
                return found
        return set()


def resources(case: GoldenCase, root: Node) -> Mapping[str, Any]:
    """Those of the template, with the values of its parameters."""
    given, loaded = case.facts(), load(case, root)
    if case.input.name == MANIFEST:
        release = replace(known_release(case), manifest=build_workload(loaded))
        return filled_in(workload_template(release), parameter_values(release))
    model = build_model(loaded)
    assert isinstance(model, EnvironmentManifest)
    facts, features = env_facts(given), features_facts(given)
    addons = Addons(**given["addons"]) if "addons" in given else None
    template = environment_template(facts, model, features, "", addons)
    return filled_in(template, environment_parameters(facts, model, features))


def load(case: GoldenCase, root: Node) -> Loaded:
    loading = Loading(Request(case.input.name, KINDS, app=APP, env=ENV), [])
    loaded = loading.load(root)
    if loaded is None or not all(fault.is_warning for fault in loading.faults):
        raise ValueError(loading.faults)
    return loaded


@cache
def known_release(case: GoldenCase) -> Release:
    return release_of(case)


def filled_in(template: Template, values: Mapping[str, str]) -> Mapping[str, Any]:
    def fill(value: Any) -> Any:
        match value:
            case {"Ref": str(name)} if name in values:
                return values[name]
            case dict():
                return {key: fill(one) for key, one in value.items()}
            case list():
                return [fill(one) for one in value]
            case _:
                return value

    tree: Any = to_tree(template)
    values = {name: one["Default"] for name, one in tree["Parameters"].items() if "Default" in one} | {**values}
    found: Mapping[str, Any] = fill(tree["Resources"])
    return found


def otherwise(root: MapNode, place: Place) -> Iterator[Node]:
    """Without what stands there, then with something else."""
    yield changed(root, place, lambda _: None)
    yield from (changed(root, place, other) for other in (turned, counted, narrowed, renamed, shortened))
    sidecars = root.get("sidecars")
    for entry in sidecars.value.entries if sidecars and isinstance(sidecars.value, MapNode) else ():
        yield changed(root, place, partial(called, entry.key))


def changed(node: Node, place: Place, change: Callable[[Node], Node | None]) -> Node:
    """With another value there, or with none."""
    first, *rest = place

    def other(inner: Node) -> Node | None:
        return changed(inner, tuple(rest), change) if rest else change(inner)

    if isinstance(node, MapNode):
        pairs = [(entry, other(entry.value) if entry.key == first else entry.value) for entry in node.entries]
        return replace(node, entries=tuple(replace(entry, value=value) for entry, value in pairs if value is not None))
    assert isinstance(node, ListNode)
    items = [other(item) if at == first else item for at, item in enumerate(node.items)]
    return replace(node, items=tuple(item for item in items if item is not None))


def turned(node: Node) -> Node:
    opposite = {**dict.fromkeys(YES, "false"), **dict.fromkeys(NO, "true")}
    return replace(node, text=opposite.get(node.text, node.text)) if isinstance(node, ScalarNode) else node


def counted(node: Node) -> Node:
    if not isinstance(node, ScalarNode):
        return node
    return replace(node, text=re.sub(r"\d+", lambda found: str(int(found[0]) + 1), node.text))


def narrowed(node: Node) -> Node:
    """A network stays in the one that it is part of."""
    if not isinstance(node, ScalarNode):
        return node
    return replace(node, text=re.sub(r"/(\d+)$", lambda found: f"/{int(found[1]) + 1}", node.text))


def renamed(node: Node) -> Node:
    return replace(node, text=f"{node.text}x") if isinstance(node, ScalarNode) else node


def called(name: str, node: Node) -> Node:
    return replace(node, text=name) if isinstance(node, ScalarNode) else node


def shortened(node: Node) -> Node:
    return replace(node, items=node.items[:-1]) if isinstance(node, ListNode) else node


def differences(before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[Effect]:
    for name in before.keys() | after.keys():
        old, new = before.get(name), after.get(name)
        kind = (old or after[name])["Type"]
        if old is None or new is None:
            yield Effect(kind)
            continue
        said = [Counter(leaves(one.get("Properties", {}), SHALLOW.get(kind, DEPTH))) for one in (old, new)]
        yield from (Effect(kind, path) for path, _ in (said[0] - said[1]) + (said[1] - said[0]))


def leaves(value: Any, depth: int, path: tuple[str, ...] = ()) -> Iterator[tuple[str, str]]:
    """What is in a list has no number, so that one less is not all others changed."""
    if isinstance(value, list):
        for one in value:
            yield from leaves(one, depth, path)
    elif isinstance(value, dict) and len(path) < depth and not any(is_function(key) for key in value):
        for key, one in value.items():
            yield from leaves(one, depth, (*path, key))
    else:
        yield ".".join(path), json.dumps(value, sort_keys=True)


def is_function(key: str) -> bool:
    return key == "Ref" or key.startswith("Fn::")
