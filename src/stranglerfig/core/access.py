"""Who asks through the AWS API, and what a key lets them do."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class AccessKey:
    """``id`` and ``secret`` as AWS has them; ``created_at`` in UTC seconds. ``account`` has twelve digits.

    ``read_only``: nothing can be changed with it. ``path_prefix``: of routes, only those below it can be changed, and
    of what is above a route nothing but services.
    """

    id: str
    secret: str
    name: str
    account: str
    created_at: float
    read_only: bool = False
    path_prefix: str | None = None


@dataclass(frozen=True, slots=True)
class Caller:
    """Whoever signed a request. Limits as in ``AccessKey``."""

    account: str
    key_id: str
    read_only: bool = False
    path_prefix: str | None = None

    @property
    def arn(self) -> str:
        return f"arn:aws:iam::{self.account}:user/{self.key_id}"


@dataclass(frozen=True, slots=True)
class Identity:
    """What this machine's AWS API calls itself: twelve digits, and a region's name."""

    account: str = "000000000000"
    region: str = "us-east-1"
