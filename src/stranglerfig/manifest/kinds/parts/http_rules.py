"""``http``: rules of an application load balancer. Pure."""

from __future__ import annotations

from dataclasses import replace

from stranglerfig.manifest.kinds.parts.container import AWS
from stranglerfig.manifest.kinds.parts.image import PORT_RANGE
from stranglerfig.manifest.rules.http_rules import few_conditions, hosted_zone_with_alias
from stranglerfig.manifest.rules.texts import not_empty, wrong_cidr, wrong_codes
from stranglerfig.manifest.schema import Boolean, Duration, Effect, Field, Integer, ListOf, OneOf, Section, Text

LONGEST_DRAIN_S = 3600
HOSTED_ZONE = Field("hosted_zone", Text(), effect=AWS, doc="The id of the Route 53 zone for the aliases' records.")
ALIAS = Field(
    "alias",
    OneOf(
        (
            Text(check=not_empty),
            ListOf(Text(check=not_empty)),
            ListOf(
                Section(
                    (Field("name", Text(check=not_empty), required=True, doc="The host."), HOSTED_ZONE),
                )
            ),
        )
    ),
    doc="Hosts that the rule is for: one, a list, or a list of mappings with a zone for each.",
)
DEREGISTRATION_DELAY = Field(
    "deregistration_delay",
    Duration(least_s=0, most_s=LONGEST_DRAIN_S),
    default=60.0,
    doc="Time that a leaving task has to finish its requests.",
)
TARGET_CONTAINER = Field("target_container", Text(), doc="The container that requests go to: a sidecar, say.")
TARGET_PORT = Field("target_port", PORT_RANGE, doc="The container's port that requests go to.")
GRACE_PERIOD = Field("grace_period", Duration(least_s=0), doc="Time that a new task has before failed checks count.")


def thresholds(interval_s: float, timeout_s: float, healthy: int, unhealthy: int) -> tuple[Field, ...]:
    """How often and how patiently a balancer checks; the numbers are AWS's own defaults."""
    return (
        Field(
            "healthy_threshold", Integer(least=1), default=healthy, doc="Good checks in a row that make a task healthy."
        ),
        Field(
            "unhealthy_threshold",
            Integer(least=1),
            default=unhealthy,
            doc="Failed checks in a row that make it unhealthy.",
        ),
        Field("interval", Duration(least_s=1), default=interval_s, doc="Time between two checks."),
        Field("timeout", Duration(least_s=1), default=timeout_s, doc="Time after which a check counts as failed."),
    )


def _healthcheck(*more: Field) -> Field:
    fields = (
        Field("path", Text(), default="/", doc="The path that is asked for."),
        Field("port", PORT_RANGE, doc="The port that is asked, if not the one that requests go to."),
        Field(
            "success_codes", Text(check=wrong_codes), default="200", doc="Statuses that are good: `200,301`, `200-299`."
        ),
        *thresholds(30.0, 5.0, healthy=5, unhealthy=2),
        *more,
    )
    return Field("healthcheck", OneOf((Text(), Section(fields))), doc="How tasks are checked: a path, or a mapping.")


def _rule_fields(healthcheck: Field) -> tuple[Field, ...]:
    return (
        Field("path", Text(), required=True, doc="Requests below this path are the service's; it is not taken off."),
        Field(
            "version",
            Text(choices=("http1", "http2", "grpc"), any_case=True),
            default="http1",
            doc="The protocol that tasks speak.",
        ),
        healthcheck,
        Field("stickiness", Boolean(), default=False, doc="Whether a client stays with its task, by a cookie."),
        ALIAS,
        DEREGISTRATION_DELAY,
        TARGET_CONTAINER,
        TARGET_PORT,
        Field(
            "allowed_source_ips",
            ListOf(Text(check=wrong_cidr)),
            effect=Effect.IN_PART,
            doc="Networks that requests may come from.",
        ),
        HOSTED_ZONE,
        Field(
            "redirect_to_https",
            Boolean(),
            effect=Effect.IN_PART,
            doc="Whether HTTP is sent on to HTTPS, where there is HTTPS.",
        ),
    )


_ADDITIONAL = Section(_rule_fields(_healthcheck()), rules=(few_conditions, hosted_zone_with_alias))
_MAIN = tuple(
    replace(field, spelt="targetContainer") if field is TARGET_CONTAINER else field
    for field in _rule_fields(_healthcheck(GRACE_PERIOD))
)
RULES = Section(
    (
        *_MAIN,
        Field("alb", Text(), effect=AWS, doc="An application load balancer that exists already, by name or ARN."),
        Field("additional_rules", ListOf(_ADDITIONAL), doc="Further rules, each with its own path and target."),
    ),
    rules=(few_conditions, hosted_zone_with_alias),
)
