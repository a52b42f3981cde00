"""``fig``: the root command, and the one place where errors are printed.

No module of a verb is loaded before that verb is called; nothing here may import what is slow.
"""

from __future__ import annotations

import errno
import gc
import os
import signal
import sys
from typing import Any, NoReturn

import click

from stranglerfig import __version__, interrupting
from stranglerfig.cli.lazy import ExampleCommand, LazyGroup, Verb
from stranglerfig.cli.output import fail, say
from stranglerfig.errors import FigError, Refused, StateUnusable
from stranglerfig.interrupting import HEARD, INTERRUPTED

PIPE_CLOSED = 128 + signal.SIGPIPE
BUG = 70
#: Objects until the collector looks; a command makes a quarter of that.
SHORT_LIVED = 200_000

SECTIONS = {
    "Getting started": {
        "demo": Verb("stranglerfig.demo.command:demo", "Move the forum monolith to microservices before your eyes"),
        "doctor": Verb("stranglerfig.cli.machine.doctor:doctor", "Say what is missing on this machine, and the mend"),
        "init": Verb("stranglerfig.cli.init:init", "From a Dockerfile to a service that answers"),
    },
    "Develop": {
        "app": Verb("stranglerfig.cli.app:app", "Applications: folders with services and environments"),
        "env": Verb("stranglerfig.cli.env:env", "Environments: where services run"),
        "manifest": Verb(
            "stranglerfig.cli.manifest:manifest", "Check manifests, and show what environments make of them"
        ),
        "svc": Verb("stranglerfig.cli.svc:svc", "Services: from manifests to tasks that answer"),
        "job": Verb("stranglerfig.cli.job:job", "Jobs: what runs on a schedule and ends"),
        "task": Verb("stranglerfig.cli.task:task", "One-off tasks, as a service or by themselves"),
        "secret": Verb("stranglerfig.cli.secret:secret", "Values that tasks get and nobody sees"),
        "run": Verb("stranglerfig.cli.run:run", "Services in the foreground while you work on them"),
    },
    "Release": {
        "pipeline": Verb("stranglerfig.cli.pipeline:pipeline", "Deploy to one environment after the other"),
        "deploy": Verb("stranglerfig.cli.deploy:deploy", "All services of a workspace, or some, side by side"),
    },
    "Migrate": {
        "proxy": Verb("stranglerfig.cli.proxy:proxy", "The façade in front of a running monolith"),
        "target": Verb("stranglerfig.cli.target:target", "What answers: tasks that fig runs, or URLs"),
        "route": Verb("stranglerfig.cli.route:route", "Peel paths off to a target, whole or by weight"),
        "shadow": Verb("stranglerfig.cli.shadow:shadow", "Compare a candidate's answers, out of the users' sight"),
        "ledger": Verb(
            "stranglerfig.cli.ledger:ledger", "What still reaches the monolith, what has moved, what can go"
        ),
        "shift": Verb("stranglerfig.cli.shift:shift", "Move routes step by step, by evidence"),
        "rollback": Verb("stranglerfig.cli.shift.rollback:rollback", "Give a route back to legacy, at once"),
        "import": Verb("stranglerfig.cli.importing:importing", "Take over what was built with other tools"),
        "export": Verb("stranglerfig.cli.export:export", "Write a proxy as a CloudFormation template"),
        "api": Verb("stranglerfig.cli.api:api", "What stock AWS clients need to speak to fig"),
    },
    "Watch": {
        "report": Verb("stranglerfig.cli.report.command:report", "A page about a migration, to hand to others"),
        "status": Verb("stranglerfig.cli.watch.status:status", "Everything on one screen"),
        "logs": Verb("stranglerfig.cli.watch.logs:logs", "What tasks print"),
        "journal": Verb("stranglerfig.cli.watch.journal:journal", "What fig decided, and why"),
        "metrics": Verb("stranglerfig.cli.watch.metrics:metrics", "Counters and latencies for Prometheus"),
    },
    "Run": {
        "up": Verb("stranglerfig.cli.machine.up:up", "Start again what `fig down` stopped"),
        "down": Verb("stranglerfig.cli.machine.down:down", "Stop everything: listeners, tasks and the daemon"),
        "daemon": Verb("stranglerfig.cli.daemon:daemon", "The background process that the commands speak to"),
        "docs": Verb("stranglerfig.cli.machine.docs:docs", "Where the documentation is"),
        "completion": Verb("stranglerfig.cli.machine.completion:completion", "Shell completion for bash, zsh and fish"),
        "version": Verb("stranglerfig.cli.machine.version:version", "This fig's version, and the daemon's"),
    },
}

EPILOG = """\
Data goes to stdout, talk to stderr. What shows something takes --json. State is kept in FIG_HOME.

\b
Exit status
   0  done
   1  route lint, doctor or shadow replay found something; or an error of no other kind
   2  usage: the input is wrong, mend it and repeat
   3  not found: a name that is not known
   4  conflict: it exists already, or is in use
   5  refused: a safety gate said no, nothing was changed
   6  unavailable: something did not answer, repeating may help; shadow replay had nothing to compare
   7  deploy failed: the new version was taken back
   8  state unusable: corrupt, locked, disk full, or of a newer fig
   9  unequipped: this machine lacks something (fig doctor)
  70  a fault in fig itself; a traceback was written
 130  interrupted (Ctrl-C, or SIGTERM)
 141  the reader of the output went away
"""


class Root(LazyGroup):
    def invoke(self, ctx: click.Context) -> Any:
        try:
            result = self.invoke_and_heed(ctx)
            sys.stdout.flush()
        except BrokenPipeError:
            # Python flushes stdout once more at its end; that must not complain either.
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            ctx.exit(PIPE_CLOSED)
        return result

    def invoke_and_heed(self, ctx: click.Context) -> Any:
        """Whoever was interrupted learns it by the status, whatever became of the work by then."""
        try:
            result = super().invoke(ctx)
        except FigError as error:
            if not ctx.meta.get(HEARD):
                raise
            tell(error)
            raise KeyboardInterrupt from error
        if ctx.meta.get(HEARD):
            say("Ctrl-C came too late to take anything back. The same command does what may be left.")
            raise KeyboardInterrupt
        return result


@click.group(cls=Root, sections=SECTIONS, epilog=EPILOG)
@click.version_option(__version__, message="fig %(version)s")
def root() -> None:
    """Break a monolith into microservices, path by path, without dropping a request.

    \b
    fig proxy create shop --to http://127.0.0.1:8000     a façade in front of it
    fig target run users --health / -- ./serve-users     a service to move to
    fig route add shop /api/users --to users --weight 5  5 % of its requests move
    fig route set shop /api/users --weight 100           all of them; 0 takes them back
    """


def main() -> NoReturn:
    """Run the command line and end the process with its exit status."""
    # Looking for cycles takes 9 of a command's 130 ms and finds nothing. Those that stay (demo, logs -f) still get
    # there; the daemon sets what it needs itself.
    gc.set_threshold(SHORT_LIVED)
    open_streams()
    for stream in (sys.stdout, sys.stderr):
        # A terminal without UTF-8 gets question marks rather than a traceback.
        stream.reconfigure(errors="replace")  # type: ignore[union-attr]
    try:
        status = run(sys.argv[1:])
    except KeyboardInterrupt:
        # while it was said how it ended
        status = INTERRUPTED
    interrupting.ignore()
    end(status)


def open_streams() -> None:
    """A stream that was closed before fig began leads nowhere: what is written there is not wanted."""
    sys.stdin = sys.stdin or open(os.devnull)  # noqa: SIM115 - for as long as the process lives
    sys.stdout = sys.stdout or open(os.devnull, "w")  # noqa: SIM115 - for as long as the process lives
    sys.stderr = sys.stderr or open(os.devnull, "w")  # noqa: SIM115 - for as long as the process lives


def end(status: int) -> NoReturn:
    """Taking the interpreter apart costs 20 ms of every command, so it is left out.

    Nothing waits for it: what registers with ``atexit`` here are libraries that tidy their own memory, commands join
    their threads, and files are closed where they are written. Only the streams are still to be flushed.
    """
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except OSError:
            status = status or PIPE_CLOSED
    os._exit(status)


def run(args: list[str]) -> int:
    try:
        return root.main(args, prog_name="fig", standalone_mode=False) or 0
    except FigError as error:
        tell(error)
        return error.exit_status
    except click.exceptions.NoArgsIsHelpError as bare:
        click.echo(bare.format_message(), err=True)
        return bare.exit_code
    except click.UsageError as error:
        fail(lower_first(error.format_message()), usage_hint(error))
        return error.exit_code
    except click.ClickException as error:
        fail(lower_first(error.format_message()), None)
        return error.exit_code
    except (click.Abort, KeyboardInterrupt):
        return INTERRUPTED
    except Exception as bug:  # noqa: BLE001 - the last stop: a fault of fig's own
        return report_bug(bug)


def tell(error: FigError) -> None:
    for one in (*error.others, error):
        fail(one.message, one.hint)


def usage_hint(error: click.UsageError) -> str:
    command = error.ctx.command if error.ctx else None
    if isinstance(error, click.NoSuchOption) and isinstance(command, ExampleCommand) and command.unknown_flag:
        return command.unknown_flag
    path = error.ctx.command_path if error.ctx else "fig"
    return f"`{path} --help` shows how it is used."


def lower_first(text: str) -> str:
    return text[:1].lower() + text[1:].rstrip(".")


def report_bug(bug: Exception) -> int:
    if isinstance(bug, OSError) and bug.errno in (errno.ENOSPC, errno.EDQUOT) and bug.filename is None:
        fail(
            "the output could not be written: the disk is full", "Send it elsewhere; nothing else was changed by that."
        )
        return StateUnusable.exit_status
    said = f"{type(bug).__name__}: {' '.join(str(bug).split())[:200]}"
    from stranglerfig.cli.connect import REPLACE_IT, is_daemon_another
    from stranglerfig.cli.crash import write_traceback

    if is_daemon_another():
        fail(f"the daemon that runs is another fig, and answers what this one cannot read: {said}", REPLACE_IT)
        return Refused.exit_status
    where = write_traceback(bug)
    fail(
        f"fig has a fault: {said}",
        f"What fig runs is not touched. The details are in {where}; please report them.",
    )
    return BUG
