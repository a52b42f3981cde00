"""IAM documents and roles as values. Pure.

No statement that allows has ``*`` for its actions and its resources: where AWS knows no resource for an action, the
actions are named; where names are not known beforehand, tags of ours are the condition.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from stranglerfig.aws.synth.template import Ref, Resource, Sub, Value, present

POLICY_VERSION = "2012-10-17"
ANY = "*"


def allow(
    *actions: str,
    on: Value | None = None,
    sid: str | None = None,
    by: Value | None = None,
    when: Mapping[str, Value] | None = None,
) -> Value:
    """A statement. ``by`` is its principal, in policies of resources; a repository's have no ``on``."""
    return present(Sid=sid, Effect="Allow", Principal=by, Action=list(actions), Resource=on, Condition=when)


def deny(
    *actions: str,
    on: Value | None = None,
    sid: str | None = None,
    by: Value | None = None,
    when: Mapping[str, Value] | None = None,
) -> Value:
    return present(Sid=sid, Effect="Deny", Principal=by, Action=list(actions), Resource=on, Condition=when)


def document(*statements: Value, id: Value | None = None) -> dict[str, Value]:
    return present(Version=POLICY_VERSION, Id=id, Statement=list(statements))


def trust(principal: Value, when: Mapping[str, Value] | None = None) -> dict[str, Value]:
    """Who may take on a role."""
    return document(present(Effect="Allow", Principal=principal, Action="sts:AssumeRole", Condition=when))


def service(name: str) -> dict[str, Value]:
    """A principal: ``name`` without its domain."""
    return {"Service": f"{name}.amazonaws.com"}


def account_root(account: Value) -> Sub:
    """The principal that stands for everybody of an account whom that account lets."""
    return Sub("arn:${AWS::Partition}:iam::${Account}:root", {"Account": account})


def policy(name: Value, *statements: Value) -> Value:
    """One that stands in its role."""
    return {"PolicyName": name, "PolicyDocument": document(*statements)}


def boundary(name: str | None) -> Value | None:
    """The permissions boundary of that name, as roles have it."""
    return Sub(f"arn:${{AWS::Partition}}:iam::${{AWS::AccountId}}:policy/{name}") if name else None


def role(
    description: str,
    trusted: Value,
    *policies: Value,
    permissions_boundary: str | None = None,
    managed: Sequence[Value] = (),
    name: Value | None = None,
    path: str | None = "/",
) -> Resource:
    """``managed`` are ARNs of policies; without ``name`` CloudFormation finds one. ``path`` None: not said, as in roles
    of Copilot's that never said it."""
    properties = present(
        RoleName=name,
        AssumeRolePolicyDocument=trusted,
        PermissionsBoundary=boundary(permissions_boundary),
        Path=path,
        ManagedPolicyArns=list(managed) or None,
        Policies=list(policies) or None,
    )
    return Resource("AWS::IAM::Role", properties, description=description)


def tagged(kind: str, tags: Mapping[str, str], **besides: Value) -> dict[str, Value]:
    """A condition: ``kind`` is ``aws:ResourceTag``, ``aws:RequestTag`` or a service's own; tags by parameter;
    ``besides`` what else is to be equal."""
    return {"StringEquals": {**{f"{kind}/{tag}": Ref(parameter) for tag, parameter in tags.items()}, **besides}}


def passed_to(*services: str) -> dict[str, Value]:
    """A part of a condition: of a role that is passed on, to whom."""
    names = [f"{name}.amazonaws.com" for name in services]
    return {"iam:PassedToService": names if len(names) > 1 else names[0]}
