"""A workload's stack: its task definition, and what runs the tasks. Pure."""

from __future__ import annotations

from stranglerfig.aws.synth.workload.assembly import workload_template as workload_template
from stranglerfig.aws.synth.workload.parameters import parameter_values as parameter_values
