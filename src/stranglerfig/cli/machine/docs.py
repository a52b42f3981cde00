"""``fig docs``."""

from __future__ import annotations

from pathlib import Path

from stranglerfig.cli import flags
from stranglerfig.cli.lazy import verb
from stranglerfig.cli.output import show, show_json
from stranglerfig.cli.tables import show_rows
from stranglerfig.errors import Unequipped


@verb(
    "docs",
    examples="""
    fig docs
    fig docs --json
    """,
)
@flags.as_json
def docs(as_json: bool) -> None:
    """Say where the documentation is: pages in Markdown that came with this fig, so that they speak of this version."""
    folder = find_docs()
    pages = [(path.name, title(path)) for path in sorted(folder.glob("*.md"))]
    if as_json:
        show_json({"folder": str(folder), "pages": [{"file": file, "title": words} for file, words in pages]})
        return
    show(str(folder))
    show()
    show_rows(("Page", "About"), pages)


def find_docs() -> Path:
    """Inside the package when installed from a wheel, else in the checkout."""
    package = Path(__file__).resolve().parents[2]
    candidates = (package / "docs", package.parents[1] / "docs")
    for folder in candidates:
        if (folder / "concepts.md").is_file():
            return folder
    raise Unequipped(
        f"the pages are neither in {candidates[0]} nor in {candidates[1]}",
        hint="Install fig again: `pip install --force-reinstall stranglerfig`.",
    )


def title(page: Path) -> str:
    first = page.read_text(encoding="utf-8").partition("\n")[0]
    return first.removeprefix("# ").strip()
