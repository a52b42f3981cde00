"""Which endpoints belong together: sessions go from one to the other, or pages of one lead to the other. Pure."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass, field, replace

#: of one listener and day
MOST_LINKS = 400
MOST_SESSIONS = 5_000
#: what a session does later than that has nothing to do with what it did before
TOGETHER_S = 1_800.0


@dataclass(frozen=True, slots=True)
class Link:
    """From one endpoint of a listener to another one."""

    listener: str
    origin: str
    goal: str


@dataclass(slots=True)
class Strength:
    sessions: int = 0
    referrers: int = 0


@dataclass(slots=True)
class Links:
    """``found`` is today's, ``changed`` what is not written down. Bounded: for want of room the weakest link goes."""

    found: dict[Link, Strength] = field(default_factory=dict)
    changed: set[Link] = field(default_factory=set)
    _last: OrderedDict[tuple[str, str], tuple[str, float]] = field(default_factory=OrderedDict)

    def note(self, listener: str, endpoint: str, session: str, at: float) -> None:
        """A request of a session, if it has one."""
        if not session:
            return
        key = (listener, session)
        before = self._last.pop(key, None)
        self._last[key] = (endpoint, at)
        if len(self._last) > MOST_SESSIONS:
            self._last.popitem(last=False)
        if before is not None and before[0] != endpoint and at - before[1] < TOGETHER_S:
            self._strength(Link(listener, before[0], endpoint)).sessions += 1

    def note_referrer(self, listener: str, endpoint: str, referrer: str) -> None:
        """``referrer`` is the endpoint of the page that led there."""
        if referrer != endpoint:
            self._strength(Link(listener, referrer, endpoint)).referrers += 1

    def take_changed(self) -> dict[Link, Strength]:
        changed, self.changed = self.changed, set()
        return {link: replace(self.found[link]) for link in changed if link in self.found}

    def _strength(self, link: Link) -> Strength:
        if link not in self.found:
            others = [one for one in self.found if one.listener == link.listener]
            if len(others) >= MOST_LINKS:
                del self.found[min(others, key=lambda one: self.found[one].sessions + self.found[one].referrers)]
            self.found[link] = Strength()
        self.changed.add(link)
        return self.found[link]


def referring_path(referer: str, host: str) -> str | None:
    """The path of a Referer header, if it is of the same host as the request."""
    _, separator, rest = referer.partition("://")
    authority, slash, path = rest.partition("/")
    if not separator or authority.lower() != host.lower():
        return None
    return f"/{path.partition('?')[0].partition('#')[0]}" if slash else "/"
