"""The keeper's one loop: it waits for HAProxy's death, for clients and for SIGTERM, and does what each asks for."""

from __future__ import annotations

import contextlib
import errno
import os
import selectors
import signal
import socket
import time

from stranglerfig.dataplane.keeper.child import HaproxyChild, fork_haproxy, write_log
from stranglerfig.dataplane.keeper.control import ControlSocket, Reply
from stranglerfig.dataplane.keeper.state import KeeperState, string_map, strings
from stranglerfig.dataplane.sockets import IPV4_SLOTS, Pool, Slot, reserve_numbers

CONTROL, STATE, LOG, MASTER = "keeper.sock", "keeper.json", "haproxy.log", "master.sock"
#: who dies younger than this is restarted ever more slowly
_INFANT_S = 1.0
_LONGEST_PAUSE_S = 1.0
#: for a killed HAProxy's sockets to be closed by the kernel, when they are not ours
_FAREWELL_S = 0.05
_TERM_TO_KILL_S = 1.0


class Keeper:
    def __init__(self, control: socket.socket, wakeup: socket.socket) -> None:
        self._selector = selectors.DefaultSelector()
        self._selector.register(wakeup, selectors.EVENT_READ, self._signalled)
        self._control = ControlSocket(control, self._selector, self._answer)
        self._state = KeeperState.read(STATE)
        self._pool: Pool | None = None
        self._child: HaproxyChild | None = None
        self._is_adopted = False
        self._deaths = self._infant_deaths = 0
        self._last_exit: int | None = None
        self._note = ""
        self._restart_at: float | None = None
        self._stop_steps: list[tuple[float, int]] = []
        self._stop_asker: socket.socket | None = None
        self._is_stopping = self._is_done = False

    def run(self) -> None:
        self._take_over()
        while not self._is_done:
            for key, _ in self._selector.select(self._pause()):
                key.data(key.fileobj)
            self._tick()

    # HAProxy's life

    def _take_over(self) -> None:
        """Finds the predecessor's HAProxy and takes its sockets; if it is dead, opens the same addresses anew."""
        try:
            child = HaproxyChild(self._state.pid, self._state.start_ticks)
        except OSError:
            self._pool = self._open_pool()
            self._restart_at = time.monotonic() if self._state.argv else None
            return
        self._adopt(child, is_adopted=True)
        try:
            self._pool = Pool.take(child.pidfd)
            write_log(f"took over HAProxy {child.pid} and its sockets")
        except OSError as problem:
            reserve_numbers()
            self._note = f"the sockets could not be taken out of HAProxy: {problem.strerror}"
            write_log(self._note)

    def _open_pool(self) -> Pool:
        pool = Pool.create()
        problems = pool.reopen(self._state.addresses)
        self._note = "; ".join(problems)
        for problem in problems:
            write_log(f"could not open {problem}")
        return pool

    def _spawn(self) -> None:
        """The child waits until its pid is on disk: a keeper killed in between leaves no HAProxy that nobody knows."""
        if self._pool is None:
            self._pool = self._open_pool()
        pid, opener = fork_haproxy(self._state.argv, self._state.env, LOG)
        try:
            self._adopt(HaproxyChild(pid), is_adopted=False)
        except OSError:
            # Nobody would notice its death. Without the byte it never becomes HAProxy.
            os.close(opener)
            os.waitpid(pid, 0)
            raise
        try:
            self._save()
        except OSError as problem:
            # A full disk: to serve is worth more than to be found by a successor.
            self._note = (
                f"{STATE} could not be written ({problem.strerror}): HAProxy {pid} serves, "
                "but the next keeper would not find it"
            )
            write_log(self._note)
        # Whoever killed it at the gate is heard of by its pidfd.
        with contextlib.suppress(BrokenPipeError):
            os.write(opener, b"!")
        os.close(opener)

    def _adopt(self, child: HaproxyChild, *, is_adopted: bool) -> None:
        self._child, self._is_adopted = child, is_adopted
        self._state.pid, self._state.start_ticks = child.pid, child.start_ticks
        self._selector.register(child.pidfd, selectors.EVENT_READ, self._died)

    def _died(self, pidfd: int) -> None:
        child = self._child
        assert child is not None
        self._selector.unregister(pidfd)
        self._last_exit, self._child = child.bury(), None
        self._deaths += 1
        write_log(f"HAProxy {child.pid} ended with {self._last_exit}")
        if self._is_stopping:
            self._finish()
            return
        is_infant = time.monotonic() - child.since < _INFANT_S
        self._infant_deaths = self._infant_deaths + 1 if is_infant else 0
        pause = 0.0 if self._infant_deaths < 2 else min(_LONGEST_PAUSE_S, 0.025 * 2**self._infant_deaths)
        self._restart_at = time.monotonic() + (pause if self._pool else max(pause, _FAREWELL_S))

    def _finish(self) -> None:
        """The end of ``stop``: nothing is left for a successor."""
        for name in (STATE, CONTROL, MASTER):
            with contextlib.suppress(FileNotFoundError):
                os.unlink(name)
        if self._stop_asker is not None:
            self._control.reply(self._stop_asker, {"stopped": True})
        self._is_done = True

    def _pause(self) -> float | None:
        moments = [at for at, _ in self._stop_steps[:1]]
        if self._restart_at is not None:
            moments.append(self._restart_at)
        return max(0.0, min(moments) - time.monotonic()) if moments else None

    def _tick(self) -> None:
        now = time.monotonic()
        if self._restart_at is not None and now >= self._restart_at:
            self._restart_at = None
            try:
                self._spawn()
            except OSError as problem:
                write_log(f"HAProxy could not be started: {problem.strerror}")
                self._restart_at = now + _LONGEST_PAUSE_S
        if self._stop_steps and now >= self._stop_steps[0][0] and self._child is not None:
            self._child.send(self._stop_steps.pop(0)[1])

    def _save(self) -> None:
        if self._pool is not None:
            self._state.addresses = self._pool.open_addresses()
        self._state.write(STATE)

    def _signalled(self, wakeup: socket.socket) -> None:
        """SIGTERM: make room for another keeper; HAProxy goes on."""
        if signal.SIGTERM in wakeup.recv(64):
            write_log("told to end; HAProxy goes on")
            os.unlink(CONTROL)
            self._is_done = True

    # what clients ask for

    def _answer(self, request: dict[str, object], client: socket.socket) -> Reply | None:
        match request["op"]:
            case "status":
                return self._status()
            case "start":
                return self._start(strings(request["argv"]), string_map(request["env"]))
            case "listen":
                return self._listen(str(request["host"]), int(str(request["port"])))
            case "release":
                return self._release(int(str(request["slot"])))
            case "stop":
                self._stop(float(str(request["grace_s"])), client)
                return None
        raise ValueError(f"unknown operation {request['op']!r}")

    def _status(self) -> Reply:
        slots = self._pool.slots if self._pool else []
        fresh = [slot.index for slot in slots if slot.address is None]
        return {
            "pid": os.getpid(),
            "haproxy": self._child.pid if self._child else None,
            "adopted": self._is_adopted,
            "deaths": self._deaths,
            "last_exit": self._last_exit,
            "owns_sockets": self._pool is not None,
            "note": self._note,
            "slots": [_describe(slot) for slot in slots if slot.address],
            "free_ipv4": sum(index < IPV4_SLOTS for index in fresh),
            "free_ipv6": sum(index >= IPV4_SLOTS for index in fresh),
        }

    def _start(self, argv: list[str], env: dict[str, str]) -> Reply:
        """Idempotent. A running HAProxy keeps its command until it is restarted."""
        if not argv:
            raise ValueError("no command")
        self._refuse_when_stopping()
        self._state.argv, self._state.env = argv, env
        if self._child is None:
            self._restart_at = None
            self._spawn()
        else:
            self._save()
        return {"pid": self._state.pid}

    def _listen(self, host: str, port: int) -> Reply:
        pool = self._own_pool()
        before = pool.open_addresses()
        slot = pool.listen(host, port)
        try:
            self._save()
        except OSError:
            # Whoever asked does not learn of it, so nobody would ever release it.
            if slot.index not in before:
                pool.release(slot.index)
            raise
        return _describe(slot)

    def _release(self, index: int) -> Reply:
        self._own_pool().release(index)
        self._save()
        return {"slot": index}

    def _own_pool(self) -> Pool:
        self._refuse_when_stopping()
        if self._pool is None:
            raise OSError(errno.EPERM, self._note)
        return self._pool

    def _refuse_when_stopping(self) -> None:
        if self._is_stopping:
            raise OSError(errno.ESHUTDOWN, "the keeper is stopping")

    def _stop(self, grace_s: float, client: socket.socket) -> None:
        """Asks HAProxy to finish, then tells it, then kills it. New connections are refused from now on."""
        self._is_stopping, self._stop_asker, self._restart_at = True, client, None
        if self._pool is not None:
            self._pool.shut()
        if self._child is None:
            self._finish()
            return
        now = time.monotonic()
        term_at = now + grace_s
        kill_at = term_at + _TERM_TO_KILL_S
        self._stop_steps = [(now, signal.SIGUSR1), (term_at, signal.SIGTERM), (kill_at, signal.SIGKILL)]


def _describe(slot: Slot) -> Reply:
    host, port = slot.address or ("", 0)
    return {"slot": slot.index, "fd": slot.fd, "host": host, "port": port, "open": slot.is_open}
