"""Tests use the real parts, wait for what they want to see, and say in their names what is so."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from tests.architecture.source import Module, modules_of_tests

#: May pause before it looks, each with its reason.
MAY_PAUSE = {
    "test_a_lone_url_that_restarts_loses_no_request": "the pause is how long the target is away",
    "test_a_daemon_that_is_away_costs_next_to_no_processor_time": "the pause is the time over which that is measured",
    "test_the_daemon_stays_small_and_quiet": "the pause is the time over which idleness is measured",
}
#: Show by running to their end that something can be done, each with its reason.
MAY_ONLY_RUN = {
    "test_a_regular_expression_without_problem_can_be_compiled": "compiling raises what it has to object to"
}
LOOPS = (ast.While, ast.For, ast.AsyncFor)


def test_nothing_is_mocked_or_patched() -> None:
    offenders = {
        str(module.path): sorted(found)
        for module in modules_of_tests()
        if (found := patching(module)) and is_test(module)
    }

    assert offenders == {}


def test_no_test_sleeps_instead_of_waiting() -> None:
    """A pause within a loop is how one waits for something; one on its own hopes that it has happened by then."""
    offenders = {
        f"{module.path}:{line}"
        for module in modules_of_tests()
        if is_test(module)
        for name, function in module.functions()
        if name.split(".")[-1].startswith("test_") and name not in MAY_PAUSE
        for line in lone_pauses(function)
    }

    assert offenders == set()


def test_test_names_are_sentences() -> None:
    names = {
        name: str(module.path)
        for module in modules_of_tests()
        for name, _ in module.functions()
        if name.startswith("test_") and "." not in name and len(name.split("_")) < 4
    }

    assert names == {}


def test_every_test_can_fail() -> None:
    """It asserts, expects an error, or calls something of the tests that does."""
    checks = {
        name.split(".")[-1] for module in modules_of_tests() for name, node in module.functions() if asserts(node)
    }
    offenders = {
        f"{module.path}::{name}"
        for module in modules_of_tests()
        for name, node in module.functions()
        if name.startswith("test_") and "." not in name and not asserts(node) and not called(node) & checks
    }

    assert {name for name in offenders if name.split("::")[1] not in MAY_ONLY_RUN} == set()
    assert {name.split("::")[1] for name in offenders} == {*MAY_ONLY_RUN}, "an exception that is not needed"


def is_test(module: Module) -> bool:
    return "standin" not in module.path.parts


def patching(module: Module) -> set[str]:
    """What stands in for real parts."""
    imported = {name for name in module.imports() if name.split(".")[0] in ("mock", "pytest_mock") or ".mock" in name}
    used = {
        f"{node.value.id}.{node.attr}"
        for node in module.nodes
        if isinstance(node, ast.Attribute)
        and isinstance(node.value, ast.Name)
        and node.value.id == "monkeypatch"
        and node.attr not in ("setenv", "delenv", "chdir", "syspath_prepend")
    }
    arguments = {argument.arg for node in module.nodes if isinstance(node, ast.arguments) for argument in node.args}
    return imported | used | (arguments & {"mocker"})


def lone_pauses(node: ast.AST) -> Iterator[int]:
    """Lines of sleeps of a fixed time above nought, outside of any loop and of functions that play a server."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, (*LOOPS, ast.FunctionDef, ast.AsyncFunctionDef)):
            continue
        if isinstance(child, ast.Call) and is_sleep(child):
            yield child.lineno
        yield from lone_pauses(child)


def is_sleep(call: ast.Call) -> bool:
    if not (isinstance(call.func, ast.Attribute) and call.func.attr == "sleep" and call.args):
        return False
    return not (isinstance(call.args[0], ast.Constant) and call.args[0].value == 0)


def asserts(node: ast.AST) -> bool:
    return any(
        isinstance(part, ast.Assert)
        or (isinstance(part, ast.Attribute) and part.attr in ("raises", "fail", "check_returncode"))
        or (isinstance(part, ast.Raise))
        for part in ast.walk(node)
    )


def called(node: ast.AST) -> set[str]:
    """Names of what it calls, of methods too."""
    functions = [part.func for part in ast.walk(node) if isinstance(part, ast.Call)]
    return {part.id for part in functions if isinstance(part, ast.Name)} | {
        part.attr for part in functions if isinstance(part, ast.Attribute)
    }
