"""Run as a script of its own: sets limits on itself, then becomes the task. Standard library only.

    python -I -S launch.py ERROR_FD RESOURCE=VALUE... -- COMMAND...

``ERROR_FD`` is a pipe that closes by itself when the command has taken over; before that, ``STEP ERRNO`` is written to
it when something fails.
"""

from __future__ import annotations

import errno
import os
import resource
import signal
import sys


def main(arguments: list[str]) -> None:
    cut = arguments.index("--")
    error_fd, limits, command = int(arguments[0]), arguments[1:cut], arguments[cut + 1 :]
    os.set_inheritable(error_fd, False)
    # The interpreter ignores these two for itself, and what is ignored stays ignored in the command.
    signal.signal(signal.SIGPIPE, signal.SIG_DFL)
    signal.signal(signal.SIGXFSZ, signal.SIG_DFL)
    step = "limit"
    try:
        for limit in limits:
            name, _, value = limit.partition("=")
            step = name
            resource.setrlimit(getattr(resource, name), (int(value), int(value)))
        step = "exec"
        os.execvp(command[0], command)
    except (OSError, ValueError) as error:
        # ValueError is how setrlimit says that the value is above what we may have.
        number = error.errno if isinstance(error, OSError) and error.errno else errno.EPERM
        os.write(error_fd, f"{step} {number}".encode())
        os._exit(127)


if __name__ == "__main__":
    main(sys.argv[1:])
