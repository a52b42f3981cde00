"""`task run --generate-cmd` of a service or a job on AWS."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from stranglerfig.aws.one_off.inherited import as_workload
from stranglerfig.cli.aws.target import Where
from stranglerfig.cli.aws.tasks.places import place_of
from stranglerfig.cli.aws.tasks.run import workload_of
from stranglerfig.cli.task.generating import Named, Program, command_line


def generate(named: Named, given: Mapping[str, Any]) -> str:
    """Of the revision that is deployed. An empty command is the image's own."""
    app, env, name = named
    task = as_workload(workload_of(place_of(Where(app, env), given), name), name)
    entrypoint = task.entrypoint or None
    return command_line(named, Program(entrypoint, task.command, task.variables.items(), task.secrets.items()))
