"""The daemon may die at any moment of a shift: traffic goes on, and the next one goes on where the books say."""

from __future__ import annotations

import os
import random
import time
from itertools import groupby
from typing import Any

import pytest

from tests.acceptance.conftest import Say
from tests.acceptance.machine import Machine, kill_and_wait
from tests.acceptance.scenes import get, given_a_monolith_behind_a_proxy
from tests.acceptance.traffic import fresh, keep_alive, traffic_on

PLAN = "--steps 10,40,100 --bake 0.2s --max-error-increase 10% --max-latency-ratio none --min-requests 20"
LATEST_KILL_S = 0.4


@pytest.mark.timeout(240)
def test_a_shift_takes_every_step_and_loses_no_request_however_often_the_daemon_dies(
    machine: Machine, is_full: bool, say: Say
) -> None:
    seed = int(os.environ.get("FIG_SEED", time.time_ns() % 100_000))
    say(f"FIG_SEED={seed}")
    chance = random.Random(seed)
    port = given_a_monolith_behind_a_proxy(machine)
    machine.fig("route", "add", "shop", "/users", "--to", machine.start_upstream("users"), "--weight", "0")
    with traffic_on(port, [keep_alive(300, ["/users/1"], 8), fresh(30, ["/users/2"], 4)]) as traffic:
        for _ in range(8 if is_full else 1):
            machine.fig("shift", "start", "shop", "/users", *PLAN.split())
            while shift(machine)["phase"] != "FINISHED":
                time.sleep(chance.uniform(0, LATEST_KILL_S))
                kill_and_wait(machine.daemon_pid())
                machine.fig("status")
            assert list(weights(machine)) == [10, 40, 100], machine.log()[-2000:]
            kill_and_wait(machine.daemon_pid())
            machine.fig("rollback", "shop", "/users")
            assert shift(machine)["phase"] == "ROLLED_BACK"
            assert {get(port, "/users/3").by for _ in range(20)} == {"monolith"}
        tally = traffic.stop()
    assert tally.failed == 0, tally.explain()


def shift(machine: Machine) -> dict[str, Any]:
    return dict(machine.fig("shift", "status", "shop", "users", "--json").json())


def weights(machine: Machine) -> list[float]:
    """One after the other, of the last shift."""
    decisions = machine.fig("shift", "history", "shop", "users", "--json").json()
    own = [one["weight"] for one in decisions if one["shift"] == decisions[-1]["shift"]]
    return [weight for weight, _ in groupby(own)]
