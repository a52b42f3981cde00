"""The zones of Route 53 that an application and its environments have, by their domains. Pure."""

from __future__ import annotations

from stranglerfig.aws.synth.facts import EnvFacts


def env_zone(env: EnvFacts) -> str:
    """Of an environment that has names below the application's domain."""
    return f"{env.name}.{app_zone(env)}"


def app_zone(env: EnvFacts) -> str:
    return f"{env.app.name}.{env.app.domain}"


def internal_zone(env: EnvFacts) -> str:
    return f"{env.name}.{env.app.name}.internal"


def nearest_zone(env: EnvFacts, host: str) -> str | None:
    """``env``, ``app`` or ``root``: whose zone a host's record belongs into. None: it is not below the domain."""
    if env.app.domain is None:
        return None
    for zone, name in (("env", env_zone(env)), ("app", app_zone(env)), ("root", env.app.domain)):
        if host == name or host.endswith(f".{name}"):
            return zone
    return None
