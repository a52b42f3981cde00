"""``network``: Service Connect, and where in a VPC tasks stand. Pure."""

from __future__ import annotations

from stranglerfig.manifest.kinds.parts.container import AWS, VARIABLE
from stranglerfig.manifest.rules.texts import not_empty
from stranglerfig.manifest.schema import Boolean, Field, Form, ListOf, MapOf, OneOf, Section, Text

_TAGS = Section(
    (
        Field(
            "from_tags",
            MapOf(OneOf((Text(), ListOf(Text())))),
            required=True,
            doc="Subnets that have all of these tags, each with one of its values.",
        ),
    )
)
_SUBNETS = Section(
    (Field("subnets", OneOf((ListOf(Text()), _TAGS)), required=True, doc="Ids of subnets, or how to find them."),)
)
#: a text, or what another stack exports
_GROUPS = ListOf(VARIABLE)
SECURITY_GROUPS = Field(
    "security_groups",
    OneOf(
        (
            _GROUPS,
            Section(
                (
                    Field("groups", _GROUPS, doc="Security groups besides the environment's own."),
                    Field("deny_default", Boolean(), doc="Whether the environment's own is left out."),
                )
            ),
        )
    ),
    doc="Security groups of the tasks.",
)


def _vpc(placement: Form, *more: Field) -> Field:
    where = Field("placement", placement, doc="The kind of subnets, or which ones.")
    return Field("vpc", Section((where, *more)), effect=AWS, doc="Where in the environment's VPC the tasks stand.")


_CONNECT = Field(
    "connect",
    OneOf(
        (
            Boolean(),
            Section((Field("alias", Text(check=not_empty), doc="The name that others use; else the service's own."),)),
        )
    ),
    default=False,
    doc="Whether the service takes part in Service Connect: others reach it by a short name.",
)
NETWORK = Field(
    "network",
    Section((_CONNECT, _vpc(OneOf((Text(choices=("public", "private"), any_case=True), _SUBNETS)), SECURITY_GROUPS))),
    doc="How tasks are reached and where they stand.",
)
APP_RUNNER_NETWORK = Field(
    "network",
    Section((_vpc(OneOf((Text(choices=("private",), any_case=True), _SUBNETS))),)),
    effect=AWS,
    doc="The VPC that the service reaches out to.",
)
