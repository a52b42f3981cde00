"""``network``: where tasks stand, and who reaches them by name. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from stranglerfig.aws.synth.reading.outside import text_or_export
from stranglerfig.aws.synth.template import Value
from stranglerfig.manifest.rules.given import Body, has, section, text, texts, value


@dataclass(frozen=True, slots=True)
class Network:
    """``subnets`` are those that the manifest names; none where it has tags for them, or says nothing.

    ``groups`` are security groups beside the environment's own, which ``deny_default`` leaves out. ``connects``: takes
    part in Service Connect, by the name ``alias`` if there is one.
    """

    private: bool = False
    subnets: tuple[str, ...] = ()
    by_tags: bool = False
    groups: tuple[Value, ...] = ()
    deny_default: bool = False
    connects: bool = False
    alias: str | None = None

    @property
    def has_public_addresses(self) -> bool:
        return not (self.private or self.subnets or self.by_tags)


def read_network(body: Body) -> Network:
    vpc, found = section(body, "network", "vpc"), value(body, "network", "vpc", "security_groups")
    groups = found if isinstance(found, list) else value(vpc, "security_groups", "groups") or []
    return Network(
        private=(text(vpc, "placement") or "").lower() == "private",
        subnets=texts(vpc, "placement", "subnets"),
        by_tags=has(vpc, "placement", "subnets", "from_tags"),
        groups=tuple(text_or_export(group) for group in groups) if isinstance(groups, list) else (),
        deny_default=value(vpc, "security_groups", "deny_default") is True,
        connects=value(body, "network", "connect") not in (None, False),
        alias=text(body, "network", "connect", "alias"),
    )
