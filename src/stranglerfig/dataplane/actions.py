"""What HAProxy's maps say of an action (pure).

A plain forward, all to one group and the path as it is, is the group's backend and costs nothing more. Everything else
is a *spec*, fields separated by ``|``:

    !xy|D1|T1|D2|T2|D3|T3|D4|T4|D5

A bucket below T1 goes to destination D1, else below T2 to D2, and so on. ``x`` is ``r`` if a destination changes the
path, else ``-``; ``y`` is ``w`` and the sticky code for a split, else ``-``. A destination is a backend, then ``~`` and
flags when the path changes: ``z`` drop a trailing slash, ``p q r s`` strip 1, 2, 4, 8 leading segments (they add up),
``u…`` one of the listener's URL rewrites. ``!0`` is the spec of no rule at all.
"""

from __future__ import annotations

import hashlib
from typing import assert_never

from stranglerfig.core.routing.rules import (
    Action,
    FixedResponse,
    Forward,
    Redirect,
    Rule,
    Sticky,
    StickyBy,
    UrlRewrite,
    WeightedGroup,
)
from stranglerfig.core.split import thresholds

NO_RULE = "!0"
#: letters that no hexadecimal name holds, each for that many segments; together they count to 15
STRIP_FLAGS = {"p": 1, "q": 2, "r": 4, "s": 8}
#: what every listener can strip; more is a feature
SHALLOW_STRIP = 3

#: features with no name of the user's; see ``frontend``
MANY_GROUPS = "many-groups"
OWN_COOKIE = "k"
DEEP_STRIP = "deep-strip"


def backend_of_group(group: str) -> str:
    return f"g.{group}"


def backend_of_answer(answer: Redirect | FixedResponse) -> str:
    """Answers that HAProxy gives itself are backends without servers, named by content so that they never change."""
    return f"a.{_digest(repr(answer))}"


def rewrite_name(rewrite: UrlRewrite) -> str:
    return f"u{_digest(repr(rewrite))}"


def sticky_code(sticky: Sticky) -> str:
    """``-``, ``s`` (source), ``k`` (fig's own cookie), ``h.NAME``, ``c.NAME``."""
    match sticky.by:
        case StickyBy.NONE:
            return "-"
        case StickyBy.SOURCE:
            return "s"
        case StickyBy.HEADER:
            return f"h.{sticky.name.lower()}"
        case StickyBy.COOKIE:
            return f"c.{sticky.name}" if sticky.name else OWN_COOKIE
        case _:  # pragma: no cover
            assert_never(sticky.by)


def value_of(rule: Rule, *, drop_slash: bool) -> str:
    """The map value for a rule. ``drop_slash``: the rule means an exact path, and the request may have a slash more."""
    action: Action = rule.action
    if not isinstance(action, Forward):
        return backend_of_answer(action)
    groups = [group for group in action.groups if group.weight > 0]
    destinations = [_destination(group, action.url_rewrite, drop_slash=drop_slash) for group in groups]
    rewrites = any("~" in destination for destination in destinations)
    if len(groups) == 1 and not rewrites:
        return destinations[0]
    split = f"w{sticky_code(action.sticky)}" if len(groups) > 1 else "-"
    fields = [f"!{'r' if rewrites else '-'}{split}", destinations[0]]
    for limit, destination in zip(thresholds([group.weight for group in groups]), destinations[1:], strict=False):
        fields += [str(limit), destination]
    return "|".join(fields)


def as_spec(value: str) -> str:
    """A plain forward or an answer in the form that all values of ``nodes`` and ``patterns`` have."""
    return value if value.startswith("!") else f"!--|{value}"


def needed_by(value: str) -> frozenset[str]:
    """The backends and features that HAProxy's configuration must have for a map value."""
    if not value.startswith("!"):
        return frozenset((value,))
    kind, *fields = value.split("|")
    code = kind[3:]
    needed = {code} if code[:2] in ("h.", "c.") or code == OWN_COOKIE else set()
    destinations = [field for field in fields[::2] if "." in field]
    needed |= {MANY_GROUPS} if len(destinations) > 2 else set()
    for destination in destinations:
        backend, _, flags = destination.partition("~")
        needed.add(backend)
        strips, u, name = flags.partition("u")
        needed |= {u + name} if u else set()
        needed |= {DEEP_STRIP} if set(strips) & set("rs") else set()
    return frozenset(needed)


def rank_of(value: str) -> str | None:
    """The rank at the end of a spec, where it has one: the kind, n destinations and n-1 limits are an even number."""
    fields = value.split("|")
    return fields[-1] if value.startswith("!") and len(fields) % 2 == 1 else None


def _destination(group: WeightedGroup, rewrite: UrlRewrite | None, *, drop_slash: bool) -> str:
    flags = "z" if drop_slash and not group.as_sent else ""
    flags += "".join(letter for letter, bit in STRIP_FLAGS.items() if group.strip & bit)
    flags += rewrite_name(rewrite) if rewrite else ""
    return backend_of_group(group.group) + (f"~{flags}" if flags else "")


def _digest(text: str) -> str:
    return hashlib.blake2s(text.encode(), digest_size=6).hexdigest()
