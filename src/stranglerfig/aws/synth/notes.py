"""What whoever deploys a workload should know of it, as sentences. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from stranglerfig.aws.synth.balancing.room import target_notes
from stranglerfig.aws.synth.facts import Release
from stranglerfig.aws.synth.request_driven import without_counterpart
from stranglerfig.aws.synth.zones import nearest_zone
from stranglerfig.manifest.rules.given import section, sections
from stranglerfig.manifest.rules.http_rules import aliases_of


def notes(release: Release) -> Iterator[str]:
    yield from without_counterpart(release)
    yield from _records_to_write(release)
    yield from target_notes(release)
    yield from _hidden_variables(release)


def _records_to_write(release: Release) -> Iterator[str]:
    """No stack can change records of another account's zone."""
    env = release.env
    if env.is_at_home or not env.has_own_domain or release.balancer is not None:
        return
    body = release.manifest.body
    hosts = [*(alias for rule in release.manifest.http for alias in rule.aliases), *aliases_of(section(body, "nlb"))]
    elsewhere = [host for host in dict.fromkeys(hosts) if nearest_zone(env, host) in ("app", "root")]
    if elsewhere:
        one = len(elsewhere) == 1
        yield (
            f"{'The record' if one else 'Records'} of {', '.join(elsewhere)} {'is' if one else 'are'} to be written in"
            f" account {env.app.account}, which has the domain: an alias of {release.manifest.name}'s load balancer."
        )


def _hidden_variables(release: Release) -> Iterator[str]:
    """ECS refuses a name that is both; here the secret has it."""
    body = release.manifest.body
    for path, container in (("", body), *((f"sidecars.{name}.", one) for name, one in sections(body, "sidecars"))):
        for name in section(container, "variables"):
            if name in section(container, "secrets"):
                yield f"`{path}variables.{name}` has no effect: `{path}secrets.{name}` has its name."
