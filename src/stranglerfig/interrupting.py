"""Ctrl-C, and SIGTERM, by which build servers cancel: from its first moment on they end a command, with status 130.

A shell has what it starts in the background ignore Ctrl-C; fig hears of it there too, at one moment as at another.
"""

from __future__ import annotations

import _thread
import os
import signal
import sys
import time
from collections.abc import Callable
from types import FrameType
from typing import TYPE_CHECKING, NoReturn

if TYPE_CHECKING:
    from sys import UnraisableHookArgs

INTERRUPTED = 128 + signal.SIGINT
#: under which a command's context has it, where its work heard of it and went on to its end
HEARD = "stranglerfig.interrupted"
SIGNALS = (signal.SIGINT, signal.SIGTERM)
#: until what has swallowed it is over
AGAIN_S = 0.01

Hear = Callable[[int, FrameType | None], None]


def hear_with(hear: Hear) -> None:
    for number in SIGNALS:
        signal.signal(number, hear)


def leave(number: int, frame: FrameType | None) -> NoReturn:
    """While modules are loaded nothing has begun, and an exception may be lost in what imports do."""
    if os.isatty(2):
        os.write(2, b"\n")
    os._exit(INTERRUPTED)


def interrupt(number: int, frame: FrameType | None) -> NoReturn:
    """For the rest of a command, or as long as nobody hears of it in another way."""
    raise KeyboardInterrupt


def listen() -> None:
    """What begins now may have something to end."""
    if signal.getsignal(signal.SIGINT) is leave:
        hear_with(interrupt)
        sys.unraisablehook = tell_again


def ignore() -> None:
    """The command is over, and its status stays."""
    for number in SIGNALS:
        signal.signal(number, signal.SIG_IGN)


def tell_again(lost: UnraisableHookArgs) -> None:
    """Python drops what is raised while an object is taken apart; the user has pressed Ctrl-C all the same."""
    if isinstance(lost.exc_value, KeyboardInterrupt):
        _thread.start_new_thread(interrupt_soon, (_thread.get_ident(),))
    else:
        sys.__unraisablehook__(lost)


def interrupt_soon(thread: int) -> None:
    time.sleep(AGAIN_S)
    # Unlike ``interrupt_main`` it ends what the other waits for.
    signal.pthread_kill(thread, signal.SIGINT)
