"""A Docker engine for tests: the one that answers, else one of our own that ends with the tests.

    from tests.docker_engine import docker_engine, docker_host  # noqa: F401

in a test module or conftest. ``docker_host`` sets DOCKER_HOST for the test and is its value; an image called
``tests.docker_image.BASE`` with a shell and Python is there. Where no engine can be had the tests are skipped, but in
CI (``CI=true``) they fail.
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from stranglerfig.runtimes.docker.engine import answers, connect
from tests.docker_image import ensure_base

START_S = 30.0
END_S = 20.0
INSTALL_S = 240.0
#: what to try in turn: within a container neither overlay on overlay nor the kernel's packet filter may be to be had
VARIANTS: tuple[tuple[str, ...], ...] = (
    ("--storage-driver=overlay2",),
    ("--storage-driver=overlay2", "--iptables=false", "--ip-masq=false"),
    ("--storage-driver=vfs",),
    ("--storage-driver=vfs", "--iptables=false", "--ip-masq=false"),
)


class NoEngine(Exception):
    """Why there is none."""


@pytest.fixture(scope="session")
def docker_engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The engine's address, shared by all processes of one test run."""
    folder = tmp_path_factory.getbasetemp()
    # The processes of a parallel run have folders of their own in a common one.
    shared = folder.parent if "PYTEST_XDIST_WORKER" in os.environ else folder
    try:
        with borrow_engine(shared / "docker") as host:
            yield host
    except NoEngine as reason:
        if os.environ.get("CI") == "true":
            pytest.fail(f"CI must have a Docker engine: {reason}")
        pytest.skip(f"no Docker engine: {reason}")


@pytest.fixture
def docker_host(docker_engine: str, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setenv("DOCKER_HOST", docker_engine)
    return docker_engine


@contextlib.contextmanager
def borrow_engine(folder: Path) -> Iterator[str]:
    """The first who asks starts it, the last who leaves ends it."""
    if answers():
        host = os.environ.get("DOCKER_HOST", "unix:///var/run/docker.sock")
        with _at(host):
            ensure_base()
        yield host
        return
    folder.mkdir(parents=True, exist_ok=True)
    host = f"unix://{folder}/engine.sock"
    with _users(folder) as users:
        if not users["count"]:
            users["pid"] = start_engine(folder)
            with _at(host):
                ensure_base()
        users["count"] += 1
    try:
        yield host
    finally:
        with _users(folder) as users:
            users["count"] -= 1
            if not users["count"]:
                end_engine(folder, users["pid"])


def start_engine(folder: Path) -> int:
    """Its pid, once it answers."""
    program = find_dockerd()
    _mount_control_groups()
    said = ""
    for variant in VARIANTS:
        process = _launch(program, folder, variant)
        if _wait_for_answer(process, folder):
            # Reaped by pid when the tests are over.
            process.returncode = 0
            return process.pid
        said = "\n".join((folder / "log").read_text(encoding="utf-8", errors="replace").splitlines()[-5:])
    raise NoEngine(f"dockerd does not start:\n{said}")


def end_engine(folder: Path, pid: int) -> None:
    _sweep(f"unix://{folder}/engine.sock")
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, signal.SIGTERM)
    deadline = time.monotonic() + END_S
    while is_alive(pid) and time.monotonic() < deadline:
        time.sleep(0.05)
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, signal.SIGKILL)
    shutil.rmtree(folder / "data", ignore_errors=True)


def find_dockerd() -> str:
    found = shutil.which("dockerd", path=f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin")
    if os.geteuid() != 0:
        raise NoEngine("none answers, and only root can start one")
    if found is None:
        _install()
        found = shutil.which("dockerd", path=f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin")
    if found is None:
        raise NoEngine("none answers, and `apt-get install docker.io` does not bring one")
    return found


def _install() -> None:
    """Machines of CI are there to be changed; others are not."""
    if os.environ.get("CI") != "true" or shutil.which("apt-get") is None:
        raise NoEngine("none answers, and dockerd is not installed")
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    packages = ("docker.io",) if has_control_groups() else ("docker.io", "cgroupfs-mount")
    for words in (("update", "-qq"), ("install", "-qq", "--no-install-recommends", *packages)):
        with contextlib.suppress(subprocess.TimeoutExpired):
            subprocess.run(
                ("apt-get", *words), env=environment, stdout=subprocess.DEVNULL, timeout=INSTALL_S, check=False
            )


def has_control_groups() -> bool:
    return " /sys/fs/cgroup" in Path("/proc/mounts").read_text(encoding="utf-8")


def _mount_control_groups() -> None:
    """Without systemd nobody may have done it since the machine was started."""
    program = shutil.which("cgroupfs-mount")
    if not has_control_groups() and program is not None:
        subprocess.run((program,), check=False, timeout=INSTALL_S)


def _launch(program: str, folder: Path, variant: tuple[str, ...]) -> subprocess.Popen[bytes]:
    config = folder / "daemon.json"
    config.write_text("{}", encoding="utf-8")
    command = (
        program,
        f"--host=unix://{folder}/engine.sock",
        f"--data-root={folder}/data",
        f"--exec-root={folder}/exec",
        f"--pidfile={folder}/pid",
        f"--config-file={config}",
        *variant,
    )
    with open(folder / "log", "wb") as log:
        return subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True)


def _wait_for_answer(process: subprocess.Popen[bytes], folder: Path) -> bool:
    deadline = time.monotonic() + START_S
    with _at(f"unix://{folder}/engine.sock"):
        while process.poll() is None and time.monotonic() < deadline:
            if answers():
                return True
            time.sleep(0.05)
    process.kill()
    process.wait()
    return False


def _sweep(host: str) -> None:
    """Bridges outlive the engine that made them."""
    with _at(host), contextlib.closing(connect(END_S)) as api:
        for container in api.containers(all=True):
            with contextlib.suppress(Exception):
                api.remove_container(container["Id"], force=True, v=True)
        api.prune_networks()  # type: ignore[no-untyped-call]


def is_alive(pid: int) -> bool:
    with contextlib.suppress(ChildProcessError):
        return os.waitpid(pid, os.WNOHANG) == (0, 0)
    try:
        status = Path(f"/proc/{pid}/stat").read_bytes()
    except OSError:
        return False
    # Another process of the run has started it, and does not reap it before its own end.
    return status.rpartition(b") ")[2][:1] != b"Z"


@contextlib.contextmanager
def _users(folder: Path) -> Iterator[dict[str, int]]:
    """Who uses the engine, for one process at a time to read and write."""
    with open(folder / "users.json", "a+", encoding="utf-8") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        file.seek(0)
        users = json.loads(file.read() or '{"count": 0, "pid": 0}')
        yield users
        file.seek(0)
        file.truncate()
        file.write(json.dumps(users))


@contextlib.contextmanager
def _at(host: str) -> Iterator[None]:
    before = os.environ.get("DOCKER_HOST")
    os.environ["DOCKER_HOST"] = host
    try:
        yield
    finally:
        os.environ.pop("DOCKER_HOST")
        if before is not None:
            os.environ["DOCKER_HOST"] = before
