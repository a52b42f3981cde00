from __future__ import annotations

import asyncio

import pytest

from stranglerfig.control.stacks.patterns import refuse_endless_patterns
from stranglerfig.core.cloudformation.templates.template import Template, read_template
from stranglerfig.core.faults import Fault

RESOURCES = {"A": {"Type": "AWS::Logs::LogGroup"}}


def template_of(pattern: str) -> Template:
    parameters = {"P": {"Type": "String", "AllowedPattern": pattern}}
    return read_template({"Parameters": parameters, "Resources": RESOURCES})


def refuse(pattern: str, value: str) -> None:
    asyncio.run(refuse_endless_patterns(template_of(pattern), [{"P": value}]))


@pytest.mark.parametrize(
    ("pattern", "value"),
    [
        ("(a+)+b", "a" * 60),
        # one repetition of what can be had in two ways
        ("(a|aa)*b", "a" * 60),
        # no repetition at all
        ("a?" * 40 + "a" * 40, "a" * 39 + "b"),
        # short texts
        (f"({'|'.join(['[^b]', '[^c]'] * 20)})*z", "aaaaaaaa"),
        ("(?:|){40}b", "x"),
    ],
)
def test_a_pattern_that_would_never_be_done_is_refused(pattern: str, value: str) -> None:
    with pytest.raises(Fault, match="takes too long"):
        refuse(pattern, value)


@pytest.mark.parametrize(
    ("pattern", "value"),
    [
        ("[a-z][a-z0-9-]*", "a" * 4096),
        ("(prod|test|dev)(-[a-z]+)?", "production-" * 300),
        (r"(\d{1,3}\.){3}\d{1,3}/\d{1,2}", "10.0.0.0/16"),
        ("[a-z]+@[a-z]+[.][a-z]+", "a" * 4096),
    ],
)
def test_a_sound_pattern_is_not(pattern: str, value: str) -> None:
    refuse(pattern, value)
