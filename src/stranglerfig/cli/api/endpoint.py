"""Where AWS clients are sent, and why they cannot be sent anywhere."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stranglerfig.errors import Conflict, Unavailable

if TYPE_CHECKING:
    from stranglerfig.api.access.wire import AwsWire


def require_endpoint(aws: AwsWire) -> str:
    """The URL. Raises what is wrong, with the mend, when nothing listens."""
    if aws["endpoint"] is not None:
        return aws["endpoint"]
    if aws["problem"] is not None:
        raise Conflict(aws["problem"], hint=aws["hint"])
    raise Unavailable(
        "the AWS API is switched off: the daemon was started with FIG_API=off",
        hint="Unset FIG_API, then run `fig daemon stop`: the next command starts it anew.",
    )
