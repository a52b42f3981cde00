"""Texts that a manifest gives, or has from another stack. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from stranglerfig.aws.synth.template import Sub, Value, import_value, literal
from stranglerfig.manifest.rules.given import Body, section, text

SECRETS_MANAGER = "arn:${AWS::Partition}:secretsmanager:${AWS::Region}:${AWS::AccountId}:secret:"


@dataclass(frozen=True, slots=True)
class Given:
    """``value`` as a template has it, with its name in the section."""

    name: str
    value: Value


def text_or_export(found: object) -> Value:
    """``from_cfn`` names what another stack exports."""
    if isinstance(found, Mapping):
        return import_value(text(found, "from_cfn") or "")
    return str(found)


def variables(container: Body, name: str = "variables") -> tuple[Given, ...]:
    return tuple(Given(key, text_or_export(found)) for key, found in sorted(section(container, name).items()))


def secrets(container: Body, name: str = "secrets") -> tuple[Given, ...]:
    """ARNs, or names of the parameter store: what ``ValueFrom`` has, and never a secret itself."""
    return tuple(Given(key, _source(found)) for key, found in sorted(section(container, name).items()))


def _source(found: object) -> Value:
    name = text(found, "secretsmanager") if isinstance(found, Mapping) else None
    if name is None:
        return text_or_export(found)
    return name if name.startswith("arn:") else Sub(SECRETS_MANAGER + literal(name))
