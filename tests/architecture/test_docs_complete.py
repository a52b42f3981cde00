"""What users can type, set or meet is written down, and what is written down is there."""

from __future__ import annotations

import ast
import re
from pathlib import Path

from stranglerfig.cli.lazy import ExampleCommand, LazyGroup
from stranglerfig.errors import FigError, error_kinds
from tests.architecture.source import ROOT, pages, source_modules, tracked_files
from tools.gen_docs import GENERATED, every_command, render_pages

VARIABLE = re.compile(r"\bFIG_[A-Z]+(?:_[A-Z]+)*\b")
LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
HEADING = re.compile(r"^#+ (.+)$", re.MULTILINE)
FENCE = re.compile(r"^```.*?^```$", re.MULTILINE | re.DOTALL)
#: The project speaks of itself alone. Spelt in two halves, or this file would be an offender.
ELSEWHERE = re.compile("|".join(("/wo" + "rk/", "/opt/" + "pypi", "TO" + "DO", "FIX" + "ME")))
#: Binary, or somebody else's words.
UNREAD = {".sqlite3", ".db", ".png", ".pem"}
ADR_LINES = 60
ADR_PARTS = ("Status", "Date", "Context", "Decision", "Consequences", "Refused alternatives")


def test_generated_pages_are_up_to_date() -> None:
    for name, text in render_pages().items():
        assert (GENERATED / name).read_text(encoding="utf-8") == text, f"{name} is stale: run `make docs`"


def test_every_command_has_an_example_and_a_section() -> None:
    page = (GENERATED / "cli.md").read_text(encoding="utf-8")
    for path, command in every_command():
        if isinstance(command, LazyGroup):
            continue
        words = " ".join(("fig", *path))
        assert re.search(f"^##+ {words}$", page, re.MULTILINE), words
        assert isinstance(command, ExampleCommand), words
        assert words in command.examples, f"no example of {words} uses it"


def test_every_kind_of_error_is_explained_and_has_a_mend() -> None:
    generated = (GENERATED / "errors.md").read_text(encoding="utf-8")
    mends = (ROOT / "docs" / "troubleshooting.md").read_text(encoding="utf-8")
    for code in (FigError.code, *error_kinds()):
        assert f"| `{code}` |" in generated
        assert f"## `{code}`" in mends


def test_every_variable_is_documented_and_every_documented_one_is_used() -> None:
    used = {word for module in source_modules() for word in variables(module.tree)}
    documented = set(VARIABLE.findall((ROOT / "docs" / "operating.md").read_text(encoding="utf-8")))

    assert used - documented == set()
    assert documented - used == set()


def test_links_between_pages_lead_somewhere() -> None:
    broken = {
        f"{page.relative_to(ROOT)}: {link}"
        for page in pages()
        for link in LINK.findall(FENCE.sub("", page.read_text(encoding="utf-8")))
        if "://" not in link and not leads_somewhere(page, link)
    }

    assert broken == set()


def test_no_file_speaks_of_another_place_or_of_work_undone() -> None:
    offenders = {
        f"{path.relative_to(ROOT)}: {found[0]}"
        for path in tracked_files()
        if path.suffix not in UNREAD and (found := ELSEWHERE.search(path.read_text(encoding="utf-8", errors="replace")))
    }

    assert offenders == set()


def test_decisions_are_short_and_say_everything() -> None:
    records = sorted((ROOT / "docs" / "adr").glob("[0-9]*.md"))
    index = (ROOT / "docs" / "adr" / "README.md").read_text(encoding="utf-8")
    assert [record.name[:4] for record in records] == [f"{number:04}" for number in range(1, len(records) + 1)]
    for record in records:
        text = record.read_text(encoding="utf-8")
        assert len(text.splitlines()) <= ADR_LINES, record.name
        assert f"({record.name})" in index, record.name
        for part in ADR_PARTS:
            assert re.search(rf"^(## |- ){part}", text, re.MULTILINE), f"{record.name} has no {part.lower()}"


def test_a_decision_that_code_names_exists() -> None:
    numbers = {found for module in source_modules() for found in re.findall(r"ADR[ -]?(\d{4})", module.text)}

    assert numbers <= {record.name[:4] for record in (ROOT / "docs" / "adr").glob("[0-9]*.md")}


def variables(tree: ast.AST) -> set[str]:
    """Those that stand in strings which are code, not in docstrings."""
    texts = [node.value for node in ast.walk(tree) if isinstance(node, ast.Constant) and isinstance(node.value, str)]
    return {word for text in texts for word in VARIABLE.findall(text)}


def leads_somewhere(page: Path, link: str) -> bool:
    name, _, anchor = link.partition("#")
    target = (page.parent / name).resolve() if name else page
    if not target.exists():
        return False
    return not anchor or anchor in anchors(target)


def anchors(page: Path) -> set[str]:
    """As GitHub makes them of headings."""
    headings = HEADING.findall(FENCE.sub("", page.read_text(encoding="utf-8")))
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}
