"""What is released: version and changelog agree, and the wheel has what an installed fig needs."""

from __future__ import annotations

import re
import sys
import tomllib
import zipfile
from pathlib import Path

from hatchling.builders.wheel import WheelBuilder

from stranglerfig import __version__
from tests.architecture.source import PACKAGE, ROOT, source_modules, tracked_files

FORUM = ROOT / "examples" / "forum"
IN_WHEEL = "stranglerfig/demo/forum/"
LEFTOVER = re.compile(r"_cache|__pycache__|\.sqlite3|\.db$|\.log$")
ENTRY = re.compile(r"^## \[(?P<version>[^\]]+)\](?: - (?P<date>\d{4}-\d\d-\d\d|unreleased))?$", re.MULTILINE)
SECTIONS = {"Added", "Changed", "Deprecated", "Removed", "Fixed", "Security"}


#: Where the name of a library is not the one that it is installed by.
IMPORTED_AS = {"botocore": "boto3", "ruamel": "ruamel.yaml"}


def test_the_changelog_begins_with_this_version() -> None:
    text = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    entries = [found["version"] for found in ENTRY.finditer(text)]

    assert entries[0] == __version__
    assert len(set(entries)) == len(entries)
    assert set(re.findall(r"^### (.+)$", text, re.MULTILINE)) <= SECTIONS


def test_the_wheel_holds_what_is_no_python_module(tmp_path: Path) -> None:
    (built,) = WheelBuilder(str(ROOT)).build(directory=str(tmp_path), versions=["standard"])
    with zipfile.ZipFile(built) as wheel:
        names = set(wheel.namelist())

    ours = {f"stranglerfig/{path.relative_to(PACKAGE).as_posix()}" for path in PACKAGE.rglob("*.py")}
    schema = {f"stranglerfig/store/schema/{path.name}" for path in (PACKAGE / "store" / "schema").glob("*.sql")}
    assert schema
    assert names >= ours | schema | {"stranglerfig/py.typed", "stranglerfig/docs/concepts.md"}
    assert any(name.endswith("/licenses/LICENSE") for name in names)
    forum = {path.relative_to(FORUM).as_posix() for path in tracked_files() if path.is_relative_to(FORUM)}
    assert {name.removeprefix(IN_WHEEL) for name in names if name.startswith(IN_WHEEL)} == forum
    assert not {name for name in names if LEFTOVER.search(name)}


def test_every_dependency_is_explained() -> None:
    decided = "\n".join(page.read_text(encoding="utf-8") for page in (ROOT / "docs" / "adr").glob("[0-9]*.md"))

    assert {name for name in dependencies() if f"`{name}`" not in decided} == set()


def test_what_is_imported_is_installed_with_fig() -> None:
    """Development dependencies are there in every checkout, and in no user's fig."""
    imported = {name.split(".")[0] for module in source_modules() for name in module.imports()}
    foreign = {IMPORTED_AS.get(name, name.replace("_", "-")) for name in imported - sys.stdlib_module_names}

    assert foreign - dependencies() - extras() == {"stranglerfig"}


def test_every_make_target_that_is_written_about_exists() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    targets = set(re.findall(r"^([a-z]+):", makefile, re.MULTILINE))
    pages = [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")]
    named = {word for page in pages for word in re.findall(r"`?make ([a-z]+)`", page.read_text(encoding="utf-8"))}

    assert named - targets == set()
    assert {"demo", "test", "check", "bench", "fmt", "clean", "help", "torture"} <= targets


def extras() -> set[str]:
    """What only who needs it installs; whoever imports it says so when it is missing."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    wanted = (name for extra, names in project["optional-dependencies"].items() if extra != "dev" for name in names)
    return {re.split(r"[<>=;\[ ]", requirement)[0] for requirement in wanted}


def dependencies() -> set[str]:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    return {re.split(r"[<>=;\[ ]", requirement)[0] for requirement in project["dependencies"]}
