"""How a route is to be shifted: by which plan, who goes first, and who is told. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlsplit

from stranglerfig.core.shift.plan import Limits, Plan
from stranglerfig.errors import UsageError


@dataclass(frozen=True, slots=True)
class Hooks:
    """Who is told of every change: a URL that it is posted to, and a command that has it on its standard input."""

    webhook: str | None = None
    command: str | None = None


@dataclass(frozen=True, slots=True)
class Terms:
    """``cohorts`` as in ``core.desired.Route``: those of the shift that is to come."""

    plan: Plan = Plan()
    cohorts: tuple[str, ...] = ()
    hooks: Hooks = Hooks()

    @property
    def shares(self) -> tuple[int, ...]:
        """The steps without the one that is the cohorts' alone."""
        return self.plan.steps[1:] if self.plan.cohort_first else self.plan.steps


def to_plan(shares: tuple[int, ...], bake_s: float, limits: Limits, cohorts: tuple[str, ...]) -> Plan:
    """Cohorts go before any share of the others."""
    steps = (0, *shares) if cohorts and shares[:1] != (0,) else shares
    return Plan(steps, bake_s, limits, cohort_first=bool(cohorts))


def check_webhook(url: str) -> None:
    try:
        parts = urlsplit(url)
        is_good = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        is_good = False
    if not is_good or any(c.isspace() for c in url):
        raise UsageError(f"bad webhook {url!r}: it is no http URL", hint="Write it like `https://chat.example.com/x`.")
