"""Stacks that import what another one exports: CloudFormation does not delete that one while they do."""

from __future__ import annotations

from stranglerfig.aws.refusals import code_of, said
from stranglerfig.aws.session import Session
from stranglerfig.aws.stacks.values import Stack
from stranglerfig.errors import FigError, Refused

_NOBODY = "is not imported by any stack"


def importers_of(session: Session, region: str, stack: Stack) -> list[str]:
    """Their names. Whoever may not look finds none: CloudFormation looks itself, later."""
    cloud, found = session.client("cloudformation", region), set[str]()
    for export in stack.exports:
        try:
            found |= set(cloud.pages("list_imports", "Imports", ExportName=export))
        except Refused:
            return sorted(found)
        except FigError as error:
            if code_of(error) != "ValidationError" or _NOBODY not in said(error):
                raise
    return sorted(found)
