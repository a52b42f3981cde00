"""Small parts. A file that has grown is split along a noun; an exception says why it may not be."""

from __future__ import annotations

from tests.architecture.source import ROOT, Module, length, modules_in, modules_of_tests, parameters, source_modules

MOST_LINES = 400
MOST_TEST_LINES = 600
MOST_FUNCTION_LINES = 50
MOST_PARAMETERS = 6
MOST_METHODS = 12
MOST_MODULES = 20

#: Click hands a command its options as parameters, one each: many options are many parameters.
COMMANDS = "cli."
#: By dotted name, the number that is allowed instead and why.
MANY_METHODS: dict[str, tuple[int, str]] = {
    "control.ports.Store": (20, "one method for each kind of row and verb: grouping them would only add a layer"),
    "store.sqlite.SqliteStore": (23, "satisfies the Store port"),
    "control.books.Books": (23, "the Store port's changes once more, each with its undo"),
    "runtimes.process.ProcessRuntime": (13, "satisfies the Runtime port"),
    "runtimes.docker.runtime.DockerRuntime": (13, "satisfies the Runtime port"),
    "runtimes.either.EitherRuntime": (13, "satisfies the Runtime port"),
}
#: By package, likewise.
MANY_MODULES: dict[str, tuple[int, str]] = {
    "control.operations": (22, "one module a kind of thing that can be asked for"),
    "dataplane": (27, "HAProxy's configuration, maps, sockets and processes; its pure half is one module a concept"),
    "core": (26, "one module a kind of value or of decision, and all of them are small"),
}


def short(module: Module) -> str:
    return module.name.removeprefix("stranglerfig.")


def test_modules_are_short() -> None:
    code = (*source_modules(), *modules_in(ROOT / "tools"), *modules_in(ROOT / "bench"), *modules_in(ROOT / "examples"))

    assert {str(module.path): module.lines for module in code if module.lines > MOST_LINES} == {}
    assert {str(found.path): found.lines for found in modules_of_tests() if found.lines > MOST_TEST_LINES} == {}


def test_functions_are_short() -> None:
    offenders = {
        f"{short(module)}.{name}": length(function)
        for module in (*source_modules(), *modules_of_tests())
        for name, function in module.functions()
        if length(function) > MOST_FUNCTION_LINES
    }

    assert offenders == {}


def test_functions_take_few_parameters() -> None:
    offenders = {
        f"{short(module)}.{name}": len(parameters(function))
        for module in source_modules()
        for name, function in module.functions()
        if len(parameters(function)) > MOST_PARAMETERS and not short(module).startswith(COMMANDS)
    }

    assert offenders == {}


def test_classes_have_few_public_methods() -> None:
    found = {
        f"{short(module)}.{node.name}": sum(
            hasattr(part, "args") and not getattr(part, "name", "_").startswith("_") for part in node.body
        )
        for module in source_modules()
        for node in module.classes()
    }
    limits = {name: limit for name, (limit, _) in MANY_METHODS.items()}

    assert {name: count for name, count in found.items() if count > limits.get(name, MOST_METHODS)} == {}
    assert not {name for name in limits if found.get(name, 0) <= MOST_METHODS}, "an exception that is not needed"


def test_packages_have_few_modules() -> None:
    folders = {module.path.parent for module in source_modules()}
    found = {
        ".".join(folder.parts[2:]): sum(module.path.parent == folder for module in source_modules())
        for folder in folders
    }
    limits = {name: limit for name, (limit, _) in MANY_MODULES.items()}

    assert {name: count for name, count in found.items() if count > limits.get(name, MOST_MODULES)} == {}
    assert not {name for name in limits if found.get(name, 0) <= MOST_MODULES}, "an exception that is not needed"
