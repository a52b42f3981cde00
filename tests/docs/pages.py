"""Commands in the pages, as a reader would copy them.

A block of the language ``console`` holds commands after ``$ `` (continued after ``> ``), each followed by lines of what
it prints: not all of them, but in this order; ``…`` stands for whatever differs from run to run. ``console exit=4``
gives the status of the block's last command; all others end with 0.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

#: Their environment is on AWS: `tests/aws/proxy/test_page.py` tries them there.
TRIED_ON_AWS = ("strangler-on-aws.md",)
#: Of an application that Copilot has deployed: `tests/aws/copilot/test_takeover.py`.
TRIED_ON_COPILOTS = ("moving-from-copilot.md",)
#: On AWS, too, but with nothing there yet: `tests/aws/test_page.py`.
TRIED_FROM_NOTHING = ("deploying-to-aws.md", "aws-costs-and-exit.md")
ROOT = Path(__file__).resolve().parents[2]
BLOCK = re.compile(r"^```(?P<language>[a-z]*)(?P<notes>[^\n]*)\n(?P<body>.*?)^```$", re.MULTILINE | re.DOTALL)
#: Commands have to be in console blocks, where they are tried; these show what is no command.
OTHER_LANGUAGES = {"text", "json", "ini", "python", "mermaid"}
#: Make and the package installer do what CI does with them anyway; the rest needs a terminal, or has no end.
NOT_TRIED = re.compile(
    r"^(make|git|cd|pip|python3 -m venv|fig demo|fig logs \S+ -f|fig status --watch|fig run local)\b"
)


@dataclass
class Command:
    """``status`` is the exit status that the page promises, ``prints`` the lines it shows."""

    line: str
    status: int = 0
    prints: list[str] = field(default_factory=list)

    @property
    def is_tried(self) -> bool:
        return not NOT_TRIED.match(self.line)


def pages() -> list[Path]:
    """Those with commands that are no generated reference, and are tried on this machine."""
    found = [*ROOT.glob("*.md"), *sorted((ROOT / "docs").glob("*.md"))]
    here = [page for page in found if page.name not in (*TRIED_ON_AWS, *TRIED_ON_COPILOTS, *TRIED_FROM_NOTHING)]
    return [page for page in here if "```console" in page.read_text(encoding="utf-8")]


def languages(page: Path) -> set[str]:
    return {found["language"] for found in BLOCK.finditer(page.read_text(encoding="utf-8"))}


def commands(page: Path) -> Iterator[Command]:
    for block in BLOCK.finditer(page.read_text(encoding="utf-8")):
        if block["language"] == "console":
            promised = re.search(r"exit=(\d+)", block["notes"])
            yield from _in_block(block["body"], int(promised[1]) if promised else 0)


def unprinted(command: Command, output: str) -> list[str]:
    """The lines it should have printed and did not, or not in that order."""
    seen = [" ".join(line.split()) for line in output.splitlines()]
    missing = []
    for wanted in command.prints:
        pattern = ".*".join(re.escape(part) for part in " ".join(wanted.split()).split("…"))
        place = next((place for place, line in enumerate(seen) if re.fullmatch(pattern, line)), None)
        if place is None:
            missing.append(wanted)
        else:
            seen = seen[place + 1 :]
    return missing


def _in_block(body: str, last_status: int) -> list[Command]:
    found: list[Command] = []
    for line in body.splitlines():
        if line.startswith("$ "):
            found.append(Command(line[2:]))
        elif line.startswith("> "):
            found[-1].line += f"\n{line[2:]}"
        elif line.strip():
            found[-1].prints.append(line)
    if found:
        found[-1].status = last_status
    return found
