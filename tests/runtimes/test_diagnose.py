from __future__ import annotations

import socket
from pathlib import Path

from stranglerfig.core.observed import TaskState
from stranglerfig.core.topology import HealthCheck
from stranglerfig.runtimes.task import Vitals
from tests.runtimes.programs import (
    HEALTH,
    SLEEPER,
    TASK,
    a_parent,
    a_runtime,
    a_spec,
    start,
    the_task,
    until,
    until_healthy,
    written,
)

LISTENER = """
    import os, socket, time

    with socket.socket() as listener:
        listener.bind(("127.0.0.1", int(os.environ["PORT"])))
        listener.listen()
        print("listening", flush=True)
        time.sleep(60)
"""
#: in one write: a line that is seen is whole
ANY_PORT = """
import socket, sys, time
with socket.create_server(("127.0.0.1", 0)) as listener:
    sys.stdout.write(f"on {listener.getsockname()[1]}\\n")
    time.sleep(60)
"""


async def test_a_program_on_another_port_is_told_where_it_should_listen(tmp_path: Path) -> None:
    async with a_runtime(tmp_path) as runtime:
        task = await start(runtime, a_spec(tmp_path, a_parent(ANY_PORT)))
        await until(lambda: "on " in written(tmp_path))
        wrong = written(tmp_path).split("on ")[1].strip()
        said = await runtime.diagnose(TASK)
        assert f"listens on {wrong}, not on the PORT it was given ({task.port})" in said
        assert "$PORT" in said
        assert f"  on {wrong}" in said


async def test_where_a_program_listens_is_remarked_on_only_if_it_is_not_where_it_is_asked(tmp_path: Path) -> None:
    async with a_runtime(tmp_path) as runtime:
        task = await start(runtime, a_spec(tmp_path, ANY_PORT))
        await until(lambda: "on " in written(tmp_path))
        assert f"not on the PORT it was given ({task.port}): let it read PORT" in await runtime.remark(TASK)

        for name, source in (("silent", SLEEPER), ("right", LISTENER)):
            await start(runtime, a_spec(tmp_path, source), name)
            await until(lambda name=name: bool(written(tmp_path, name)))  # type: ignore[misc]
            assert await runtime.remark(name) == ""


async def test_the_program_of_a_service_is_told_to_pass_its_port_on_in_the_manifest(tmp_path: Path) -> None:
    async with a_runtime(tmp_path) as runtime:
        await runtime.start(TASK, "forum.test.posts", 1, a_spec(tmp_path, ANY_PORT))
        await until(lambda: "on " in (tmp_path / "logs" / "forum.test.posts" / f"{TASK}.log").read_text())
        assert "`command: COMMAND --port $PORT` under `local` in its manifest" in await runtime.diagnose(TASK)


async def test_a_task_without_port_is_well_while_it_runs(tmp_path: Path) -> None:
    async with a_runtime(tmp_path) as runtime:
        task = await start(runtime, a_spec(tmp_path, SLEEPER, listens=False))
        assert task.port == 0
        assert await runtime.probe(TASK, HEALTH)
        assert "it is not asked anything" in await runtime.diagnose(TASK)
        await runtime.stop(TASK, 0.0)
        assert not await runtime.probe(TASK, HEALTH)


async def test_a_program_on_another_address_is_told_so(tmp_path: Path) -> None:
    async with a_runtime(tmp_path) as runtime:
        task = await start(runtime, a_spec(tmp_path, env=(("BIND", "127.0.0.2"),)))
        await until(lambda: "listening" in written(tmp_path))
        assert f"listens on 127.0.0.2:{task.port}, where 127.0.0.1 does not reach it" in await runtime.diagnose(TASK)


async def test_a_program_that_listens_nowhere_is_told_so(tmp_path: Path) -> None:
    async with a_runtime(tmp_path) as runtime:
        task = await start(runtime, a_spec(tmp_path, SLEEPER))
        assert f"nothing of it listens on the PORT it was given ({task.port})" in await runtime.diagnose(TASK)
        with socket.create_server(("127.0.0.1", task.port)):
            assert "which another program has taken" in await runtime.diagnose(TASK)


async def test_a_wrong_status_is_shown_beside_what_was_expected(tmp_path: Path) -> None:
    async with a_runtime(tmp_path) as runtime:
        task = await start(runtime, a_spec(tmp_path))
        await until_healthy(runtime)
        assert not await runtime.probe(TASK, HealthCheck(path="/500"))
        said = await runtime.diagnose(TASK)
        assert f"port {task.port}; to GET /500 it answers 500, where 200-399 is expected" in said


async def test_a_program_that_never_answers_is_told_so(tmp_path: Path) -> None:
    async with a_runtime(tmp_path) as runtime:
        await start(runtime, a_spec(tmp_path, LISTENER))
        await until(lambda: "listening" in written(tmp_path))
        assert not await runtime.probe(TASK, HealthCheck(path="/", timeout_s=0.2))
        assert "to GET / it does not answer within 0.2 s" in await runtime.diagnose(TASK)


async def test_a_program_that_ends_at_once_is_shown_with_its_last_twenty_lines(tmp_path: Path) -> None:
    async with a_runtime(tmp_path) as runtime:
        await start(runtime, a_spec(tmp_path, "for n in range(30): print('line', n)\nraise SystemExit(7)"))
        await until(lambda: the_task(runtime).state is TaskState.EXITED)
        first, *rest = (await runtime.diagnose(TASK)).splitlines()
        assert first == "the program ended with exit status 7"
        assert rest == ["its last output:", *(f"  line {number}" for number in range(10, 30))]


async def test_a_program_that_goes_to_the_background_is_told_to_stay(tmp_path: Path) -> None:
    async with a_runtime(tmp_path) as runtime:
        await start(runtime, a_spec(tmp_path, "pass"))
        await until(lambda: the_task(runtime).state is TaskState.EXITED)
        assert "must stay in the foreground" in await runtime.diagnose(TASK)


async def test_a_killed_program_is_shown_with_its_signal(tmp_path: Path) -> None:
    async with a_runtime(tmp_path) as runtime:
        await start(runtime, a_spec(tmp_path, "import os; os.abort()"))
        await until(lambda: the_task(runtime).state is TaskState.EXITED)
        assert (await runtime.diagnose(TASK)).startswith("the program was killed by SIGABRT")


async def test_a_healthy_program_is_not_blamed(tmp_path: Path) -> None:
    async with a_runtime(tmp_path) as runtime:
        await start(runtime, a_spec(tmp_path))
        await until_healthy(runtime)
        assert await runtime.probe(TASK, HEALTH)
        assert "answers GET /health on port" in await runtime.diagnose(TASK)


def test_it_takes_rise_checks_to_become_healthy_and_fall_to_lose_it() -> None:
    health, vitals, seen = HealthCheck(rise=2, fall=2), Vitals(), []
    for is_healthy in (False, False, True, True, False, True, False, False, True, True):
        vitals.note(health, is_healthy=is_healthy)
        seen.append(vitals.state.value[0])
    assert "".join(seen) == "SSSHHHHUUH"
