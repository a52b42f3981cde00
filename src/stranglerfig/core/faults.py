"""Errors of AWS's APIs, in their own words: codes, status and members as the services' models name them."""

from __future__ import annotations

from collections.abc import Mapping


class Fault(Exception):
    """``members`` stand beside the message, as ``ResourceId`` does. ``retry_after_s`` None: repeating does not help."""

    def __init__(
        self,
        code: str,
        message: str,
        *,
        http_status: int = 400,
        members: Mapping[str, str] | None = None,
        retry_after_s: int | None = None,
    ) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code
        self.message = message
        self.http_status = http_status
        self.members = dict(members or {})
        self.retry_after_s = retry_after_s
