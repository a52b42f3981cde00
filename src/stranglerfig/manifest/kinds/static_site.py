"""Static Site: files behind a content network. Pure."""

from __future__ import annotations

from stranglerfig.core.application import Kind
from stranglerfig.manifest.kinds.parts.container import AWS
from stranglerfig.manifest.kinds.parts.task import identity
from stranglerfig.manifest.rules.forms import needs
from stranglerfig.manifest.rules.texts import not_empty, wrong_edge_certificate
from stranglerfig.manifest.schema import Boolean, Effect, Field, KindDeclaration, ListOf, OneOf, Section, Text

TEXTS = OneOf((Text(), ListOf(Text())))
HTTP = Field(
    "http",
    Section(
        (
            Field("alias", Text(), empty_overrides=False, effect=Effect.IN_PART, doc="The site's host."),
            Field(
                "certificate",
                Text(check=wrong_edge_certificate),
                empty_overrides=False,
                effect=AWS,
                doc="The ARN of a certificate in us-east-1 for the alias.",
            ),
        ),
        rules=(needs("certificate", "alias"),),
    ),
    doc="How the site is reached.",
)
FILES = Field(
    "files",
    ListOf(
        Section(
            (
                Field(
                    "source",
                    Text(check=not_empty),
                    empty_overrides=False,
                    required=True,
                    doc="A file or folder of the workspace.",
                ),
                Field(
                    "destination",
                    Text(),
                    empty_overrides=False,
                    doc="Where it stands in the site; at its root if absent.",
                ),
                Field(
                    "recursive", Boolean(), empty_overrides=False, doc="Whether folders within the folder come along."
                ),
                Field("exclude", TEXTS, empty_overrides=False, doc="Patterns of what is left out."),
                Field("reinclude", TEXTS, empty_overrides=False, doc="Patterns of what comes along all the same."),
            )
        )
    ),
    doc="What the site consists of.",
)
STATIC_SITE = KindDeclaration(Kind.STATIC_SITE.value, Section((*identity(Kind.STATIC_SITE.value), HTTP, FILES)))
