"""The daemon as a process: started, killed, started again, told to end."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import stat
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from stranglerfig.api.client import Client, Transport
from tests.control.world import a_home, a_target, an_upstream, ask, until


@contextmanager
def a_daemon(home: Path, **more: str) -> Iterator[tuple[subprocess.Popen[str], Client]]:
    environ = {**os.environ, "FIG_HOME": str(home), **more}
    command = [sys.executable, "-m", "stranglerfig", "daemon", "run"]
    process = subprocess.Popen(command, env=environ, text=True, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    client = Client(Transport(str(home / "run" / "api.sock"), timeout_s=60))
    try:
        yield process, client
    finally:
        process.kill()
        process.communicate()


def answers(home: Path, client: Client) -> bool:
    with socket.socket(socket.AF_UNIX) as knocking:
        try:
            knocking.connect(str(home / "run" / "api.sock"))
        except OSError:
            return False
    return client.daemon.version()["pid"] > 0


async def test_it_is_killed_and_the_next_one_has_everything() -> None:
    async with a_home() as home, an_upstream("monolith") as monolith:
        with a_daemon(home) as (process, client):
            await until(lambda: answers(home, client))
            socket_mode = stat.S_IMODE((home / "run" / "api.sock").stat().st_mode)
            assert socket_mode == 0o600
            # In threads, or the upstream in this very process could not answer the daemon's probe.
            url = (await in_thread(client.proxies.create, {"name": "shop", "to": monolith}))["url"]
            await in_thread(client.targets.create, a_target("posts"))
            await until(lambda: client.targets.show("posts")["state"] == "ACTIVE")
            pid = client.targets.show("posts")["servers"][0]["pid"]
            process.send_signal(signal.SIGKILL)
            process.wait()
        assert await ask(f"{url}/x") == "monolith"
        with a_daemon(home) as (_, client):
            await until(lambda: answers(home, client))
            assert client.targets.show("posts")["servers"][0]["pid"] == pid
            assert [proxy["name"] for proxy in client.proxies.all()] == ["shop"]


async def test_lines_tell_each_daemon_how_long_targets_take() -> None:
    """The second one hears of HAProxy's requests as the first one did, after that was killed."""
    async with a_home() as home, an_upstream("monolith") as monolith:
        with a_daemon(home) as (process, client):
            await until(lambda: answers(home, client))
            url = (await in_thread(client.proxies.create, {"name": "shop", "to": monolith}))["url"]
            await until(lambda: knows_latency(client, url))
            process.kill()
        with a_daemon(home) as (_, client):
            await until(lambda: answers(home, client))
            assert client.targets.show("shop-default")["p99_ms"] is None
            await until(lambda: knows_latency(client, url))
            assert 'fig_target_latency_seconds_bucket{le="+Inf",target="shop-default"}' in client.daemon.metrics()


async def knows_latency(client: Client, url: str) -> bool:
    await ask(f"{url}/x")
    return client.targets.show("shop-default")["p99_ms"] is not None


async def in_thread(call: object, body: object) -> dict[str, str]:
    assert callable(call)
    return dict(await asyncio.to_thread(call, body))


async def test_a_second_one_refuses_and_names_the_first() -> None:
    async with a_home() as home:
        with a_daemon(home) as (first, client):
            await until(lambda: answers(home, client))
            with a_daemon(home) as (second, _):
                _, said = second.communicate(timeout=60)
                assert second.returncode == 4
                assert str(first.pid) in said
            assert answers(home, client)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
async def test_a_signal_ends_it_gently(number: signal.Signals) -> None:
    async with a_home() as home:
        with a_daemon(home) as (process, client):
            await until(lambda: answers(home, client))
            process.send_signal(number)
            assert process.wait(60) == 0
            assert not (home / "run" / "api.sock").exists()


async def test_it_ends_when_it_is_told_to_and_answers_first() -> None:
    async with a_home() as home:
        with a_daemon(home) as (process, client):
            await until(lambda: answers(home, client))
            client.daemon.stop()
            assert process.wait(60) == 0


async def test_after_down_the_daemon_is_gone_too() -> None:
    async with a_home() as home:
        with a_daemon(home) as (process, client):
            await until(lambda: answers(home, client))
            client.targets.create({"name": "posts", "command": ["sleep", "60"], "cwd": "/"})
            client.daemon.down(purge=True)
            assert process.wait(60) == 0
        with a_daemon(home) as (_, client):
            await until(lambda: answers(home, client))
            assert client.targets.all() == []


async def test_after_a_purge_the_next_one_is_as_on_the_first_day() -> None:
    async with a_home() as home, an_upstream("monolith") as monolith:
        with a_daemon(home) as (process, client):
            await until(lambda: answers(home, client))
            port = (await in_thread(client.proxies.create, {"name": "shop", "to": monolith}))["port"]
            client.daemon.down(purge=True)
            assert process.wait(60) == 0
        with a_daemon(home) as (_, client):
            await until(lambda: answers(home, client))
            assert client.daemon.version()["running"]
            assert client.daemon.journal(100) == []
            again = await in_thread(client.proxies.create, {"name": "shop", "to": monolith, "port": port})
            assert await ask(f"{again['url']}/x") == "monolith"


async def test_a_taken_metrics_port_is_the_reason_and_no_traceback() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        address = f"127.0.0.1:{taken.getsockname()[1]}"
        async with a_home() as home:
            with a_daemon(home, FIG_METRICS=address) as (process, _):
                _, said = process.communicate(timeout=20)
    assert process.returncode == 4
    assert f"✘ cannot serve metrics on {address}: it is taken" in said
    assert "Traceback" not in said


async def test_metrics_are_served_over_tcp_and_nothing_else_is() -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    async with a_home() as home:
        with a_daemon(home, FIG_METRICS=f"127.0.0.1:{port}") as (_, client):
            await until(lambda: answers(home, client))
            async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}") as scraper:
                assert "fig_info" in (await scraper.get("/metrics")).text
                assert (await scraper.get("/v1/status")).status_code == 404


async def test_with_nothing_to_do_it_starts_fast() -> None:
    async with a_home() as home:
        with a_daemon(home) as (_, client):
            await until(lambda: answers(home, client))
            client.daemon.stop()
        began = time.monotonic()
        with a_daemon(home) as (_, client):
            await until(lambda: answers(home, client))
            sys.stdout.write(f"an idle daemon answers after {time.monotonic() - began:.2f} s\n")
