"""What whoever deploys a template has to acknowledge: that it makes identities, and that it names them (pure)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from stranglerfig.core.cloudformation.templates.template import Template
from stranglerfig.core.faults import Fault

IAM, NAMED_IAM = "CAPABILITY_IAM", "CAPABILITY_NAMED_IAM"

#: Types that need a capability, and the property by which one is named.
_NAMES = {
    "AWS::IAM::AccessKey": None,
    "AWS::IAM::Group": "GroupName",
    "AWS::IAM::InstanceProfile": "InstanceProfileName",
    "AWS::IAM::ManagedPolicy": "ManagedPolicyName",
    "AWS::IAM::Policy": None,
    "AWS::IAM::Role": "RoleName",
    "AWS::IAM::RolePolicy": None,
    "AWS::IAM::User": "UserName",
    "AWS::IAM::UserPolicy": None,
    "AWS::IAM::UserToGroupAddition": None,
}


@dataclass(frozen=True, slots=True)
class Needed:
    """``capability`` None: nothing has to be acknowledged. ``types`` are those it is needed for."""

    capability: str | None
    types: tuple[str, ...] = ()

    @property
    def reason(self) -> str | None:
        if self.capability is None:
            return None
        return f"The following resource(s) require capabilities: [{', '.join(self.types)}]"


def needed_capability(template: Template) -> Needed:
    """Whether conditions hold plays no part."""
    found = [one for one in template.resources.values() if one.type in _NAMES]
    if not found:
        return Needed(None)
    is_named = any(_NAMES[one.type] in one.properties for one in found)
    return Needed(NAMED_IAM if is_named else IAM, tuple(sorted({one.type for one in found})))


def require_capability(template: Template, given: Iterable[str]) -> None:
    """Raises InsufficientCapabilitiesException."""
    needed, acknowledged = needed_capability(template).capability, set(given)
    if needed is None or needed in acknowledged or (needed == IAM and NAMED_IAM in acknowledged):
        return
    raise Fault("InsufficientCapabilitiesException", f"Requires capabilities : [{needed}]")
