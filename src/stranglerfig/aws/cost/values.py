"""What is assumed, counted and told. Pure."""

from __future__ import annotations

from dataclasses import dataclass

#: Of a month, as AWS reckons.
HOURS = 730


@dataclass(frozen=True, slots=True)
class Assumptions:
    """What no template says; all of it a month but ``requests_per_second``. ``image_gb`` is for each repository,
    ``job_runs`` and ``job_minutes`` for each job. ``task_hours`` are those that services' tasks run. ``zones`` are
    those that a balancer stands in."""

    requests_per_second: float = 1
    out_gb: float = 10
    nat_gb: float = 10
    log_gb: float = 1
    storage_gb: float = 1
    job_runs: float = 30
    job_minutes: float = 10
    image_gb: float = 1
    task_hours: float = HOURS
    zones: int = 2


@dataclass(frozen=True, slots=True)
class Quantity:
    """``amount`` a month of what ``price`` names, of the stack of ``where``."""

    where: str
    what: str
    price: str
    amount: float
