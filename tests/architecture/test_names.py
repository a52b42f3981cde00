"""One word a thing, and no word for nothing in particular."""

from __future__ import annotations

import sys

from tests.architecture.source import Module, modules_of_tests, source_modules

#: They say that a place has no subject.
EMPTY_WORDS = {"util", "utils", "helper", "helpers", "common", "misc", "manager", "managers", "impl", "base", "stuff"}
#: A class named so is one word longer than what it is.
EMPTY_ENDINGS = ("Manager", "Helper", "Util", "Utils", "Impl", "Data", "Info")
EMPTY_BEGINNINGS = ("Abstract", "Base")
#: The standard library has the name too, and the package makes plain which one is meant.
SAME_AS_LIBRARY: dict[str, str] = {}


def code() -> tuple[Module, ...]:
    return (*source_modules(), *modules_of_tests())


def test_no_module_has_an_empty_name() -> None:
    assert [str(module.path) for module in code() if EMPTY_WORDS & {*module.name.split("."), *words(module)}] == []


def test_no_class_has_an_empty_name() -> None:
    names = [node.name for module in code() for node in module.classes()]

    assert [name for name in names if name.endswith(EMPTY_ENDINGS) or name.startswith(EMPTY_BEGINNINGS)] == []
    assert [name for name in names if name[:1] == "I" and name[1:2].isupper()] == []


def test_no_function_is_named_after_nothing() -> None:
    names = {name.split(".")[-1] for module in code() for name, _ in module.functions()}

    assert names.isdisjoint(EMPTY_WORDS | {"handle", "process_data", "do_it", "foo"})


def test_modules_have_names_of_at_most_three_words_and_no_secrets() -> None:
    modules = [module for module in source_modules() if module.path.stem not in ("__init__", "__main__")]

    assert [str(module.path) for module in modules if len(words(module)) > 3 or module.path.stem.startswith("_")] == []


def test_no_top_level_package_hides_one_of_the_standard_library() -> None:
    packages = {module.name.split(".")[1] for module in source_modules() if "." in module.name}

    assert not packages & set(sys.stdlib_module_names) - set(SAME_AS_LIBRARY)


def test_every_module_says_what_it_is_for() -> None:
    silent = [str(found.path) for found in source_modules() if found.text.strip() and not found.docstring]

    # The version needs no introduction.
    assert silent in ([], ["src/stranglerfig/__init__.py"])


def words(module: Module) -> list[str]:
    return module.path.stem.split("_")
