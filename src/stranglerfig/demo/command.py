"""``fig demo``."""

from __future__ import annotations

import sys
import time
from contextlib import AbstractContextManager, nullcontext

import click

from stranglerfig.cli import flags
from stranglerfig.cli.connect import to_running_daemon, to_shadows
from stranglerfig.cli.lazy import verb
from stranglerfig.cli.output import done, fail, recommend, say, show, show_json
from stranglerfig.cli.shift.reaching import to_shifts
from stranglerfig.demo.board import Board, PlainDisplay
from stranglerfig.demo.crew import Crew
from stranglerfig.demo.migration import Migration
from stranglerfig.demo.report import Record, Report, render_json, render_text, to_report
from stranglerfig.demo.stage import Stage, set_stage
from stranglerfig.demo.story import MONOLITH, PROXY
from stranglerfig.demo.tally import Tally
from stranglerfig.demo.trial import Trial
from stranglerfig.errors import FigError

FAILED = 1


@verb(
    "demo",
    examples="""
    fig demo
    fig demo --keep
    fig demo --seconds-per-step 5 --rate 1500
    fig demo --json
    """,
)
@click.option("--keep", is_flag=True, help="Leave it running to play with, and say what to try.")
@click.option(
    "--seconds-per-step",
    "step_s",
    type=click.FloatRange(0.1, 10),
    default=1.4,
    show_default=True,
    metavar="S",
    help="How long each weight lasts.",
)
@click.option(
    "--rate",
    type=click.IntRange(100, 2000),
    default=400,
    show_default=True,
    metavar="N",
    help="Requests a second, of all clients together.",
)
@flags.as_json
def demo(keep: bool, step_s: float, rate: int, as_json: bool) -> int:
    """Move the forum, a small monolith, to three services, while real clients read and write.

    Two careless drafts are caught on the way, one by copies that it answers out of the users' sight, one by a shift
    that takes itself back. All is in a fig of its own, in a folder of its own, and never touches yours. At the end it
    proves that no request failed, that the answers stayed the same, and that every accepted post is there exactly once:
    exit status 1 if not.
    """
    with set_stage(keep=keep) as stage:
        say(f"The demo runs in {stage.home}.")
        report, problem = perform(stage, step_s, rate)
        if problem is not None:
            stage.keep = False
        if as_json:
            show_json({**render_json(report), "home": str(stage.home) if stage.keep else None})
        else:
            show("\n".join(["", *render_text(report)]))
        status = conclude(report, problem)
        if stage.keep:
            suggest(stage)
    return status


def perform(stage: Stage, step_s: float, rate: int) -> tuple[Report, FigError | None]:
    """What came of it, and what ended it early, if something did once there were clients."""
    began = time.monotonic()
    client = stage.open()
    tally = Tally()
    board = Board(tally)
    crew = Crew(stage.home, tally.hear)
    trial = Trial(
        to_shadows(), to_shifts(), board, crew.require_alive, lambda target: client.targets.show(target)["requests"]
    )
    migration = Migration(client, stage.home, crew, board, trial, step_s, rate)
    problem = None
    try:
        with to_display(board):
            migration.run()
    except FigError as error:
        problem = error
    finally:
        crew.dismiss()
    if problem is not None and not tally.events():
        raise problem
    notes = migration.notes
    record = Record(
        events=tally.events(),
        moves=notes.moves,
        comparisons=trial.comparisons,
        shifts=trial.shifted,
        windows=notes.windows,
        posts=notes.posts,
        monolith_idle_s=notes.idle_s,
        seconds=time.monotonic() - began,
        problem=problem.message if problem else None,
    )
    return to_report(record), problem


def to_display(board: Board) -> AbstractContextManager[object]:
    if sys.stderr.isatty():
        from stranglerfig.demo.live import LiveDisplay

        board.display = display = LiveDisplay(board)
        return display
    board.display = PlainDisplay()
    return nullcontext()


def conclude(report: Report, problem: FigError | None) -> int:
    """The exit status. What ended the demo early is raised, unless a request failed before: that weighs more."""
    if problem is not None and not any(report.failures.values()):
        raise problem
    if problem is not None:
        fail(problem.message, problem.hint)
    if report.passed:
        done("Moved: no request failed, no answer changed, every accepted post is there once.")
        return 0
    fail(f"the demo broke a promise: {'; '.join(report.faults)}", "`fig doctor` looks at this machine.")
    return FAILED


def suggest(stage: Stage) -> None:
    url = to_running_daemon().proxies.show(PROXY)["url"]
    say()
    say("It is left running. In this shell or another one:")
    recommend(
        f"export FIG_HOME={stage.home}",
        "fig status --watch",
        f"fig shift history {PROXY} api-posts    (what the slow draft did)",
        f"fig ledger {PROXY}",
        f"curl -i {url}/api/users/3",
        f"fig route explain {PROXY} /api/posts",
        f"fig target rollback {MONOLITH}    (switches it on again)",
        f"fig route set {PROXY} api-posts --weight 50    (half of it goes back there)",
        "fig down --purge --yes && rm -r $FIG_HOME    (the end)",
    )
