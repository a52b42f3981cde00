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
    # All of this is made before the limits are in force: from then on there may be no memory and no file to be had.
    paths = to_paths(command[0])
    no_memory = f"exec {errno.ENOMEM}".encode()
    step = "limit"
    try:
        for limit in limits:
            step, _, value = limit.partition("=")
            resource.setrlimit(getattr(resource, step), (int(value), int(value)))
        step = "exec"
        become(paths, command)
    except MemoryError:
        os.write(error_fd, no_memory)
    except OSError as error:
        os.write(error_fd, f"{step} {error.errno}".encode())
    except OverflowError:
        os.write(error_fd, f"{step} {errno.ERANGE}".encode())
    except ValueError:
        # This is how setrlimit says that the value is above what we may have.
        os.write(error_fd, f"{step} {errno.EPERM}".encode())
    os._exit(127)


def to_paths(program: str) -> list[str]:
    return [program] if "/" in program else [os.path.join(folder, program) for folder in os.get_exec_path()]


def become(paths: list[str], command: list[str]) -> None:
    """Returns never: the first path that can be run is, else the reason that tells most is raised."""
    reason: OSError = FileNotFoundError(errno.ENOENT, "")
    for path in paths:
        try:
            os.execv(path, command)
        except (FileNotFoundError, NotADirectoryError):
            continue
        except PermissionError as error:
            reason = error
    raise reason


if __name__ == "__main__":
    main(sys.argv[1:])
