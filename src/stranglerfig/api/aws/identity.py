"""AWS Security Token Service, as far as stock clients ask it by themselves: who they are."""

from __future__ import annotations

from typing import Any

from stranglerfig.api.aws.handler import Handler
from stranglerfig.control.context import Control
from stranglerfig.core.access import Caller


async def get_caller_identity(_: Control, caller: Caller, __: dict[str, Any]) -> dict[str, Any]:
    return {"UserId": caller.key_id, "Account": caller.account, "Arn": caller.arn}


OPERATIONS: dict[str, Handler] = {"GetCallerIdentity": get_caller_identity}
