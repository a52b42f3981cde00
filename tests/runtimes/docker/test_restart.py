"""The engine ends and comes back, with tasks in it."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from stranglerfig.core.observed import TaskState
from stranglerfig.errors import Unavailable
from stranglerfig.runtimes.docker.containers import ensure_holder_image
from stranglerfig.runtimes.docker.engine import answers
from tests.docker_engine import NoEngine, end_engine, is_alive, start_engine
from tests.runtimes.docker.crew import Crew, a_container, a_crew, a_spec, containers_of, until, watched


class OwnEngine:
    """One that nobody else uses, so that it may be ended."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.pid = start_engine(folder)

    async def end(self) -> None:
        os.kill(self.pid, signal.SIGTERM)

        async def has_ended() -> bool:
            return not is_alive(self.pid)

        await until(has_ended)

    def begin(self) -> None:
        self.pid = start_engine(self.folder)


@pytest.fixture
def engine(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Iterator[OwnEngine]:
    # A socket's path must be short.
    folder = tmp_path_factory.mktemp("own")
    try:
        made = OwnEngine(folder)
    except NoEngine as reason:
        if os.environ.get("CI") == "true":
            pytest.fail(f"CI must have a Docker engine: {reason}")
        pytest.skip(f"no Docker engine: {reason}")
    monkeypatch.setenv("DOCKER_HOST", f"unix://{folder}/engine.sock")
    yield made
    end_engine(folder, made.pid)


async def test_tasks_that_end_with_the_engine_are_noticed_and_tidied_up_when_it_is_back(
    engine: OwnEngine, tmp_path: Path
) -> None:
    async with a_crew(tmp_path) as crew:
        spec = a_spec(a_container(image=await ensure_holder_image(crew.runtime.engine), command=()), port=None)
        lost, kept = await crew.start(spec), await crew.start(spec)
        await engine.end()
        with pytest.raises(Unavailable, match="no Docker engine answers"):
            await crew.start(spec)
        assert not answers()

        engine.begin()

        assert (await crew.ended(lost)).state is TaskState.EXITED
        assert (await crew.ended(kept)).state is TaskState.EXITED
        crew.runtime.forget(lost.id)
        crew.runtime.forget(kept.id)
        await until(lambda: is_empty(crew))
        assert (await crew.start(spec)).state is TaskState.STARTING


async def test_strays_that_nobody_could_look_for_at_the_start_go_when_the_engine_is_back(
    engine: OwnEngine, tmp_path: Path
) -> None:
    async with a_crew(tmp_path) as crew:
        spec = a_spec(a_container(image=await ensure_holder_image(crew.runtime.engine), command=()), port=None)
        await crew.start(spec)
        heir = crew.new_runtime()
        crew.runtime.close()
        await engine.end()
        assert await heir.stop_strays(0.0) == ()
        async with watched(heir):
            engine.begin()
            await until(lambda: is_empty(crew))
            assert heir.observe() == ()
            assert (await heir.start("web-1-0-1", "web", 1, spec)).state is TaskState.STARTING


async def is_empty(crew: Crew) -> bool:
    return containers_of(crew.home) == []
