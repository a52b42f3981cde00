"""Waits until a shift is over, and says what it comes to on the way."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from stranglerfig.cli.output import done, percent, say, show_json
from stranglerfig.cli.shift.reaching import sentence
from stranglerfig.errors import DeployFailed

if TYPE_CHECKING:
    from stranglerfig.api.shifts.client import ShiftClient
    from stranglerfig.api.shifts.wire import ShiftWire

EVERY_S = 0.5
ENDED = ("FINISHED", "ROLLED_BACK", "ABORTED")


def wait_for(client: ShiftClient, shift: ShiftWire, *, as_json: bool) -> None:
    """Raises ``DeployFailed`` when all traffic is back at legacy."""
    try:
        shift = until_over(client, shift)
    except KeyboardInterrupt:
        say(f"The shift goes on: `fig shift status {shift['proxy']} {shift['route']} --watch` shows it.")
        raise
    if as_json:
        show_json(shift)
    if shift["phase"] != "FINISHED":
        raise DeployFailed(
            f"the shift of {shift['proxy']}/{shift['route']} is {shift['phase']}: {shift['reason']}",
            hint=f"`fig shift history {shift['proxy']} {shift['route']}` tells what was seen; "
            f"{shift['candidate']} is still there to be looked at.",
        )
    done(sentence(shift))


def until_over(client: ShiftClient, shift: ShiftWire) -> ShiftWire:
    told = (shift["phase"], shift["step"])
    while shift["phase"] not in ENDED:
        time.sleep(EVERY_S)
        shift = client.show(shift["proxy"], shift["route"])
        if (shift["phase"], shift["step"]) != told and shift["phase"] not in ENDED:
            told = (shift["phase"], shift["step"])
            say(f"  {percent(shift['weight'])}  {shift['phase']}  {shift['reason']}")
    return shift
