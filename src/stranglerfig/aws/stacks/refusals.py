"""What CloudFormation means when it refuses: that something is not there, or that somebody else was faster."""

from __future__ import annotations

import re

from stranglerfig.aws.refusals import code_of, said
from stranglerfig.errors import Conflict, FigError

#: How it refuses to delete a change set that it is still working out, and to execute one that is void.
BUSY = "InvalidChangeSetStatus"
#: Of a stack that is not as whoever asked has seen it: it is being changed or deleted, or has been created.
_NOT_AS_IT_WAS = re.compile(
    r"Stack(:| \[)\S+ "
    r"(is in \w+ state and can ?not be|cannot be deleted while in status|already exists and cannot be created again)"
)

#: what a stack has that nobody is to delete before it is taken off
_PROTECTION = "TerminationProtection is enabled"


class Overtaken(Conflict):
    """Somebody else has changed the stack since it was looked at."""


def is_missing(error: FigError) -> bool:
    """Of a stack or a change set that is not there; the same code and words may be about a template in a bucket."""
    code, words = code_of(error), said(error)
    return code in ("ChangeSetNotFound", "ChangeSetNotFoundException", "StackNotFoundException") or (
        code == "ValidationError" and words.startswith("Stack") and "does not exist" in words
    )


def is_overtaken(error: FigError) -> bool:
    """Also in CloudFormation's words, of a change set that is void or of a stack that others are changing."""
    is_changing = code_of(error) == "ValidationError" and tells_of_others(said(error))
    return isinstance(error, Overtaken) or code_of(error) == BUSY or is_missing(error) or is_changing


def tells_of_others(words: str) -> bool:
    """Also of a change set that came to nothing."""
    return bool(_NOT_AS_IT_WAS.match(words))


def is_protected(error: FigError) -> bool:
    """Of a stack that its owner lets nobody delete."""
    return code_of(error) == "ValidationError" and _PROTECTION in said(error)
