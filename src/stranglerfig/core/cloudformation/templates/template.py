"""A template as a value, checked as a whole (pure)."""

from __future__ import annotations

from stranglerfig.core.cloudformation.templates.declarations import (
    OutputDeclaration,
    ParameterDeclaration,
    ResourceDeclaration,
    Template,
)

__all__ = ["OutputDeclaration", "ParameterDeclaration", "ResourceDeclaration", "Template", "read_template"]


def read_template(tree: object) -> Template:
    """Of a tree of JSON values, functions in their long forms. ``Fault`` (ValidationError) says what is wrong."""
    raise NotImplementedError
