"""From a checked manifest to what the daemon is to run. Pure."""

from stranglerfig.workspace.compile.workload import Compiled, compile_workload

__all__ = ["Compiled", "compile_workload"]
