"""Imports follow the arrows of the design and never return."""

from __future__ import annotations

import ast
import sys
from collections.abc import Collection

from tests.architecture.source import PACKAGE, Module, source_modules

#: Importable names by package, prefixes of dotted names; its own modules and the standard library go without saying.
#: ``stranglerfig`` alone is the version.
ALLOWED: dict[str, tuple[str, ...]] = {
    "": (),
    "errors": (),
    "interrupting": (),
    "__main__": ("cli.main", "interrupting"),
    "core": ("errors",),
    "store": ("core", "errors", "stranglerfig"),
    "runtimes": ("core", "errors"),
    "dataplane": ("core", "errors"),
    "dataplane.keeper": ("dataplane.sockets",),
    "manifest": ("core", "errors"),
    "workspace": ("core", "manifest", "errors"),
    "shadow": ("core", "errors"),
    "static_site": (),
    "aws": ("core", "manifest", "workspace", "errors", "stranglerfig"),
    "aws.synth": ("core", "manifest", "errors", "stranglerfig"),
    "control": ("core", "errors"),
    "api": ("core", "errors", "control.operations", "control.context", "stranglerfig"),
    "cli": (
        "api.client",
        "api.wire",
        "api.app_client",
        "api.app_wire",
        "api.access.client",
        "api.access.wire",
        "api.declared.client",
        "api.declared.wire",
        "api.shadows.client",
        "api.shadows.wire",
        "api.ledger.client",
        "api.ledger.wire",
        "api.shifts.client",
        "api.shifts.wire",
        "api.spaces.client",
        "api.spaces.wire",
        "aws",
        "core",
        "manifest",
        "shadow",
        "workspace",
        "errors",
        "interrupting",
        "stranglerfig",
    ),
    "demo": ("api.client", "api.shadows", "api.shifts", "api.wire", "cli", "errors", "stranglerfig"),
}

#: Single modules that may do more, each with its reason.
EXCEPTIONS: dict[str, tuple[tuple[str, ...], str]] = {
    "control.daemon": (
        ("store", "runtimes", "dataplane", "shadow.beside", "stranglerfig"),
        "wires the adapters; the only one that knows them",
    ),
    "control.server": (("api.app", "api.aws.app"), "opens the sockets that the APIs are served on, for the daemon"),
    "api.rendering": (("control.fleet",), "renders a task's record, which the views of the operations hold"),
    "workspace.images": (
        ("runtimes.docker.engine", "runtimes.docker.labels"),
        "the one way to the engine, its errors included; the labels by which the daemon finds what was built",
    ),
    "cli.daemon.run": (("control.daemon",), "the one command that becomes the daemon"),
    "cli.connect": (("control.settings",), "finds the socket by the same rules as the daemon"),
    "cli.launch": (("control.settings",), "prepares the folder that the daemon starts in"),
    "cli.aws.proxies.routes": (("api.rendering",), "shows routes on AWS in the shapes that the API has for all"),
    "cli.aws.proxies.shifts": (("api.shifts.rendering",), "shows shifts on AWS in the shapes that the API has for all"),
    "cli.machine.checks": (
        ("control.settings", "dataplane.locate", "dataplane.machine"),
        "doctor asks what the daemon would ask, and must work when the daemon cannot start",
    ),
}

#: Libraries by package. One that is not here is a decision, and wants an ADR.
LIBRARIES: dict[str, set[str]] = {
    "manifest": {"ruamel"},
    "runtimes": {"boto3", "botocore", "docker"},
    "workspace": {"docker", "dockerfile_parse"},
    "shadow": {"httpx"},
    "static_site": {"starlette", "uvicorn"},
    "aws": {"boto3", "botocore", "docker", "ruamel"},
    "api": {"botocore", "httptools", "starlette", "pydantic", "prometheus_client", "ruamel", "typing_extensions"},
    "control": {"cronsim", "httpx", "uvicorn"},
    "cli": {"boto3", "botocore", "click", "docker", "rich", "questionary", "prompt_toolkit"},
    "demo": {"click", "rich"},
}

#: Of the standard library, what would let a pure module touch the world, the clock or chance.
IMPURE = (
    *("asyncio", "concurrent", "contextvars", "datetime", "fcntl", "glob", "http", "io", "logging", "mmap"),
    *("multiprocessing", "os", "pathlib", "random", "resource", "secrets", "select", "selectors", "shutil", "signal"),
    *("socket", "socketserver", "sqlite3", "ssl", "subprocess", "sys", "tempfile", "threading", "time", "uuid"),
    "urllib.request",
)
#: Calls that need no import.
IMPURE_CALLS = {"open", "print", "input", "exec", "eval", "__import__"}


#: Not pure as a whole, but what a pure module takes from them is: values and errors.
SHAPES = {"errors", "api.wire", "api.shifts.wire", "control.operations.views", "control.fleet"}
#: The same for single modules, each with its reason.
NEARLY_PURE: dict[str, tuple[set[str], str]] = {
    "api.aws.query_xml": ({"datetime"}, "it spells UTC seconds and reads them, and asks no clock"),
    "demo.exchange": ({"random"}, "its generator is seeded with the client's name: the same requests every time"),
    "runtimes.diagnosis": (
        {"signal", "runtimes.probe", "runtimes.sockets"},
        "it names signals, and is told what probe and sockets have seen as their values",
    ),
    "runtimes.docker.diagnosis": (
        {"signal", "runtimes.probe", "runtimes.sockets"},
        "it names signals, and is told what probe and sockets have seen as their values",
    ),
    "workspace.instructions": ({"io"}, "the parser of Dockerfiles wants a file, and is given a text in memory"),
}


def short(name: str) -> str:
    return name.removeprefix("stranglerfig.")


def is_under(name: str, allowed: Collection[str]) -> bool:
    return any(name == prefix or name.startswith(f"{prefix}.") for prefix in allowed)


def is_pure(module: Module) -> bool:
    first = module.docstring.partition("\n\n")[0]
    return (
        module.package in ("core", "aws.synth") or "(pure" in first or "(pure" in module.docstring or " Pure" in first
    )


def test_a_module_imports_only_what_its_package_may() -> None:
    offenders = {short(module.name): found for module in source_modules() if (found := not_allowed(module))}

    assert offenders == {}, "see ALLOWED in this file"


def test_a_library_is_used_where_it_was_decided_on() -> None:
    offenders = {
        short(module.name): found
        for module in source_modules()
        if (found := libraries(module) - LIBRARIES.get(module.package, set()))
    }

    assert offenders == {}, "see LIBRARIES in this file"


def test_a_pure_module_cannot_reach_the_world() -> None:
    offenders = {
        short(module.name): found
        for module in source_modules()
        if is_pure(module) and (found := reach(module) - excused(module))
    }

    assert offenders == {}


def test_a_pure_module_leans_on_pure_modules_only() -> None:
    """Through a neighbour it would reach the world all the same."""
    pure = {module.name for module in source_modules() if is_pure(module)}
    offenders = {
        short(module.name): found
        for module in source_modules()
        if is_pure(module) and (found := {short(name) for name in ours(module) - pure} - SHAPES - excused(module))
    }

    assert offenders == {}


def test_every_package_stands_in_the_table() -> None:
    assert {module.package for module in source_modules()} == {*ALLOWED}


def test_no_exception_outlives_its_need() -> None:
    by_name = {short(module.name): module for module in source_modules()}
    for name, (extra, _) in EXCEPTIONS.items():
        imported = {short(found) for found in by_name[name].imports()}
        assert all(any(is_under(found, (prefix,)) for found in imported) for prefix in extra), name


def test_no_nearly_pure_module_has_become_pure() -> None:
    by_name = {short(module.name): module for module in source_modules()}
    for name, (leanings, _) in NEARLY_PURE.items():
        assert leanings <= {short(found) for found in by_name[name].imports()}, name


def test_there_is_something_to_look_at() -> None:
    assert PACKAGE.is_dir()
    assert sum(map(is_pure, source_modules())) > 30


def not_allowed(module: Module) -> set[str]:
    extra, _ = EXCEPTIONS.get(short(module.name), ((), ""))
    allowed = (module.package, *ALLOWED[module.package], *extra)
    return {short(name) for name in ours(module) if not is_under(short(name), allowed)}


def ours(module: Module) -> set[str]:
    return {name for name in module.imports() if name.split(".")[0] == "stranglerfig"}


def libraries(module: Module) -> set[str]:
    return {name.split(".")[0] for name in module.imports()} - {"stranglerfig"} - sys.stdlib_module_names


def excused(module: Module) -> set[str]:
    return NEARLY_PURE.get(short(module.name), (set(), ""))[0]


def reach(module: Module) -> set[str]:
    """What lets it touch the world, the clock or chance."""
    return {name for name in module.imports() if is_under(name, IMPURE)} | calls(module) & IMPURE_CALLS


def calls(module: Module) -> set[str]:
    """Functions that are called by their bare names."""
    found = (node.func for node in module.nodes if isinstance(node, ast.Call))
    return {function.id for function in found if isinstance(function, ast.Name)}
