"""The vocabulary in which the kinds of manifest are declared; ``decode`` reads manifests by it. Pure: values only.

A declaration says what a field may hold, what it is when absent, and where it has an effect. Rules that need more than
one field are functions beside the declarations.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum


class Effect(Enum):
    """Where a field does something: on AWS and here alike, here in part, on AWS only, or while deploying."""

    EVERYWHERE = "L"
    IN_PART = "E"
    AWS = "A"
    DEPLOY = "D"


@dataclass(frozen=True, slots=True)
class Text:
    """``pattern`` must match the whole text; ``choices`` hold without regard to case if ``any_case``.

    ``check`` returns what is wrong with a text, None if nothing is.
    """

    pattern: str | None = None
    choices: tuple[str, ...] = ()
    any_case: bool = False
    check: Callable[[str], str | None] | None = None


@dataclass(frozen=True, slots=True)
class Integer:
    least: int | None = None
    most: int | None = None


@dataclass(frozen=True, slots=True)
class Number:
    least: float | None = None
    most: float | None = None


@dataclass(frozen=True, slots=True)
class Boolean:
    pass


@dataclass(frozen=True, slots=True)
class Duration:
    """Go's notation, ``1h30m``; decoded to seconds."""

    least_s: float | None = None
    most_s: float | None = None


@dataclass(frozen=True, slots=True)
class Anything:
    """Any YAML value, kept as it is: what is passed on to AWS unread."""


@dataclass(frozen=True, slots=True)
class ListOf:
    item: Form


@dataclass(frozen=True, slots=True)
class MapOf:
    """A mapping with keys of the user's. ``deep``: an override merges into the value of the same key, else replaces.

    ``keeps_empty``: a key with nothing behind it has an empty value, as in ``deployments: {users: , posts: }``, and is
    not absent as null is elsewhere.
    """

    value: Form
    deep: bool = False
    key_pattern: str | None = None
    keeps_empty: bool = False


@dataclass(frozen=True, slots=True)
class OneOf:
    """Alternatives, tried in order. An override in another form than the base's replaces it whole."""

    forms: tuple[Form, ...]


@dataclass(frozen=True, slots=True)
class Field:
    """``exclusive`` names siblings that an override with this field clears; ``spelt`` is an older name of it.

    ``default`` stands in the effective manifest when the field is absent; None for none. Without ``empty_overrides``
    an override of ``""``, ``0`` or ``false`` counts as absent.
    """

    name: str
    form: Form
    required: bool = False
    default: object = None
    effect: Effect = Effect.EVERYWHERE
    exclusive: tuple[str, ...] = ()
    spelt: str | None = None
    doc: str = ""
    empty_overrides: bool = True


@dataclass(frozen=True, slots=True)
class Section:
    """A mapping with known keys. ``rules`` are asked once all fields are decoded: each yields what is wrong."""

    fields: tuple[Field, ...]
    rules: tuple[Rule, ...] = ()


Form = Text | Integer | Number | Boolean | Duration | Anything | ListOf | MapOf | OneOf | Section
#: from a section's decoded mapping to ``(path below the section, what is wrong)``
Rule = Callable[[dict[str, object]], list[tuple[str, str]]]


@dataclass(frozen=True, slots=True)
class KindDeclaration:
    """A kind of manifest. ``name`` is the text of its ``type``; ``section`` has every field but ``environments``.

    ``rules`` see the whole effective manifest, defaults filled in. ``known_by`` are top-level keys that tell a kind
    without a ``type`` (a pipeline). Fields in ``fixed`` cannot be overridden by an environment.
    """

    name: str
    section: Section
    rules: tuple[Rule, ...] = ()
    has_environments: bool = True
    is_interpolated: bool = True
    known_by: tuple[str, ...] = ()
    fixed: tuple[str, ...] = ("name", "type")
