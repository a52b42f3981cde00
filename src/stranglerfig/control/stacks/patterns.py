"""Tries patterns of parameters on their values in a process of its own, before anything else does.

A pattern like ``(a+)+b`` may try for longer than anybody lives, and nothing can stop it: in the daemon it would stop
everything else.
"""

from __future__ import annotations

import asyncio
import json
import re
import sys
from collections.abc import Iterable, Mapping

from stranglerfig.core.cloudformation.stacks.faults import invalid
from stranglerfig.core.cloudformation.templates.parameters import items_of
from stranglerfig.core.cloudformation.templates.template import Template

#: processor time: a sound pattern needs a small part of it, and a busy machine makes no difference
LIMIT_S = 0.5
#: What leaves a pattern a choice. With one choice alone it cannot try for long, whatever it is compared with.
_CHOICE = re.compile(r"[*+?{|]")
#: Ends by itself when its time is over, even where nobody is left who waits for it.
_TRIAL = (
    f"import json, re, signal, sys; signal.setitimer(signal.ITIMER_VIRTUAL, {LIMIT_S});"
    " [re.compile(pattern).fullmatch(item) for pattern, item in json.load(sys.stdin)]"
)


async def refuse_endless_patterns(template: Template, values: Iterable[Mapping[str, str]]) -> None:
    """``values`` by parameter, as they may come to be compared. Raises a ``Fault``."""
    for name, declaration in template.parameters.items():
        pattern = declaration.allowed_pattern
        if pattern is None or len(_CHOICE.findall(pattern)) < 2:
            continue
        found = {found[name] for found in values if name in found} | {declaration.default}
        items = {item for value in found if value is not None for item in items_of(declaration, value)}
        if items and not await _end_in_time([(pattern, item) for item in sorted(items)]):
            raise invalid(
                f"The AllowedPattern {pattern} of parameter {name} takes too long to be compared with its value: there "
                "are too many ways to match the same text. Write it so that there is one."
            )


async def _end_in_time(trials: list[tuple[str, str]]) -> bool:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-I", "-S", "-W", "ignore", "-c", _TRIAL),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.DEVNULL,
    )
    try:
        await process.communicate(json.dumps(trials).encode())
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    return process.returncode == 0
