"""CloudFormation's own linter has nothing against our templates, and only what is listed here to remark."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache

import pytest
from cfnlint.config import ConfigMixIn  # type: ignore[import-untyped]
from cfnlint.core import get_rules  # type: ignore[import-untyped]
from cfnlint.decode import decode_str  # type: ignore[import-untyped]
from cfnlint.rules import RulesCollection  # type: ignore[import-untyped]
from cfnlint.runner import run_template_by_data  # type: ignore[import-untyped]

from tests.aws.goldens import REGION, WANTED, GoldenCase, all_goldens, dump_yaml, forum_cases

#: Warnings that are meant: the rule, what it says, and why it may.
ALLOWED: tuple[tuple[str, str, str], ...] = (
    (
        "W2001",
        r"Parameter (ContainerPort|TargetContainer|TargetPort|HTTPSEnabled|RulePath|DNSDelegated|NLBAliases|NLBPort"
        r"|AddonsTemplateURL|TaskCount) not used",
        "a parameter of Copilot's stacks: pipelines pass it, and a stack that is taken over keeps it",
    ),
    ("W2001", r"Parameter AppDNSDelegatedAccounts not used", "Copilot reads from it which accounts there are"),
    (
        "W3011",
        r"Both 'UpdateReplacePolicy' and 'DeletionPolicy' are needed",
        "a job's earlier revisions stay for runs that are on their way; with its stack, the last one goes",
    ),
    ("W3010", r"Avoid hardcoding availability zones", "the manifest says which zones its subnets are in"),
)


@pytest.mark.parametrize("case", all_goldens(), ids=lambda case: case.name)
def test_a_template_is_without_errors_and_unexpected_warnings(case: GoldenCase) -> None:
    found = [f"{rule} {text}" for rule, text in remarks(case) if not is_allowed(rule, text)]

    assert found == []


@pytest.mark.parametrize("case", forum_cases(), ids=lambda case: case.name)
def test_the_forum_s_templates_are_without_errors_and_unexpected_warnings(case: GoldenCase) -> None:
    found = [f"{rule} {text}" for rule, text in lint(dump_yaml(case.tree())) if not is_allowed(rule, text)]

    assert found == []


def test_no_warning_is_allowed_in_vain() -> None:
    said = {(rule, text) for case in all_goldens() for rule, text in remarks(case)}
    unused = [(rule, pattern) for rule, pattern, _ in ALLOWED if not any(fits(rule, pattern, one) for one in said)]

    assert unused == []


def test_the_linter_finds_what_is_wrong() -> None:
    broken = '{"Resources": {"Queue": {"Type": "AWS::SQS::Queue", "Properties": {"DelaySeconds": "soon"}}}}'

    assert [rule for rule, _ in lint(broken)] == ["E3012"]


def is_allowed(rule: str, text: str) -> bool:
    return any(fits(allowed, pattern, (rule, text)) for allowed, pattern, _ in ALLOWED)


def fits(rule: str, pattern: str, remark: tuple[str, str]) -> bool:
    return remark[0] == rule and re.search(pattern, remark[1]) is not None


@cache
def remarks(case: GoldenCase) -> tuple[tuple[str, str], ...]:
    return tuple(lint((case.folder / WANTED).read_text()))


@cache
def linter() -> tuple[ConfigMixIn, RulesCollection]:
    """Its rules take longer to load than most templates to check."""
    config = ConfigMixIn(regions=[REGION])
    return config, get_rules([], [], ["E", "W"], config.configure_rules, False)


def lint(text: str) -> Iterator[tuple[str, str]]:
    config, rules = linter()
    tree, unreadable = decode_str(text)
    assert tree is not None, unreadable
    for match in run_template_by_data(tree, config, rules):
        where = "/".join(str(part) for part in match.path or ())
        yield match.rule.id, f"{match.message} at {where}"
