"""What the shell that starts the tests may have set, and must not pass on to what they start."""

from __future__ import annotations

import signal


def pytest_configure() -> None:
    # A shell without job control makes what it puts in the background deaf to Ctrl-C, and so would be all we start.
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)
