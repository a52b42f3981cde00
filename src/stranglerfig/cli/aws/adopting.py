"""`fig app adopt`: shows what a takeover changes, takes over, gives back."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from stranglerfig.aws.adopting.looking import DONE, Look, Looking, State
from stranglerfig.aws.adopting.refusing import refuse
from stranglerfig.aws.adopting.takeover import GOOD, Takeover
from stranglerfig.aws.applications import find_application
from stranglerfig.aws.environments import Environment
from stranglerfig.aws.session import Session
from stranglerfig.aws.stacks.deploy import Deploying
from stranglerfig.aws.stacks.telling import Interrupted
from stranglerfig.aws.stacks.values import Action, Change, Ended, Outcome
from stranglerfig.cli.aws.adopted_files import described, write_missing
from stranglerfig.cli.aws.stack_steps import StackSteps
from stranglerfig.cli.aws.work import Work, session_of, tell_interrupted, wishes_of, working
from stranglerfig.cli.deploying.difference import coloured
from stranglerfig.cli.follow_ups import created, follow_up, strong
from stranglerfig.cli.output import done, plural, say, show, show_json, warn
from stranglerfig.cli.progress.tree import Status
from stranglerfig.cli.scope.places import workspace_or_none
from stranglerfig.errors import Conflict, NotFound
from stranglerfig.workspace.find import FOLDER
from stranglerfig.workspace.settings import AppSettings, write_app

Given = Mapping[str, Any]
SIGNS = {Action.ADD: "+", Action.REMOVE: "-", Action.REPLACE: "!", Action.MAYBE_REPLACE: "!"}


@dataclass
class Shown:
    """Each stack as a step, the one before ended when the next begins."""

    work: Work
    session: Session
    now: StackSteps | None = None

    def begin(self, stack: str) -> Deploying:
        self.now = self.work.steps(f"Stack {stack}")
        return self.work.how(self.session, self.now)

    def run(self, outcomes: Iterator[tuple[str, Outcome]]) -> dict[str, Outcome]:
        found: dict[str, Outcome] = {}
        while True:
            self.now = None
            try:
                self.work.listen()
                stack, outcome = next(outcomes)
            except StopIteration:
                return found
            except BaseException as error:
                self._fail(error)
                raise
            found[stack] = outcome
            if self.now is not None:
                self.now.finish(Status.COMPLETE)
                self.work.end(self.now, outcome)
            if outcome.ended not in GOOD:
                return found

    def _fail(self, error: BaseException) -> None:
        if self.now is not None:
            status = Status.INTERRUPTED if isinstance(error, Interrupted) else Status.FAILED
            self.now.finish(status)
            self.work.board.end(self.now.step, status, detail="", reason=str(error))


def show_plan(name: str, given: Given, *, as_json: bool) -> None:
    root = root_of(name)
    with working(wishes_of(given), patience=0) as work:
        looks = to_takeover(name, root, given, work)[0].looking.all()
    if as_json:
        show_json({"application": name, "stacks": [to_document(look) for look in looks]})
        return
    for look in looks:
        show(f"{look.stack}: {summary(look)}")
        for one in look.changes:
            show(coloured(f"  {SIGNS.get(one.action, '~')} {one.logical} ({one.type}){causes(one)}"))
    for line in described(root, looks):
        show(line)
    found = [(look.stack, one) for look in looks for one in look.obstacles]
    for stack, obstacle in found:
        warn(f"{stack}: {obstacle.why}")
        say(f"  {obstacle.mend}")
    if found:
        say(f"{name} is not taken over as it is, and nothing of it: mend what is named, and look again.")
    elif all(look.state in DONE for look in looks):
        say(f"Application {strong(name)} is taken over already.")
    else:
        say(f"Nothing that carries traffic or data is replaced. `fig app adopt {name}` does it.")


def take_over(name: str, given: Given, *, as_json: bool) -> None:
    root = root_of(name)
    with working(wishes_of(given)) as work:
        takeover, shown = to_takeover(name, root, given, work)
        looks = takeover.looking.all()
        refuse(name, [(look.stack, look.obstacles) for look in looks])
        left = [look for look in looks if look.state not in DONE]
        if left:
            with work.board.aside():
                for look in left:
                    say(f"{look.stack}: {summary(look)}")
                say(f"`fig app adopt {name} --dry-run` shows each of these changes.")
            work.confirm(f"Take over {plural(len(left), 'stack')} of {name}")
        write_app(root, name, AppSettings())
        written = write_missing(root, looks)
        unchanged = {look.stack: Outcome(Ended.UNCHANGED) for look in looks}
        outcomes = shown.run(takeover.run()) if left else unchanged
    for path in written:
        done(f"Wrote {created(str(path.relative_to(root)))}")
    already = "" if left else " already"
    conclude(outcomes, f"Application {strong(name)} is taken over{already}.", name, as_json=as_json)
    if not takeover.books.all():
        # it was taken over from elsewhere, and there is the way back
        return
    follow_up(
        f"Commit {FOLDER}/ with {FOLDER}/.adopted: there stands what the stacks were before.",
        f"Run `fig app adopt {name} --undo` to give it back to Copilot.",
    )


def give_back(name: str, given: Given, *, as_json: bool) -> None:
    root = root_of(name)
    with working(wishes_of(given)) as work:
        takeover, shown = to_takeover(name, root, given, work)
        count = len(takeover.books.all())
        if not count:
            raise NotFound(
                f"{root} has no record of a stack of {name} that was taken over",
                hint=f"Run it where `fig app adopt {name}` was run, or where {FOLDER}/.adopted was committed.",
            )
        work.confirm(f"Give {plural(count, 'stack')} of {name} back to Copilot")
        outcomes = shown.run(takeover.undo())
    conclude(outcomes, f"Application {strong(name)} is Copilot's again.", name, as_json=as_json)


def conclude(outcomes: Mapping[str, Outcome], sentence: str, name: str, *, as_json: bool) -> None:
    """Raises ``KeyboardInterrupt`` where it is not done."""
    if as_json:
        stacks = [{"stack": stack, "ended": outcome.ended.value} for stack, outcome in outcomes.items()]
        show_json({"application": name, "stacks": stacks})
    for stack, outcome in outcomes.items():
        if outcome.ended not in GOOD:
            tell_interrupted(f"Stack {strong(stack)}", outcome)
            say("Nothing after it was begun. Run the same command again: it goes on there.")
            raise KeyboardInterrupt
    done(sentence)


def to_takeover(name: str, root: Path, given: Given, work: Work) -> tuple[Takeover, Shown]:
    session = session_of(given)
    try:
        app = find_application(session, name, work.how(session))
    except NotFound as error:
        raise NotFound(
            error.message,
            hint="Copilot's records are in the account and region where `copilot app init` was run: name them by "
            "`--profile` and `--region`.",
        ) from error
    envs = [Environment(app, record, work.how(session)) for record in app.records.environments(name)]
    shown = Shown(work, session)
    return Takeover(Looking(app, envs, root), shown.begin), shown


def root_of(name: str) -> Path:
    here = workspace_or_none()
    if here is None:
        return Path.cwd()
    if here.app != name:
        raise Conflict(
            f"{here.root} is the workspace of application {here.app}, not of {name}",
            hint=f"Change to the repository of {name}, or to an empty folder.",
        )
    return Path(here.root)


def summary(look: Look) -> str:
    if look.state is State.OURS:
        return "taken over already"
    if look.state is State.NOT_DEPLOYED:
        return f"is not deployed: `fig env deploy --name {look.env}` does that"
    if look.obstacles and not look.changes:
        return "cannot be taken over as it is"
    counts = Counter(one.action for one in look.changes)
    parts = (f"{counts[action]} to {action.value}" for action in Action if counts[action])
    begun = "begun, " if look.state is State.HELD else ""
    return begun + (", ".join(parts) or "nothing changes but how it is written")


def causes(one: Change) -> str:
    return f": {', '.join(one.causes)}" if one.causes else ""


def to_document(look: Look) -> dict[str, object]:
    changes = [
        {"action": one.action.value, "resource": one.logical, "type": one.type, "causes": list(one.causes)}
        for one in look.changes
    ]
    return {
        "stack": look.stack,
        "environment": look.env or None,
        "workload": look.workload or None,
        "state": look.state.value,
        "changes": changes,
        "refused": [asdict(one) for one in look.obstacles],
    }
