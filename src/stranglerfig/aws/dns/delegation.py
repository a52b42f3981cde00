"""Delegates an environment's domain in the application's zone, where no stack does.

No stack can change a zone of another account, nor make a record that a function of Copilot's has made. The
environment's certificate waits for the delegation, so it is written while the stack is made, as soon as the
environment's zone is there.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass

from stranglerfig.aws.dns.hosted_zone import HostedZone
from stranglerfig.aws.session import Session
from stranglerfig.aws.stacks.telling import Telling
from stranglerfig.aws.stacks.values import StackEvent, StackOrder
from stranglerfig.aws.synth.facts import EnvFacts
from stranglerfig.aws.synth.names import OWN_ZONE
from stranglerfig.aws.synth.zones import env_zone
from stranglerfig.errors import FigError

_TTL_S = 900


@dataclass(frozen=True, slots=True)
class Delegation:
    """``app`` acts in the application's account, ``env`` in the environment's. ``zone`` is the application's."""

    app: Session
    env: Session
    domain: str
    zone: str

    def bring(self, zone: str) -> None:
        """To the zone of that id. Again changes nothing."""
        found = self.env.client("route53").get_hosted_zone(Id=zone)
        self._change("UPSERT", [{"Value": server} for server in found["DelegationSet"]["NameServers"]])

    def remove(self) -> None:
        """Wherever it leads to."""
        route53 = self.app.client("route53")
        listed = route53.list_resource_record_sets(
            HostedZoneId=self.zone, StartRecordName=self.domain, StartRecordType="NS", MaxItems="1"
        )
        for record in listed["ResourceRecordSets"]:
            if record["Name"].rstrip(".") == self.domain and record["Type"] == "NS":
                self._change("DELETE", record["ResourceRecords"], record["TTL"])

    def _change(self, action: str, servers: list[dict[str, str]], ttl_s: int = _TTL_S) -> None:
        record = {"Name": f"{self.domain}.", "Type": "NS", "TTL": ttl_s, "ResourceRecords": servers}
        HostedZone(self.app, self.zone).change(action, [record])


def delegation_of(facts: EnvFacts, app: Session, env: Session) -> Delegation | None:
    """None: the stack does it, or there is no domain of the environment's own."""
    if facts.delegates_itself or not facts.has_own_zone or facts.app.own_zone is None:
        return None
    return Delegation(app, env, env_zone(facts), facts.app.own_zone)


@contextmanager
def kept_for(delegation: Delegation | None, has_come_to_nothing: Callable[[], bool]) -> Iterator[None]:
    """While the environment's stack is changed. If it has no zone after that, nothing leads to the one that is gone:
    where it failed, and where its user has had it taken back."""
    try:
        yield
    finally:
        if delegation is not None:
            # What went wrong is told, and the next deploy or the deletion sees to it where this does not.
            with suppress(FigError):
                if has_come_to_nothing():
                    delegation.remove()


@dataclass(frozen=True, slots=True)
class Delegating:
    """Tells ``telling`` what it is told, and delegates to the zone when it hears of it."""

    telling: Telling
    delegation: Delegation

    def begin(self, order: StackOrder) -> None:
        self.telling.begin(order)

    def say(self, text: str) -> None:
        self.telling.say(text)

    def note(self, text: str) -> None:
        self.telling.note(text)

    def service(self, path: tuple[str, ...], lines: tuple[str, ...]) -> None:
        self.telling.service(path, lines)

    def event(self, path: tuple[str, ...], event: StackEvent) -> None:
        self.telling.event(path, event)
        if event.logical == OWN_ZONE and event.status == "CREATE_COMPLETE" and event.physical:
            self.delegation.bring(event.physical)
