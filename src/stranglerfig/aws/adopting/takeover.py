"""Takes an application of Copilot's over, a stack after the other: the application's, environments, then workloads.

How far a stack has come is read from the stack itself, so that a second run goes on wherever the first was cut off.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import Enum
from pathlib import Path

from stranglerfig.aws.additions import of_environments
from stranglerfig.aws.adopting import live
from stranglerfig.aws.adopting.before import Before, Books
from stranglerfig.aws.adopting.comparing import Known, Written, compare
from stranglerfig.aws.adopting.holding import held, is_held
from stranglerfig.aws.adopting.refusing import refuse
from stranglerfig.aws.applications import Application, is_same, to_app_workloads, version_of
from stranglerfig.aws.deleting import deployed
from stranglerfig.aws.environments import Environment, EnvironmentText, read_manifest
from stranglerfig.aws.priorities import forget_numbers
from stranglerfig.aws.release import to_stack_order
from stranglerfig.aws.stacks.deploy import Deploying, deploy
from stranglerfig.aws.stacks.stacks import Stacks
from stranglerfig.aws.stacks.template_text import is_ours, manifest_of, parse_template
from stranglerfig.aws.stacks.values import Action, Change, Ended, Outcome, Stack, StackOrder, to_order
from stranglerfig.aws.synth import names
from stranglerfig.aws.synth.app import AppWorkload, resources_template
from stranglerfig.aws.synth.template import Tree, to_tree
from stranglerfig.core.cloudformation.templates.scope import Pseudo

#: as CloudFormation shows the value of a parameter that it shows nobody
HIDDEN = "****"
GOOD = (Ended.DEPLOYED, Ended.UNCHANGED)


class State(Enum):
    COPILOTS = "Copilot's"
    #: its functions' resources are retained, and the rest is Copilot's
    HELD = "held"
    OURS = "taken over"


@dataclass(frozen=True, slots=True)
class Look:
    """One stack, and what taking it over would change of it. ``manifest`` is the text that it was deployed with."""

    stack: str
    env: str
    workload: str
    state: State
    changes: tuple[Change, ...] = ()
    manifest: str = ""


@dataclass(frozen=True, slots=True)
class Takeover:
    """``root`` is the workspace's. ``begin`` is told each stack as its turn comes and gives how it is deployed."""

    app: Application
    envs: Sequence[Environment]
    root: Path
    begin: Callable[[str], Deploying]

    @property
    def books(self) -> Books:
        return Books(self.root, self.app.record.name)

    def look(self) -> list[Look]:
        """At all stacks, in the order in which they are taken over. Nothing is changed."""
        found = [self._look_at_roles(), self._look_at_resources()]
        for env in self.envs:
            found.append(self._look_at_environment(env))
            found += [self._look_at_workload(env, one.record.name, one.stack) for one in deployed(env)]
        return found

    def run(self) -> Iterator[tuple[str, Outcome]]:
        """Stack by stack; ends with the first that did not come out well. Raises ``Refused`` where CloudFormation says
        that something would be lost."""
        for step in self._steps():
            stack, outcome = step()
            yield stack, outcome
            if outcome.ended not in GOOD:
                return

    def undo(self) -> Iterator[tuple[str, Outcome]]:
        """Gives all that was taken over back, workloads first."""
        kinds = {one.stack: (not one.workload, not one.env) for one in self.books.all()}
        for before in sorted(self.books.all(), key=lambda one: kinds[one.stack]):
            outcome = self._give_back(before)
            yield before.stack, outcome
            if outcome.ended not in GOOD:
                return
            self.books.forget(before.stack)

    def _steps(self) -> Iterator[Callable[[], tuple[str, Outcome]]]:
        yield self._take_roles
        yield self._take_resources
        for env in self.envs:
            yield lambda env=env: self._take_environment(env)  # type: ignore[misc]
            for one in deployed(env):
                yield lambda env=env, name=one.record.name: self._take_workload(env, name)  # type: ignore[misc]

    # The application

    def _look_at_roles(self) -> Look:
        order = self.app.roles_order(self.app.facts())
        stack, tree = self.app.how.stacks.require(order.name), self._tree(self.app.how.stacks, order.name)
        state = State.OURS if tree == parse_template(order.body) else State.COPILOTS
        return Look(order.name, "", "", state, self._changes(order, stack, tree, self.app.session.region))

    def _take_roles(self) -> tuple[str, Outcome]:
        look = self._look_at_roles()
        how = self.begin(look.stack)
        stack = how.stacks.require(look.stack)
        if look.state is State.OURS:
            return look.stack, Outcome(Ended.UNCHANGED, stack)
        self.books.write(Before(look.stack, "", "", how.stacks.template(look.stack), stack.parameters))
        return look.stack, deploy(self.app.roles_order(self.app.facts()), how)

    def _look_at_resources(self) -> Look:
        name, facts = names.app_stack_set(self.app.record.name), self.app.facts()
        present = self.app.stack_set.template() or ""
        wanted = to_tree(resources_template(facts, self._workloads(), version_of(present)))
        if is_same(present, wanted):
            return Look(name, "", "", State.OURS)
        order = to_order(name, wanted)
        pseudo = Pseudo(facts.account, facts.region, name, name)
        before, after = Written(parse_template(present), {}), Written(parse_template(order.body), {})
        return Look(name, "", "", State.COPILOTS, tuple(compare(before, after, Known(pseudo))))

    def _take_resources(self) -> tuple[str, Outcome]:
        look = self._look_at_resources()
        self.begin(look.stack)
        if look.state is State.OURS:
            return look.stack, Outcome(Ended.UNCHANGED)
        self.books.write(Before(look.stack, "", "", self.app.stack_set.template() or "", {}))
        self.app.bring_resources(self.app.facts())
        return look.stack, Outcome(Ended.DEPLOYED)

    # An environment

    def _look_at_environment(self, env: Environment) -> Look:
        stack, tree = env.stacks.require(env.stack_name), self._tree(env.stacks, env.stack_name)
        if state_of(tree) is State.OURS:
            return Look(stack.name, env.name, "", State.OURS, (), manifest_of(tree))
        order = self._environment_order(env, tree, uploads=False)
        changes = self._changes(order, stack, tree, env.record.region)
        return Look(stack.name, env.name, "", state_of(tree), changes, manifest_of(tree))

    def _environment_order(self, env: Environment, tree: Tree, *, uploads: bool) -> StackOrder:
        return env.order(environment_text(env, tree), of_environments(self.root), uploads=uploads)

    def _take_environment(self, env: Environment) -> tuple[str, Outcome]:
        how = self._begin(env, env.stack_name)
        tree, stack = self._tree(env.stacks, env.stack_name), env.stacks.require(env.stack_name)
        outcome = self._hold(Before(stack.name, env.name, "", "", stack.parameters), stack, tree, how, env)
        if outcome.ended not in GOOD or state_of(tree) is State.OURS:
            return stack.name, outcome
        # It has been changed meanwhile, and knows nothing of that.
        now = Environment(self.app, env.record, how)
        text = environment_text(now, self._tree(now.stacks, now.stack_name))
        return stack.name, now.deploy(text, of_environments(self.root))

    # A workload

    def _look_at_workload(self, env: Environment, name: str, stack: Stack) -> Look:
        tree = self._tree(env.stacks, stack.name)
        if state_of(tree) is State.OURS:
            return Look(stack.name, env.name, name, State.OURS, (), manifest_of(tree))
        facts = env.facts(environment_text(env, self._tree(env.stacks, env.stack_name)).manifest.body)
        release, wanted, found = live.release_of(env, facts, self.root, stack, tree, uploads=False)
        outputs = env.stacks.require(env.stack_name).outputs
        order = to_stack_order(release, wanted.additions, env)
        answers = live.answers(tree, found, outputs)
        changes = self._changes(order, stack, tree, env.record.region, env, answers)
        return Look(stack.name, env.name, name, state_of(tree), changes, manifest_of(tree))

    def _take_workload(self, env: Environment, name: str) -> tuple[str, Outcome]:
        stack = env.stacks.require(names.workload_stack(env.record.app, env.name, name))
        how, tree = self._begin(env, stack.name), self._tree(env.stacks, stack.name)
        outcome = self._hold(Before(stack.name, env.name, name, "", stack.parameters), stack, tree, how, env)
        if outcome.ended not in GOOD or state_of(tree) is State.OURS:
            return stack.name, outcome
        facts = env.facts(environment_text(env, self._tree(env.stacks, env.stack_name)).manifest.body)
        release, wanted, found = live.release_of(env, facts, self.root, stack, tree, uploads=True)
        live.keep_numbers(env, release, found)
        return stack.name, deploy(to_stack_order(release, wanted.additions, env), how)

    # All of them

    def _begin(self, env: Environment, stack: str) -> Deploying:
        """Deploys as the environment does, and agrees to nothing that would be lost."""
        how = self.begin(stack)
        return replace(env.how, telling=how.telling, interruption=how.interruption, agree=agree)

    def _hold(self, before: Before, stack: Stack, tree: Tree, how: Deploying, env: Environment) -> Outcome:
        if state_of(tree) is not State.COPILOTS:
            return Outcome(Ended.UNCHANGED, stack)
        self.books.write(replace(before, template=env.stacks.template(stack.name)))
        kept = dict.fromkeys(stack.parameters)
        role = env.record.execution_role or None
        return deploy(to_order(stack.name, held(tree), parameters=kept, tags=stack.tags, role=role), how)

    def _give_back(self, before: Before) -> Outcome:
        tree = parse_template(before.template)
        if before.stack == names.app_stack_set(self.app.record.name):
            self.begin(before.stack)
            roles = self.app.stack_set_roles(self.app.facts())
            self.app.stack_set.restore(before.template, roles, self.app.tags())
            return Outcome(Ended.DEPLOYED)
        values = {name: None if value == HIDDEN else value for name, value in before.parameters.items()}
        env = next((one for one in self.envs if one.name == before.env), None)
        how = self._begin(env, before.stack) if env else self.begin(before.stack)
        role = env.record.execution_role or None if env else None
        stack = how.stacks.require(before.stack)
        outcome = deploy(
            to_order(stack.name, tree, parameters=values, tags=stack.tags, role=role), replace(how, agree=agree)
        )
        if env and before.workload and outcome.ended in GOOD:
            forget_numbers(env.session, env.facts({}), before.workload)
        return outcome

    def _workloads(self) -> list[AppWorkload]:
        return to_app_workloads(self.app.records.workloads(self.app.record.name))

    def _tree(self, stacks: Stacks, name: str) -> Tree:
        return parse_template(stacks.template(name))

    def _changes(
        self,
        order: StackOrder,
        stack: Stack,
        tree: Tree,
        region: str,
        env: Environment | None = None,
        answers: Mapping[str, Mapping[str, str]] | None = None,
    ) -> tuple[Change, ...]:
        stacks = env.stacks if env else Stacks(self.app.session, region)
        account = env.record.account if env else self.app.record.account
        known = Known(
            Pseudo(account, region, stack.name, stack.id),
            stacks.exports() if env else {},
            answers or {},
            {one.logical: one.physical for one in stacks.resources(stack.name)},
        )
        values = {
            name: stack.parameters.get(name, "") if one is None else one for name, one in order.parameters.items()
        }
        after = Written(parse_template(order.body), values)
        return tuple(compare(Written(tree, stack.parameters), after, known))


def state_of(tree: Tree) -> State:
    if is_ours(tree):
        return State.OURS
    return State.HELD if is_held(tree) else State.COPILOTS


def environment_text(env: Environment, tree: Tree) -> EnvironmentText:
    """As it is deployed; what the first versions of Copilot deployed has no manifest with it."""
    text = manifest_of(tree) or f"name: {env.name}\ntype: Environment\n"
    return EnvironmentText(read_manifest(text, env.record), text)


def agree(order: StackOrder, changes: Sequence[Change]) -> bool:
    """To what CloudFormation itself has worked out. Where it cannot tell before the end, ours could."""
    refuse(order.name, [one for one in changes if one.action is not Action.MAYBE_REPLACE])
    return True
