"""Trees of JSON values: what may stand in one, and how its values read as text (pure)."""

from __future__ import annotations

from stranglerfig.core.faults import Fault

DEEPEST = 100

Scalar = str | bool | int | float


def invalid(message: str) -> Fault:
    return Fault("ValidationError", message)


def check_tree(tree: object) -> None:
    """That it is one, without nulls, and not so deep that to walk it would be a risk."""
    _check(tree, (), 0)


def is_scalar(value: object) -> bool:
    return isinstance(value, str | bool | int | float)


def to_text(value: object) -> str:
    """Of a scalar, as CloudFormation writes it where text is wanted. ValueError for anything else."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str | int | float):
        return str(value)
    raise ValueError("not a scalar")


def _check(value: object, path: tuple[str, ...], depth: int) -> None:
    if depth > DEEPEST:
        raise invalid(f"Template format error: [{_spelt(path[:3])}/…] more than {DEEPEST} levels deep.")
    if value is None:
        raise invalid(f"[{_spelt(path)}] 'null' values are not allowed in templates")
    if isinstance(value, dict):
        for key, inner in value.items():
            if not isinstance(key, str):
                raise invalid(f"Template format error: [{_spelt(path)}] every key must be a string.")
            _check(inner, (*path, key), depth + 1)
    elif isinstance(value, list):
        for number, inner in enumerate(value):
            _check(inner, (*path, str(number)), depth + 1)
    elif not is_scalar(value):
        raise invalid(f"Template format error: [{_spelt(path)}] a {type(value).__name__} is no value of JSON.")


def _spelt(path: tuple[str, ...]) -> str:
    return "/" + "/".join(path)
