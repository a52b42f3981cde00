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

#: what a sound pattern needs a small part of, on a busy machine too
LIMIT_S = 3.0
#: on so few characters no pattern that fits into a template takes long
SHORT = 8
_REPETITION = re.compile(r"[*+{]")
_TRIAL = "import json, re, sys; [re.compile(pattern).fullmatch(item) for pattern, item in json.load(sys.stdin)]"


async def refuse_endless_patterns(template: Template, values: Iterable[Mapping[str, str]]) -> None:
    """``values`` by parameter, as they may come to be compared. Raises a ``Fault``."""
    for name, declaration in template.parameters.items():
        pattern = declaration.allowed_pattern
        if pattern is None or len(_REPETITION.findall(pattern)) < 2:
            continue
        found = {found[name] for found in values if name in found} | {declaration.default}
        items = {item for value in found if value is not None for item in items_of(declaration, value)}
        trials = [(pattern, item) for item in sorted(items) if len(item) > SHORT]
        if trials and not await _end_in_time(trials):
            raise invalid(
                f"The AllowedPattern {pattern} of parameter {name} takes too long to be compared with its value: it "
                "repeats what is repeated already. Write it with one repetition in each place."
            )


async def _end_in_time(trials: list[tuple[str, str]]) -> bool:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-I", "-S", "-W", "ignore", "-c", _TRIAL),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.DEVNULL,
    )
    try:
        async with asyncio.timeout(LIMIT_S):
            await process.communicate(json.dumps(trials).encode())
    except TimeoutError:
        return False
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    return True
