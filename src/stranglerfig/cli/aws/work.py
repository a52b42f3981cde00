"""Work on AWS while it is shown: stacks as a tree of steps, Ctrl-C heard, losses agreed to."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from types import FrameType
from typing import Any

import click

from stranglerfig.aws.session import Access, Session, open_session
from stranglerfig.aws.stacks.deploy import Deploying
from stranglerfig.aws.stacks.preview import to_notes, to_warnings
from stranglerfig.aws.stacks.telling import Interrupted, Interruption
from stranglerfig.aws.stacks.values import Change, Ended, Outcome, StackOrder
from stranglerfig.cli.aws.stack_steps import StackSteps
from stranglerfig.cli.output import done, say, warn
from stranglerfig.cli.progress.board import Board
from stranglerfig.cli.progress.tree import Status, Step
from stranglerfig.cli.prompt import confirm
from stranglerfig.interrupting import HEARD, SIGNALS, hear_with

#: A third Ctrl-C is for fig itself.
PATIENCE = 2
#: after Ctrl-C
GOES_ON = "Interrupted. What AWS has begun it goes on with; the same command follows it, and does the rest."


@dataclass(frozen=True)
class Wishes:
    """What flags say of deploys. ``yes``: what would be lost may be lost."""

    yes: bool = False
    keep_failures: bool = False
    detach: bool = False


@dataclass
class Work:
    """One command's work. ``left`` is said after Ctrl-C. ``asking``: two questions at once would be none."""

    board: Board
    wishes: Wishes
    interruption: Interruption
    left: str
    asking: threading.Lock = field(default_factory=threading.Lock)

    def how(self, session: Session, telling: StackSteps | None = None) -> Deploying:
        how = Deploying(
            session,
            interruption=self.interruption,
            agree=self.agree,
            keep_failures=self.wishes.keep_failures,
            detach=self.wishes.detach,
        )
        if telling is not None:
            how.telling = telling
        return how

    def steps(self, text: str, *, under: Step | None = None) -> StackSteps:
        return StackSteps(self.board, self.board.begin(self.board.add(text, under=under)))

    def listen(self) -> None:
        """For work that hears of Ctrl-C in no other way. Raises ``Interrupted``."""
        if self.interruption.count:
            raise Interrupted

    def agree(self, order: StackOrder, changes: Sequence[Change]) -> bool:
        """Raises ``Refused`` where something would be lost and nobody says that it may be."""
        notes, warnings = to_notes(changes), to_warnings(changes)
        if notes:
            with self.board.aside():
                for note in notes:
                    say(f"{order.name}: {note}")
        if warnings:
            self.confirm(f"Lose that of stack {order.name}", *(f"{order.name}: {warning}" for warning in warnings))
        return True

    def confirm(self, what: str, *warnings: str) -> None:
        """Raises ``Interrupted`` on Ctrl-C, whichever thread asks."""
        with self.asking, self.board.aside():
            self.listen()
            for warning in warnings:
                warn(warning)
            confirm(what, yes=self.wishes.yes, listen=self.listen)

    @contextmanager
    def step(self, steps: StackSteps) -> Iterator[None]:
        """Ends it as it came out."""
        try:
            yield
        except Interrupted:
            steps.finish(Status.INTERRUPTED)
            self.board.end(steps.step, Status.INTERRUPTED, detail="")
            raise
        except BaseException:
            # Why is said in full when the command ends.
            steps.finish(Status.FAILED)
            self.board.end(steps.step, Status.FAILED, detail="")
            raise

    def end(self, steps: StackSteps, outcome: Outcome) -> None:
        status = Status.COMPLETE if outcome.ended is Ended.DEPLOYED else Status.UNCHANGED
        steps.finish(Status.INTERRUPTED if is_interrupted(outcome, self.wishes) else Status.COMPLETE)
        if is_interrupted(outcome, self.wishes):
            self.board.end(steps.step, Status.INTERRUPTED, detail=became(outcome))
        elif outcome.ended is Ended.LEFT:
            self.board.end(steps.step, Status.COMPLETE, detail="ordered")
        else:
            self.board.end(steps.step, status, detail="")


def is_interrupted(outcome: Outcome, wishes: Wishes) -> bool:
    return outcome.ended is Ended.TAKEN_BACK or (outcome.ended is Ended.LEFT and not wishes.detach)


def became(outcome: Outcome) -> str:
    """What it is after Ctrl-C."""
    if outcome.ended is Ended.LEFT:
        return "left to CloudFormation, which goes on"
    return "gone again" if outcome.stack is None else "as it was before"


def tell_interrupted(what: str, outcome: Outcome) -> None:
    """``what`` begins the sentence."""
    if outcome.ended is Ended.LEFT:
        say(f"{what} is {became(outcome)}: the same command follows it.")
    else:
        done(f"{what} is {became(outcome)}.")


@contextmanager
def working(wishes: Wishes, left: str = GOES_ON, *, patience: int = PATIENCE) -> Iterator[Work]:
    """Ctrl-C is told to whoever deploys; what hears of it too late ends by itself, and the command with the status of
    one that was interrupted. Raises ``KeyboardInterrupt`` after saying what is ``left``. With no ``patience`` the first
    Ctrl-C is for fig itself: nothing is changed."""
    interruption = Interruption()
    work = Work(Board(), wishes, interruption, left)
    with hearing(interruption, patience):
        try:
            with work.board:
                yield work
        except (Interrupted, KeyboardInterrupt):
            if interruption.count:
                say(work.left)
            raise KeyboardInterrupt from None
        finally:
            if interruption.count:
                click.get_current_context().meta[HEARD] = True


@contextmanager
def hearing(interruption: Interruption, patience: int) -> Iterator[None]:
    def hear(number: int, frame: FrameType | None) -> None:
        if interruption.count >= patience:
            raise KeyboardInterrupt
        interruption.interrupt()

    before = {number: signal.getsignal(number) for number in SIGNALS}
    hear_with(hear)
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def session_of(given: Mapping[str, Any]) -> Session:
    """As flags say, else as the SDK finds it. Whoever has to log in first learns it before anything is begun."""
    session = open_session(
        Access(
            profile=given.get("profile"),
            region=given.get("region"),
            key_id=given.get("aws_access_key_id"),
            secret=given.get("aws_secret_access_key"),
            token=given.get("aws_session_token"),
        ),
        warn,
    )
    session.unlock()
    return session


def wishes_of(given: Mapping[str, Any]) -> Wishes:
    return Wishes(
        yes=given.get("yes") is True,
        keep_failures=given.get("no_rollback") is True,
        detach=given.get("detach") is True,
    )
