"""Takes an application of Copilot's over, a stack after the other: the application's, environments, then workloads.

How far a stack has come is read from the stack itself, so that a second run goes on wherever the first was cut off.
Until an environment is taken over, its role is Copilot's, which may describe and change stacks, and not list them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

from stranglerfig.aws.adopting import live
from stranglerfig.aws.adopting.before import Before, Books
from stranglerfig.aws.adopting.holding import held
from stranglerfig.aws.adopting.looking import (
    DONE,
    Looking,
    State,
    environment_additions,
    environment_text,
    features_of_addons,
    state_of,
    tree_of,
)
from stranglerfig.aws.adopting.refusing import keeping
from stranglerfig.aws.beginning import when_allowed
from stranglerfig.aws.deleting import deployed
from stranglerfig.aws.environments import Environment
from stranglerfig.aws.priorities import forget_numbers
from stranglerfig.aws.release import to_stack_order
from stranglerfig.aws.stacks.deploy import Agree, Deploying, deploy
from stranglerfig.aws.stacks.template_text import parse_template
from stranglerfig.aws.stacks.values import Ended, Outcome, Stack, to_order
from stranglerfig.aws.synth import names
from stranglerfig.aws.synth.template import Tree

#: as CloudFormation shows the value of a parameter that it shows nobody
HIDDEN = "****"
#: the last number that Copilot gives to a rule for "/"
LAST_OF_ROOT = 48_000
GOOD = (Ended.DEPLOYED, Ended.UNCHANGED)
TAKING, GIVING_BACK = keeping("taken over"), keeping("given back")


@dataclass(frozen=True, slots=True)
class Takeover:
    """``begin`` is told each stack as its turn comes and gives how it is deployed."""

    looking: Looking
    begin: Callable[[str], Deploying]

    @property
    def books(self) -> Books:
        return Books(self.looking.root, self.looking.app.record.name)

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
        for before in sorted(self.books.all(), key=self._turn):
            outcome = self._give_back(before)
            yield before.stack, outcome
            if outcome.ended not in GOOD:
                return
            self.books.forget(before.stack)

    def _turn(self, before: Before) -> tuple[bool, bool, int]:
        """Copilot's functions number rules anew, each after those that it finds: upwards, and for "/" downwards. In
        this order each keeps its place among the others."""
        env = next((one for one in self.looking.envs if one.name == before.env), None)
        if env is None or not before.workload or env.stacks.find(before.stack) is None:
            return not before.workload, not before.env, 0
        by_protocol = live.rule_numbers(env, env.stacks.resources(before.stack)).values()
        first = min((number for numbers in by_protocol for number in numbers), default=0)
        return False, False, first if first < LAST_OF_ROOT else -first

    def _steps(self) -> Iterator[Callable[[], tuple[str, Outcome]]]:
        yield self._take_roles
        yield self._take_resources
        for env in self.looking.envs:
            yield lambda env=env: self._take_environment(env)  # type: ignore[misc]
            for one in deployed(env):
                yield lambda env=env, name=one.record.name: self._take_workload(env, name)  # type: ignore[misc]

    def _take_roles(self) -> tuple[str, Outcome]:
        look, app = self.looking.at_roles(), self.looking.app
        how = self.begin(look.stack)
        stack = how.stacks.require(look.stack)
        if look.state is State.OURS:
            return look.stack, Outcome(Ended.UNCHANGED, stack)
        self.books.write(Before(look.stack, "", "", how.stacks.template(look.stack), stack.parameters))
        return look.stack, deploy(app.roles_order(app.facts()), replace(how, agree=TAKING))

    def _take_resources(self) -> tuple[str, Outcome]:
        look, app = self.looking.at_resources(), self.looking.app
        self.begin(look.stack)
        if look.state is State.OURS:
            return look.stack, Outcome(Ended.UNCHANGED)
        self.books.write(Before(look.stack, "", "", app.stack_set.template() or "", {}))
        app.bring_resources(app.facts())
        return look.stack, Outcome(Ended.DEPLOYED)

    def _take_environment(self, env: Environment) -> tuple[str, Outcome]:
        how = self._begin(env, env.stack_name, TAKING)
        tree, stack = tree_of(env.stacks, env.stack_name), env.stacks.require(env.stack_name)
        outcome = self._hold(Before(stack.name, env.name, "", "", stack.parameters), stack, tree, how, env)
        if outcome.ended not in GOOD or state_of(tree) in DONE:
            return stack.name, outcome
        # It has been changed meanwhile, and knows nothing of that.
        now = Environment(self.looking.app, env.record, how)
        tree = tree_of(now.stacks, stack.name)
        additions = environment_additions(now, self.looking.root, now.stacks.require(stack.name), tree)[0]
        features = features_of_addons(now, self.looking.root)
        return stack.name, now.deploy(environment_text(now, tree), additions, features=features)

    def _take_workload(self, env: Environment, name: str) -> tuple[str, Outcome]:
        stack = env.stacks.require(names.workload_stack(env.record.app, env.name, name))
        how, tree = self._begin(env, stack.name, TAKING), tree_of(env.stacks, stack.name)
        outcome = self._hold(Before(stack.name, env.name, name, "", stack.parameters), stack, tree, how, env)
        if outcome.ended not in GOOD or state_of(tree) in DONE:
            return stack.name, outcome
        facts = env.facts(environment_text(env, tree_of(env.stacks, env.stack_name)).manifest.body)
        release, wanted, found = live.release_of(env, facts, self.looking.root, stack, tree)
        # The environment's role has got the right to write them with the environment's own takeover.
        when_allowed(lambda: live.keep_numbers(env, release, found), how.patience())
        return stack.name, deploy(to_stack_order(release, wanted.additions, env), how)

    def _begin(self, env: Environment, stack: str, agree: Agree) -> Deploying:
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
        tree, app = parse_template(before.template), self.looking.app
        if before.stack == names.app_stack_set(app.record.name):
            self.begin(before.stack)
            app.stack_set.restore(before.template, app.stack_set_roles(app.facts()), app.tags())
            return Outcome(Ended.DEPLOYED)
        values = {name: None if value == HIDDEN else value for name, value in before.parameters.items()}
        env = next((one for one in self.looking.envs if one.name == before.env), None)
        how = self._begin(env, before.stack, GIVING_BACK) if env else self.begin(before.stack)
        how = replace(how, agree=GIVING_BACK)
        role = env.record.execution_role or None if env else None
        stack = how.stacks.find(before.stack)
        if stack is None:
            return Outcome(Ended.UNCHANGED)
        outcome = deploy(to_order(stack.name, tree, parameters=values, tags=stack.tags, role=role), how)
        if env and before.workload and outcome.ended in GOOD:
            forget_numbers(env.session, env.facts({}), before.workload)
        return outcome
