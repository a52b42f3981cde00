"""An engine that is not there, or does not answer."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from stranglerfig.core.observed import ContainerIdentity, TaskState
from stranglerfig.errors import Unavailable
from stranglerfig.runtimes.docker.engine import Engine, answers
from tests.runtimes.docker.crew import GROUP, HEALTH, Crew, a_spec


@pytest.fixture
def nowhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setenv("DOCKER_HOST", f"unix://{tmp_path}/none.sock")
    return f"unix://{tmp_path}/none.sock"


@pytest.fixture
def deaf(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Takes connections, and says nothing."""
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(f"{tmp_path}/deaf.sock")
        listening.listen()
        monkeypatch.setenv("DOCKER_HOST", f"unix://{tmp_path}/deaf.sock")
        yield


async def test_without_an_engine_the_mend_is_named(nowhere: str, tmp_path: Path) -> None:
    crew = Crew(tmp_path)

    with pytest.raises(Unavailable, match=f"no Docker engine answers at {nowhere}") as caught:
        await crew.start(a_spec())

    assert "systemctl start docker" in str(caught.value.hint)
    assert "--runtime process" in str(caught.value.hint)
    assert not answers()
    assert await crew.runtime.stop_strays(0.0) == ()
    crew.runtime.close()


async def test_an_adopted_task_is_taken_as_it_was_while_the_engine_is_away(nowhere: str, tmp_path: Path) -> None:
    crew = Crew(tmp_path)

    seen = await crew.runtime.adopt("t", GROUP, 1, 4711, ContainerIdentity("c"))

    assert (seen.state, seen.port) == (TaskState.STARTING, 4711)
    assert not await crew.runtime.probe("t", HEALTH)
    with pytest.raises(Unavailable):
        await crew.runtime.stop("t", 0.0)
    assert crew.rings == 0
    crew.runtime.close()


async def test_an_engine_that_does_not_answer_holds_nobody_up(deaf: None) -> None:
    engine = Engine(reply_timeout_s=0.3)

    async with asyncio.timeout(5.0):
        with pytest.raises(Unavailable, match="did not answer in time"):
            await engine.ask("list containers", lambda api: api.containers())
    engine.close()
    with pytest.raises(Unavailable, match="has been let go"):
        await engine.ask("list containers", lambda api: api.containers())


def test_the_greeting_is_short_where_nobody_answers(deaf: None) -> None:
    assert not answers(0.2)
