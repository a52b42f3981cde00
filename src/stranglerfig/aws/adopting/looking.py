"""Looks at an application of Copilot's: how far each stack has been taken over, and what doing so would change."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from pathlib import Path

from stranglerfig.aws.additions import Additions, of_environments, of_workload
from stranglerfig.aws.adopting import live
from stranglerfig.aws.adopting.addons import DeployedAddons, deployed_addons
from stranglerfig.aws.adopting.comparing import Known, Written, compare
from stranglerfig.aws.adopting.holding import is_held
from stranglerfig.aws.adopting.refusing import Obstacle, of_changes, of_error, of_status
from stranglerfig.aws.applications import Application, is_same, to_app_workloads, version_of
from stranglerfig.aws.deleting import deployed
from stranglerfig.aws.environments import ONLY_ROLES, Environment, EnvironmentText
from stranglerfig.aws.inherited import read_manifest
from stranglerfig.aws.release import to_stack_order
from stranglerfig.aws.stacks.stacks import Stacks
from stranglerfig.aws.stacks.template_text import is_ours, manifest_of, parse_template, section
from stranglerfig.aws.stacks.values import Change, Stack, StackOrder, to_order
from stranglerfig.aws.synth import names
from stranglerfig.aws.synth.addons import OF_ENV, OF_WORKLOAD
from stranglerfig.aws.synth.app import resources_template
from stranglerfig.aws.synth.environment import Features
from stranglerfig.aws.synth.template import Tree, to_tree
from stranglerfig.core.cloudformation.templates.scope import Pseudo
from stranglerfig.errors import Conflict, NotFound, Refused, UsageError

Answers = Mapping[str, Mapping[str, str]]


class State(Enum):
    COPILOTS = "Copilot's"
    #: an environment that has its two roles alone
    NOT_DEPLOYED = "not deployed"
    #: its functions' resources are retained, and the rest is Copilot's
    HELD = "held"
    OURS = "taken over"


#: Nothing is left to do.
DONE = (State.OURS, State.NOT_DEPLOYED)


@dataclass(frozen=True, slots=True)
class Look:
    """One stack, and what taking it over would change of it. ``manifest`` is the text that it was deployed with."""

    stack: str
    env: str
    workload: str
    state: State
    changes: tuple[Change, ...] = ()
    manifest: str = ""
    addons: DeployedAddons = field(default_factory=DeployedAddons)
    obstacles: tuple[Obstacle, ...] = ()


@dataclass(frozen=True, slots=True)
class Ordered:
    """What a stack is to become, and what is known of it for that."""

    order: StackOrder
    answers: Answers = field(default_factory=dict)
    addons: DeployedAddons = field(default_factory=DeployedAddons)


@dataclass(frozen=True, slots=True)
class Looking:
    """``root`` is the workspace's. Nothing is changed."""

    app: Application
    envs: Sequence[Environment]
    root: Path

    def all(self) -> list[Look]:
        """In the order in which they are taken over."""
        found = [self.at_roles(), self.at_resources()]
        for env in self.envs:
            found.append(self.at_environment(env))
            found += [self.at_workload(env, one.record.name, one.stack) for one in deployed(env)]
        return found

    def at_roles(self) -> Look:
        order = self.app.roles_order(self.app.facts())
        stacks = self.app.how.stacks
        stack, tree = stacks.require(order.name), tree_of(stacks, order.name)
        state = State.OURS if tree == parse_template(order.body) else State.COPILOTS
        pseudo = Pseudo(self.app.record.account, self.app.session.region, stack.name, stack.id)
        changes = tuple(changes_of(stacks, stack, tree, Ordered(order), pseudo))
        return Look(order.name, "", "", state, changes, obstacles=tuple(of_changes(changes)))

    def at_resources(self) -> Look:
        name, facts = names.app_stack_set(self.app.record.name), self.app.facts()
        present = self.app.stack_set.template() or ""
        workloads = to_app_workloads(self.app.records.workloads(self.app.record.name))
        wanted = to_tree(resources_template(facts, workloads, version_of(present)))
        if is_same(present, wanted):
            return Look(name, "", "", State.OURS)
        order = to_order(name, wanted)
        pseudo = Pseudo(facts.account, facts.region, name, name)
        before, after = Written(parse_template(present), {}), Written(parse_template(order.body), {})
        changes = tuple(compare(before, after, Known(pseudo)))
        return Look(name, "", "", State.COPILOTS, changes, obstacles=tuple(of_changes(changes)))

    def at_environment(self, env: Environment) -> Look:
        stack = env.stacks.require(env.stack_name)

        def order(tree: Tree) -> Ordered:
            additions, addons = environment_additions(env, self.root, stack, tree)
            features = features_of_addons(env, self.root)
            return Ordered(env.order(environment_text(env, tree), additions, features=features), addons=addons)

        return self._at(env, "", stack, order)

    def at_workload(self, env: Environment, name: str, stack: Stack) -> Look:
        def order(tree: Tree) -> Ordered:
            facts = env.facts(environment_text(env, tree_of(env.stacks, env.stack_name)).manifest.body)
            release, wanted, found = live.release_of(env, facts, self.root, stack, tree)
            answers = live.answers(tree, found, env.stacks.require(env.stack_name).outputs)
            return Ordered(to_stack_order(release, wanted.additions, env), answers, found.addons)

        return self._at(env, name, stack, order)

    def _at(self, env: Environment, workload: str, stack: Stack, order: Callable[[Tree], Ordered]) -> Look:
        tree = tree_of(env.stacks, stack.name)
        state, manifest = state_of(tree), manifest_of(tree)
        if state in DONE:
            return Look(stack.name, env.name, workload, state, (), manifest)
        stuck = of_status(stack)
        if stuck:
            return Look(stack.name, env.name, workload, state, (), manifest, obstacles=tuple(stuck))
        try:
            ordered = order(tree)
        except (Refused, NotFound, UsageError, Conflict) as error:
            return Look(stack.name, env.name, workload, state, (), manifest, obstacles=tuple(of_error(error)))
        pseudo = Pseudo(env.record.account, env.record.region, stack.name, stack.id)
        exports = env.stacks.require(env.stack_name).exports
        changes = tuple(changes_of(env.stacks, stack, tree, ordered, pseudo, exports))
        found = tuple(of_changes(changes))
        return Look(stack.name, env.name, workload, state, changes, manifest, ordered.addons, found)


def environment_additions(env: Environment, root: Path, stack: Stack, tree: Tree) -> tuple[Additions, DeployedAddons]:
    """Its own addons as they are deployed, and the patches of the workspace."""
    addons = deployed_addons(env.stacks, stack, tree, env.stacks.resources(stack.name), OF_ENV)
    return Additions(addons.template, of_environments(root).patches, addons.url), addons


def features_of_addons(env: Environment, root: Path) -> Features:
    """What addons of workloads make things of, which Copilot's roles have every right to: the environment's own have
    those to change and delete them before any of the workloads is deployed again."""
    found = {}
    for one in deployed(env):
        assert one.stack is not None
        name, resources = one.stack.name, env.stacks.resources(one.stack.name)
        addons = deployed_addons(env.stacks, one.stack, tree_of(env.stacks, name), resources, OF_WORKLOAD)
        patches = of_workload(root, one.record.name).patches
        found[one.record.name] = Additions(addons.template, patches).services
    return Features(addons=found)


def changes_of(
    stacks: Stacks,
    stack: Stack,
    tree: Tree,
    ordered: Ordered,
    pseudo: Pseudo,
    exports: Mapping[str, str] | None = None,
) -> list[Change]:
    """``exports`` are those of the environment."""
    physical = {one.logical: one.physical for one in stacks.resources(stack.name)}
    values = {
        name: stack.parameters.get(name, "") if one is None else one for name, one in ordered.order.parameters.items()
    }
    after = Written(parse_template(ordered.order.body), values)
    return compare(Written(tree, stack.parameters), after, Known(pseudo, exports or {}, ordered.answers, physical))


def state_of(tree: Tree) -> State:
    if section(tree, "Resources").keys() <= ONLY_ROLES:
        return State.NOT_DEPLOYED
    if is_ours(tree):
        return State.OURS
    return State.HELD if is_held(tree) else State.COPILOTS


def environment_text(env: Environment, tree: Tree) -> EnvironmentText:
    """As it is deployed; what the first versions of Copilot deployed has no manifest with it."""
    text = manifest_of(tree) or f"name: {env.name}\ntype: Environment\n"
    return EnvironmentText(read_manifest(text, env.record), text)


def tree_of(stacks: Stacks, name: str) -> Tree:
    return parse_template(stacks.template(name))
