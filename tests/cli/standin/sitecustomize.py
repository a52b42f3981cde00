"""Puts a stand-in in the control plane's place, in processes that have this folder on PYTHONPATH.

What it does is what ``STANDIN`` says: a daemon that fails as real ones rarely do can be had no other way.
"""

import os
import sys
import time
import types


def run(settings):  # type: ignore[no-untyped-def]
    from tests.cli.stub_daemon import serve

    from stranglerfig.errors import Conflict, StateUnusable

    with open(settings.home / "starts", "a", encoding="ascii") as starts:
        starts.write(f"{os.getpid()} {os.getpgid(0)} {os.getcwd()}\n")
    match os.environ["STANDIN"]:
        case "answers":
            serve(settings.api_socket)
        case "slow":
            time.sleep(1)
            serve(settings.api_socket)
        case "lingers":
            serve(settings.api_socket)
            time.sleep(0.5)
        case "finds the state held twice":
            with open(settings.home / "starts", encoding="ascii") as starts:
                if len(starts.readlines()) < 3:
                    raise Conflict("daemon.lock is held by another fig daemon")
            serve(settings.api_socket)
        case "refuses":
            raise StateUnusable("the state is corrupt: page 7", hint="Move fig.sqlite3 aside.")
        case "refuses in a group":
            raise ExceptionGroup("tasks", [ExceptionGroup("inner", [StateUnusable("the disk is full")])])
        case "dies":
            sys.stderr.write("something went up in smoke\n")
            sys.stderr.flush()
            os._exit(3)
        case "faulty":
            raise RuntimeError("a fault of its own")


if "STANDIN" in os.environ:
    module = types.ModuleType("stranglerfig.control.daemon")
    module.run = run  # type: ignore[attr-defined]
    sys.modules["stranglerfig.control.daemon"] = module
