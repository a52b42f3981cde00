"""The project's own files as trees: what the architecture tests look at. Nothing is imported or run."""

from __future__ import annotations

import ast
import gc
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = ROOT / "src" / "stranglerfig"

Function = ast.FunctionDef | ast.AsyncFunctionDef


#: Packages inside others with rules of their own.
INNER = ("dataplane.keeper", "aws.synth")


@dataclass(frozen=True)
class Module:
    """``name`` is dotted; ``path`` relative to the project."""

    name: str
    path: Path
    text: str
    tree: ast.Module

    @property
    def lines(self) -> int:
        return len(self.text.splitlines())

    @property
    def docstring(self) -> str:
        return ast.get_docstring(self.tree) or ""

    @property
    def package(self) -> str:
        """``store``, ``api`` …; those of ``INNER`` stand for themselves; top-level modules are their own."""
        words = self.name.split(".")[1:]
        inner = ".".join(words[:2])
        return inner if inner in INNER else (words or [""])[0]

    @cached_property
    def nodes(self) -> tuple[ast.AST, ...]:
        return tuple(ast.walk(self.tree))

    def functions(self) -> Iterator[tuple[str, Function]]:
        """With dotted names, methods and inner functions included."""
        yield from _functions(self.tree, "")

    def classes(self) -> Iterator[ast.ClassDef]:
        return (node for node in self.nodes if isinstance(node, ast.ClassDef))

    def imports(self) -> Iterator[str]:
        """Dotted names of modules, wherever they are imported, for type checks too."""
        for node in self.nodes:
            if isinstance(node, ast.Import):
                yield from (alias.name for alias in node.names)
            elif isinstance(node, ast.ImportFrom):
                yield from _imported_from(self, node)


def parameters(function: Function) -> list[str]:
    found = function.args
    named = [argument.arg for argument in (*found.posonlyargs, *found.args, *found.kwonlyargs)]
    return [name for name in named if name not in ("self", "cls")]


def length(node: Function | ast.ClassDef) -> int:
    return (node.end_lineno or node.lineno) - node.lineno + 1


@cache
def modules_in(folder: Path) -> tuple[Module, ...]:
    """Python files under a folder, none of a tool's leftovers."""
    # Looking through a million nodes for garbage, again and again, takes longer than making them.
    gc.disable()
    try:
        paths = (path for path in sorted(folder.rglob("*.py")) if "cache" not in str(path.relative_to(ROOT)))
        return tuple(_read(path) for path in paths)
    finally:
        gc.freeze()
        gc.enable()


def source_modules() -> tuple[Module, ...]:
    return modules_in(PACKAGE)


def modules_of_tests() -> tuple[Module, ...]:
    return modules_in(ROOT / "tests")


@cache
def pages() -> tuple[Path, ...]:
    """What people read: every Markdown page of the project."""
    return (*sorted(ROOT.glob("*.md")), *sorted((ROOT / "docs").rglob("*.md")), *sorted(ROOT.glob("examples/**/*.md")))


@cache
def tracked_files() -> tuple[Path, ...]:
    """What is published: the files git keeps, or, where there is no git, those of the folders it would keep."""
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=False, text=True)
    if listed.returncode == 0:
        return tuple(ROOT / name for name in listed.stdout.split("\0") if name and (ROOT / name).is_file())
    folders = ("src", "tests", "tools", "docs", "examples", "bench")
    return tuple(path for folder in folders for path in (ROOT / folder).rglob("*") if path.is_file())


def _read(path: Path) -> Module:
    text = path.read_text(encoding="utf-8")
    relative = path.relative_to(ROOT)
    words = list(relative.with_suffix("").parts)
    words = words[1:] if words[0] == "src" else words
    name = ".".join(words[:-1] if words[-1] == "__init__" else words)
    return Module(name, relative, text, ast.parse(text))


def _functions(node: ast.AST, prefix: str) -> Iterator[tuple[str, Function]]:
    for child in ast.iter_child_nodes(node):
        if isinstance(child, Function):
            yield f"{prefix}{child.name}", child
            yield from _functions(child, f"{prefix}{child.name}.")
        elif isinstance(child, ast.ClassDef):
            yield from _functions(child, f"{prefix}{child.name}.")
        else:
            yield from _functions(child, prefix)


def _imported_from(module: Module, node: ast.ImportFrom) -> Iterator[str]:
    base = node.module or ""
    if node.level:
        # ``.`` is the folder that the module lies in
        here = ".".join(module.path.with_suffix("").parts[: -node.level]).removeprefix("src.")
        base = f"{here}.{base}" if base else here
    for alias in node.names:
        # `from stranglerfig.core.routing import glob` names a module, `… import Rule` what is in one
        inner = f"{base}.{alias.name}"
        is_module = base.split(".")[0] == "stranglerfig" and _is_module(inner)
        yield inner if is_module else base


def _is_module(name: str) -> bool:
    path = PACKAGE.parent.joinpath(*name.split("."))
    return path.with_suffix(".py").exists() or (path / "__init__.py").exists()
