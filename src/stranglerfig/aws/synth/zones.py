"""The zones of Route 53 that an application and its environments have, by their domains. Pure."""

from __future__ import annotations

from collections.abc import Mapping

from stranglerfig.aws.synth.facts import AppFacts, EnvFacts
from stranglerfig.aws.synth.template import Value


def env_zone(env: EnvFacts) -> str:
    """Of an environment that has names below the application's domain."""
    return f"{env.name}.{app_zone(env)}"


def app_zone(env: EnvFacts) -> str:
    return app_domain(env.app)


def app_domain(app: AppFacts) -> str:
    return f"{app.name}.{app.domain}"


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


def is_in_reach(env: EnvFacts, zone: str | None) -> bool:
    """Whether stacks of the environment can change records there: those of another account's are its owner's."""
    return zone is not None and (zone == "env" or env.is_at_home)


def zone_id(env: EnvFacts, zone: str, own: Value) -> Value | None:
    """``own`` is the environment's. None: it is not known, as long as nobody has looked it up."""
    if zone == "env":
        return own
    return env.app.own_zone if zone == "app" else env.app.hosted_zone


def zone_of_record(env: EnvFacts, zone: str, own: Value) -> Mapping[str, Value]:
    """As records have it."""
    found = zone_id(env, zone, own)
    if found is not None:
        return {"HostedZoneId": found}
    return {"HostedZoneName": f"{app_zone(env) if zone == 'app' else env.app.domain}."}
