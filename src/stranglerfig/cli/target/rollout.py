"""Watches a target until what was ordered is true or was taken back, and says how it goes."""

from __future__ import annotations

import sys
import time
from typing import TYPE_CHECKING

from stranglerfig.cli.output import done, recommend, say, warn
from stranglerfig.cli.overtaking import overtaken_by, was_healthy
from stranglerfig.cli.views import count_up, remarks, target_health, target_sentence
from stranglerfig.errors import DeployFailed, Unavailable

if TYPE_CHECKING:
    from stranglerfig.api.client import Client
    from stranglerfig.api.wire import TargetWire

PAUSE_S = 0.1
#: Longer than any start-timeout a user would wait for at a prompt.
STALLED_S = 600.0


def conclude(client: Client, ordered: TargetWire) -> TargetWire:
    """Wait, and say what is now true and what to try next. Raises ``DeployFailed`` when the order was taken back."""
    target = wait(client, ordered)
    if target["state"] == "DOWN":
        done(f"Target {target['name']} is noted; its tasks start with `fig up`.")
        recommend("fig up")
        return target
    done(target_sentence(target))
    if target["used_by"]:
        recommend(f"fig target show {target['name']}")
    else:
        recommend(f"fig route add PROXY /PATH --to {target['name']}")
    return target


def wait(client: Client, ordered: TargetWire) -> TargetWire:
    name, revision = ordered["name"], ordered.get("ordered_revision", ordered["revision"])
    progress = Progress()
    target = ordered
    try:
        while not is_settled(target, revision):
            up = count_up(target["servers"], revision)
            progress.report(f"{name}: revision {revision} {target['state'].lower()}, {up}/{target['replicas']} up")
            progress.remark(remarks(target["servers"], revision))
            if progress.quiet_s() > STALLED_S:
                raise stalled(target)
            time.sleep(PAUSE_S)
            target = client.targets.show(name)
            refuse_endless_growth(ordered, target)
    except KeyboardInterrupt:
        say(f"The daemon goes on with it: `fig target show {name}`.")
        raise
    finally:
        progress.end()
    later = overtaken_by(target, revision)
    if later is not None and not was_healthy(target, revision):
        raise overtaken(target, revision, later)
    if later is None and is_taken_back(target, revision):
        raise taken_back(target, revision)
    return target if later is None else {**target, "revision": revision}


def refuse_endless_growth(ordered: TargetWire, target: TargetWire) -> None:
    """A version of which tasks serve already is not taken back when one more does not start: it is tried for ever."""
    is_same = ordered["state"] == target["state"] == "UPDATING"
    already = any(s["revision"] == ordered["revision"] and s["health"] == "UP" for s in ordered["servers"])
    if is_same and already and target["problem"] and target["problem"] != ordered["problem"]:
        raise DeployFailed(
            f"{target['name']} has only {target_health(target)}: {target['problem']}",
            hint=f"fig goes on trying. `fig target scale {target['name']} N` takes back the number.",
        )


def stalled(target: TargetWire) -> Unavailable:
    name = target["name"]
    return Unavailable(
        f"{name} is {target['state']}, {target_health(target)}: nothing has changed for {STALLED_S / 60:.0f} minutes",
        hint=f"The daemon goes on with it: `fig target show {name}`, `fig logs {name}`.",
    )


def is_settled(target: TargetWire, revision: int) -> bool:
    is_over = target["state"] in {"ACTIVE", "FAILED", "DOWN"} or overtaken_by(target, revision) is not None
    return is_over or is_taken_back(target, revision)


def is_taken_back(target: TargetWire, revision: int) -> bool:
    return target["state"] == "FAILED" or target["failed_revision"] == revision or target["revision"] < revision


def taken_back(target: TargetWire, revision: int) -> DeployFailed:
    name, problem = target["name"], target["problem"] or "it did not become healthy"
    if target["state"] == "FAILED":
        return DeployFailed(
            f"revision {revision} of {name} does not become healthy: {problem}",
            hint=f"Mend the command and run `fig target run {name}` again, or `fig target delete {name}`.",
        )
    return DeployFailed(
        f"revision {revision} of {name} was taken back: {problem}",
        hint=f"Revision {target['revision']} serves as before. `fig logs {name} --tail 50` shows more.",
    )


def overtaken(target: TargetWire, revision: int, later: int) -> DeployFailed:
    return DeployFailed(
        f"revision {revision} of {target['name']} was replaced by revision {later} before it was healthy",
        hint=f"`fig target show {target['name']}` shows how revision {later} fares.",
    )


class Progress:
    """One line that is overwritten on a terminal; elsewhere a line whenever it changes."""

    def __init__(self) -> None:
        self.on_terminal = sys.stderr.isatty()
        self.last = self.odd = ""
        self.since = self.changed = time.monotonic()

    def report(self, text: str) -> None:
        if self.on_terminal:
            sys.stderr.write(f"\r\033[K{text} ({time.monotonic() - self.since:.1f} s)")
            sys.stderr.flush()
        elif text != self.last:
            say(text)
        if text != self.last:
            self.changed = time.monotonic()
        self.last = text

    def remark(self, odd: str) -> None:
        """On a line of its own, once."""
        if odd and odd != self.odd:
            self.end()
            warn(odd)
        self.odd = odd

    def quiet_s(self) -> float:
        """How long nothing new was reported."""
        return time.monotonic() - self.changed

    def end(self) -> None:
        if self.on_terminal and self.last:
            sys.stderr.write("\r\033[K")
            sys.stderr.flush()
