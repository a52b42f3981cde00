"""Everything fig can say went wrong, sorted by what the reader can do about it.

    FigError                 1  the root; never raised itself
    ├── UsageError           2  the input is wrong: mend it and repeat
    ├── NotFound             3  a name that is not known here
    ├── Conflict             4  the thing exists already, or is in use
    ├── Refused              5  a safety gate said no; nothing was changed
    ├── Unavailable          6  something did not answer; repeating may help
    ├── DeployFailed         7  a new version did not become healthy and was taken back
    ├── StateUnusable        8  the state on disk is corrupt, full, locked or of a newer fig
    └── Unequipped           9  this machine lacks something fig needs

The number is the exit status of the command line.
"""

from __future__ import annotations

from typing import ClassVar


class FigError(Exception):
    """``message`` says what happened and why (lower case, no full stop); ``hint`` is a sentence with the mend.

    ``others`` went wrong before it in the same command, each with a mend of its own.
    """

    code: ClassVar[str] = "fig"
    exit_status: ClassVar[int] = 1
    http_status: ClassVar[int] = 500

    def __init__(self, message: str, *, hint: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
        self.others: tuple[FigError, ...] = ()


class UsageError(FigError):
    code = "usage"
    exit_status = 2
    http_status = 400


class NotFound(FigError):
    code = "not-found"
    exit_status = 3
    http_status = 404


class Conflict(FigError):
    code = "conflict"
    exit_status = 4
    http_status = 409


class Refused(FigError):
    code = "refused"
    exit_status = 5
    http_status = 403


class Unavailable(FigError):
    code = "unavailable"
    exit_status = 6
    http_status = 503


class DeployFailed(FigError):
    code = "deploy-failed"
    exit_status = 7
    http_status = 422


class StateUnusable(FigError):
    code = "state-unusable"
    exit_status = 8
    http_status = 507


class Unequipped(FigError):
    code = "unequipped"
    exit_status = 9
    http_status = 501


def error_kinds() -> dict[str, type[FigError]]:
    """Every kind by its code, so that an error crosses the API and arrives as what it was."""
    return {kind.code: kind for kind in FigError.__subclasses__()}
