"""What whoever deploys a template has to acknowledge."""

from __future__ import annotations

from typing import Any

import pytest

from stranglerfig.core.cloudformation.stacks.capabilities import IAM, NAMED_IAM, needed_capability, require_capability
from stranglerfig.core.cloudformation.templates.template import Template, read_template
from stranglerfig.core.faults import Fault


def a_template(type_: str, **properties: Any) -> Template:
    return read_template({"Resources": {"One": {"Type": type_, "Properties": properties}}})


@pytest.mark.parametrize(
    ("template", "needed"),
    [
        (a_template("AWS::Logs::LogGroup"), None),
        (a_template("AWS::IAM::Role"), IAM),
        (a_template("AWS::IAM::Role", RoleName="r"), NAMED_IAM),
        (a_template("AWS::IAM::Policy", PolicyName="p"), IAM),
        (a_template("AWS::IAM::InstanceProfile", InstanceProfileName="i"), NAMED_IAM),
    ],
)
def test_identities_have_to_be_acknowledged_and_their_names_too(template: Template, needed: str | None) -> None:
    assert needed_capability(template).capability == needed
    assert (needed_capability(template).reason is None) is (needed is None)


def test_the_capability_for_names_is_enough_for_identities_without_one() -> None:
    require_capability(a_template("AWS::IAM::Role"), [NAMED_IAM])

    with pytest.raises(Fault, match=r"Requires capabilities : \[CAPABILITY_NAMED_IAM\]") as refused:
        require_capability(a_template("AWS::IAM::Role", RoleName="r"), [IAM])
    assert refused.value.code == "InsufficientCapabilitiesException"
