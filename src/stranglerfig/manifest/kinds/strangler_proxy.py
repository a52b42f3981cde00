"""Strangler Proxy: the façade in front of a monolith, and the routes that peel paths off it. Not of Copilot's. Pure."""

from __future__ import annotations

from stranglerfig.core.application import PROXY_TYPE
from stranglerfig.core.compare.limits import MOST_BODY_BYTES, MOST_RATE, MOST_TIMEOUT_S
from stranglerfig.core.names import LONGEST_NAME
from stranglerfig.core.routing.validate import LAST_PRIORITY
from stranglerfig.manifest.rules.strangler_proxy import (
    NOT_WATCHED,
    sound_routes,
    weight_or_shift,
    wrong_address,
    wrong_cohort,
    wrong_date,
    wrong_destination,
    wrong_header,
    wrong_host,
    wrong_method,
    wrong_network,
    wrong_plan,
    wrong_proxy_name,
    wrong_query,
    wrong_rule,
    wrong_shadow,
    wrong_sticky,
    wrong_webhook,
    wrong_weight,
)
from stranglerfig.manifest.rules.texts import HIGHEST_PORT, not_empty, wrong_name
from stranglerfig.manifest.schema import (
    Boolean,
    Duration,
    Field,
    Integer,
    KindDeclaration,
    ListOf,
    MapOf,
    Number,
    OneOf,
    Section,
    Text,
)

ROUTE_ID = f"[a-z][a-z0-9-]{{0,{LONGEST_NAME - 1}}}"
_OWNER = Field("owner", Text(check=not_empty), doc="Who answers for the route: a team or a person.")


def _one_or_more(form: Text) -> OneOf:
    return OneOf((form, ListOf(form)))


_HEADERS = ListOf(OneOf((Text(check=wrong_header), MapOf(Text()))))
_LIMITS = Section(
    (
        Field("error_increase", Number(), doc="How much the route's error rate may rise, in percent; 0.5 if absent."),
        Field(
            "latency_ratio",
            OneOf((Number(), Text(choices=(NOT_WATCHED,)))),
            doc="How many times legacy's 99th percentile the route's may be; 1.5 if absent, `none` for any.",
        ),
        Field(
            "mismatch", Number(), doc="How many of the compared copies may differ, in percent; not watched if absent."
        ),
        Field("minimum_requests", Integer(), doc="How many requests the candidate needs in each step; 50 if absent."),
    )
)
_SHIFT = Section(
    (
        Field("steps", ListOf(Number()), doc="Shares in percent, the last one 100; 1, 5, 25, 50 and 100 if absent."),
        Field("bake", Duration(), doc="How long each step is watched at least; 60s if absent."),
        Field(
            "cohorts",
            ListOf(Text(check=wrong_cohort)),
            doc="Who goes before any share of the others: `header:X-Beta=1`, `cookie:beta=1`, `source:10.0.0.0/8`.",
        ),
        Field("webhook", Text(check=wrong_webhook), doc="A URL that every change is posted to as JSON."),
        Field(
            "on_change",
            Text(check=not_empty),
            doc="What the shell runs at every change, with JSON on its input.",
        ),
        Field("limits", _LIMITS, doc="How much worse than legacy the candidate may be."),
    ),
    rules=(wrong_plan,),
)
_SHADOW = Section(
    (
        Field(
            "candidate",
            Text(check=wrong_destination),
            doc="Who answers the copies, said as in `to`; `to` itself if absent.",
        ),
        Field("sample", Number(least=0, most=100), doc="The share that is copied, in percent; 100 if absent."),
        Field("rate", Number(least=0, most=MOST_RATE), doc="No more copies a second than that; 5 if absent."),
        Field("methods", _one_or_more(Text(check=wrong_method)), doc="These methods alone."),
        Field("headers", _HEADERS, doc="Only with these headers, said as those of a route."),
        Field("path", Text(), doc="Only this path and below."),
        Field("writes", Boolean(), default=False, doc="Whether requests that may change something are copied as well."),
        Field(
            "rules",
            ListOf(Text(check=wrong_rule)),
            doc="What fields to compare otherwise: `ignore $.updatedAt`, `unordered $.items`, `round $.price 2`.",
        ),
        Field(
            "redact", ListOf(Text(check=not_empty)), doc="Names of fields that are secret, beside those known as such."
        ),
        Field("reveal", ListOf(Text(check=not_empty)), doc="Names of fields that are not secret."),
        Field(
            "timeout", Duration(least_s=0.001, most_s=MOST_TIMEOUT_S), doc="How long an answer may take; 5s if absent."
        ),
        Field(
            "body_bytes", Integer(least=1, most=MOST_BODY_BYTES), doc="How much of an answer is read; 1 MiB if absent."
        ),
    ),
    rules=(wrong_shadow,),
)
_ROUTE = Section(
    (
        Field(
            "path",
            Text(),
            required=True,
            doc="The path, with all below it. A segment in braces stands for any one: `/users/{id}/orders`.",
        ),
        Field("exact", Boolean(), default=False, doc="Whether the path alone is meant, nothing below it."),
        Field("pattern", Boolean(), default=False, doc="Whether the path is a pattern, with `*` and `?`."),
        Field("methods", _one_or_more(Text(check=wrong_method)), doc="These methods alone."),
        Field("hosts", _one_or_more(Text(check=wrong_host)), doc="These hosts alone; `*` and `?` are understood."),
        Field(
            "headers",
            _HEADERS,
            doc="Only with these headers, each `NAME: VALUE`; all must match. `*` and `?` are understood.",
        ),
        Field("queries", _one_or_more(Text(check=wrong_query)), doc="Only with one of these: `NAME=VALUE`, `VALUE`."),
        Field("sources", _one_or_more(Text(check=wrong_network)), doc="Only from one of these networks."),
        Field(
            "to",
            Text(check=wrong_destination),
            required=True,
            doc="The candidate: a service of this workspace, a target, or a URL.",
        ),
        Field(
            "legacy",
            Text(check=wrong_destination),
            doc="Who keeps the rest, said as in `to`; whoever answers without the route if absent.",
        ),
        Field(
            "weight",
            Number(least=0, most=100),
            exclusive=("shift",),
            doc="The candidate's share in percent, with two decimals at most; 100 if absent.",
        ),
        Field(
            "shift",
            OneOf((Boolean(), _SHIFT)),
            exclusive=("weight",),
            doc="Whether shifts move it, and how: its weight is theirs from then on. A deploy begins the first one.",
        ),
        Field("strip", Boolean(), default=False, doc="Whether the route's own path is taken off on the way."),
        Field(
            "sticky",
            Text(check=wrong_sticky),
            doc="What keeps a client on its side: `source`, `cookie`, `cookie:NAME` or `header:NAME`.",
        ),
        Field(
            "state",
            Text(choices=("active", "inactive"), any_case=True),
            default="active",
            doc="Whether it is in force, or kept alone.",
        ),
        Field("priority", Integer(least=1, most=LAST_PRIORITY), doc="Lowest first, where `order` is `priority`."),
        Field(
            "shadow",
            OneOf((Boolean(), _SHADOW)),
            doc="Whether copies of its requests are asked of a candidate as well, and how answers are compared.",
        ),
        _OWNER,
        Field("expires", Text(check=wrong_date), doc="The last day that it is meant to live, as `2027-01-31`."),
    ),
    rules=(wrong_weight, weight_or_shift),
)
STRANGLER_PROXY = KindDeclaration(
    PROXY_TYPE,
    Section(
        (
            Field("name", Text(check=wrong_name), required=True, doc="The manifest's name: that of its folder."),
            Field("type", Text(choices=(PROXY_TYPE,)), required=True, doc="The kind of manifest."),
            Field(
                "proxy",
                Text(check=wrong_proxy_name),
                doc="What the proxy is called; `APP.ENVIRONMENT.NAME` if absent. Names one that is there already, too.",
            ),
            Field(
                "default",
                Text(check=wrong_destination),
                required=True,
                doc="Who answers what no route takes: a service of this workspace, a target, or a URL.",
            ),
            Field("host", Text(check=wrong_address), doc="The address to listen on; 127.0.0.1 if absent."),
            Field("port", Integer(least=0, most=HIGHEST_PORT), doc="The port to listen on; a free one if absent or 0."),
            Field(
                "order",
                Text(choices=("specific", "priority")),
                default="specific",
                doc="Which of several matching routes wins: the most specific one, or the lowest `priority`.",
            ),
            Field("http2", Boolean(), default=False, doc="Whether HTTP/2 without TLS is taken as well."),
            _OWNER,
            Field(
                "routes",
                MapOf(_ROUTE, deep=True, key_pattern=ROUTE_ID),
                doc="What is peeled off, by the routes' ids.",
            ),
        )
    ),
    rules=(sound_routes,),
)
