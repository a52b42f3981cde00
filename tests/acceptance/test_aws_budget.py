"""What the AWS API costs: nothing until somebody asks it, and little afterwards."""

from __future__ import annotations

import contextlib
import re
import time
from collections.abc import Iterator

import pytest

from tests.acceptance.aws_clients import a_client, endpoint_of, keys_of
from tests.acceptance.conftest import Say
from tests.acceptance.machine import Machine, a_machine
from tests.acceptance.test_scale import MEBIBYTE, resident_bytes
from tests.api.aws.raw import Raw
from tests.api.aws.signer import Signer

MOST_RESIDENT = 200 * MEBIBYTE
#: As Python tells of each import when it is asked to.
IMPORTED = re.compile(r"^import time:.*\| +([\w.]+)$", re.MULTILINE)


@pytest.fixture(scope="module")
def machine() -> Iterator[Machine]:
    """Its daemon's log names every module that is loaded."""
    with a_machine(environ={"PYTHONPROFILEIMPORTTIME": "1"}) as machine:
        yield machine


def loaded(machine: Machine) -> list[str]:
    """Modules of the SDK that the daemon has loaded."""
    names = IMPORTED.findall(machine.log())
    assert "stranglerfig.control.daemon" in names, "the log tells of imports"
    return [name for name in names if name.partition(".")[0] in ("boto3", "botocore")]


def test_the_sdk_is_loaded_by_the_first_signed_request_and_by_nothing_before(machine: Machine, say: Say) -> None:
    began = time.monotonic()
    machine.fig("status")
    started = time.monotonic() - began
    key = keys_of(machine).key("default")
    machine.fig("api")
    machine.fig("api", "env")
    asker = Signer(key["id"], key["secret"])
    with contextlib.closing(Raw(int(endpoint_of(machine).rpartition(":")[2]))) as raw:
        asked = raw.request("GET", "/environments")
        assert raw.ask(asked).code == "MissingAuthenticationToken"
        assert raw.ask(asker.but(id="AKIANOBODY").sign(asked, time.time())).code == "UnrecognizedClientException"
        assert loaded(machine) == []
        before = resident_bytes(machine.daemon_pid())
        times = []
        for _ in range(3):
            began = time.monotonic()
            assert raw.ask(asker.sign(asked, time.time())).status == 200
            times.append(time.monotonic() - began)
    assert loaded(machine) != []
    after = resident_bytes(machine.daemon_pid())
    say(f"the first command with its daemon took {started:.2f} s; {before / MEBIBYTE:.0f} MiB without the SDK")
    say(f"requests took {', '.join(f'{took * 1000:.0f}' for took in times)} ms; {after / MEBIBYTE:.0f} MiB with it")


def test_the_daemon_stays_small_however_much_it_is_asked(machine: Machine, say: Say) -> None:
    client, pid = a_client(machine), machine.daemon_pid()
    for number in range(40):
        client.create_environment(Name=f"estate-{number}", NetworkFabricType="NONE", Tags={"number": str(number)})
    after_some = resident_bytes(pid)
    for _ in range(400):
        client.list_environments()
    after_all = resident_bytes(pid)

    say(f"{after_some / MEBIBYTE:.0f} MiB after 40 changes, {after_all / MEBIBYTE:.0f} MiB after 400 lists of 40")
    assert after_all < MOST_RESIDENT
