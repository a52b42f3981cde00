"""Parameters of a template and the values they are given (pure)."""

from __future__ import annotations

from collections.abc import Mapping

from stranglerfig.core.cloudformation.templates.declarations import Template


def to_values(
    template: Template, given: Mapping[str, str], previous: Mapping[str, str] | None = None
) -> dict[str, str]:
    """A checked value for each parameter: the given one, else that of ``previous``, else its default."""
    raise NotImplementedError
