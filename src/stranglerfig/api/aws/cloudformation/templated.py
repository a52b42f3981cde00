"""Operations that are sent a template: its text is read before they are asked."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

from stranglerfig.api.aws.cloudformation.text import read_text
from stranglerfig.api.aws.handler import Handler
from stranglerfig.control.context import Control
from stranglerfig.core.access import Caller

#: ``tree`` is the template that was sent, None if none was.
Templated = Callable[[Control, Caller, dict[str, Any], object], Awaitable[dict[str, Any]]]


def with_tree(operation: Templated) -> Handler:
    async def read_and_ask(control: Control, caller: Caller, parameters: dict[str, Any]) -> dict[str, Any]:
        text = parameters.get("TemplateBody")
        # Off the loop: a large text takes its time.
        tree = None if text is None else await asyncio.to_thread(read_text, text)
        return await operation(control, caller, parameters, tree)

    return read_and_ask
