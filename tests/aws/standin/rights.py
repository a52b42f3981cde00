"""Whether a role may do what is asked for, by the policies that it has at that moment.

Whoever has no role may do all, and so may a role that nobody has made.
Conditions are not looked at. What an action is done to is known of CloudFormation and of the parameter store; of other
services whatever a statement is about will do, and ``tests.aws.rights`` tells whether that is right.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from contextlib import suppress
from fnmatch import fnmatchcase
from typing import Any
from urllib.parse import parse_qs

from moto.cloudformation.models import cloudformation_backends
from moto.iam.exceptions import NotFoundException
from moto.iam.models import Role, iam_backends

from tests.aws.standin.operations import action_of

_CREDENTIAL = re.compile(r"Credential=(?P<key>[^/]+)/\d+/(?P<region>[^/]+)/(?P<service>[^/]+)/")
#: as they sign, where policies call them otherwise
_PREFIXES = {"monitoring": "cloudwatch", "tagging": "tag"}
#: Who somebody is may be asked by all.
_FREE = ("sts:GetCallerIdentity",)
#: of CloudFormation, what is about no stack in particular
_OF_ALL_STACKS = ("ListExports", "ListImports", "ListStacks")


def denial(action: str, body: str, authorization: str, query: str = "") -> str | None:
    """In AWS's words. None: it is allowed."""
    found = _CREDENTIAL.search(authorization)
    role = role_of(found["key"]) if found else None
    if found is None or role is None:
        return None
    prefix, _, verb = action_of(found["service"], action, query).partition(":")
    name = f"{_PREFIXES.get(prefix, prefix)}:{verb}"
    resource = resource_of(found["service"], action, body, found["region"], role.account_id)
    if name in _FREE or any(allows(one, name, resource) for one in statements(role)):
        return None
    on = f" on resource: {resource}" if resource not in ("", "*") else ""
    return f"User: {role.arn} is not authorized to perform: {name}{on} because no identity-based policy allows it"


def role_of(key: str) -> Role | None:
    for _, account in list(iam_backends.items()):
        for backend in account.values():
            known = backend.access_keys.get(key)
            if known is not None and known.role_arn:
                with suppress(NotFoundException):
                    return backend.get_role_by_arn(known.role_arn)
    return None


def statements(role: Role) -> Iterator[dict[str, Any]]:
    for document in role.policies.values():
        yield from listed((json.loads(document) if isinstance(document, str) else document)["Statement"])


def allows(statement: dict[str, Any], action: str, resource: str) -> bool:
    return (
        statement["Effect"] == "Allow"
        and any(fnmatchcase(action.lower(), one.lower()) for one in listed(statement.get("Action", ())))
        and any(not resource or fnmatchcase(resource, one) or one == "*" for one in listed(statement["Resource"]))
    )


def resource_of(service: str, action: str, body: str, region: str, account: str) -> str:
    """Empty where it is not known."""
    if service == "cloudformation" and action not in _OF_ALL_STACKS:
        asked = {key: values[0] for key, values in parse_qs(body).items()}
        named = asked.get("StackName") or stack_of(asked.get("ChangeSetName", ""), region, account)
        if named:
            return named if named.startswith("arn:") else f"arn:aws:cloudformation:{region}:{account}:stack/{named}/id"
    if service == "ssm":
        asked = json.loads(body)
        named = asked.get("Name") or asked.get("Path") or asked.get("ResourceId")
        if named:
            return f"arn:aws:ssm:{region}:{account}:parameter{named}"
    return "*" if service in ("cloudformation", "ssm") else ""


def stack_of(change_set: str, region: str, account: str) -> str:
    """A change set by its ARN alone is its stack."""
    made = cloudformation_backends[account][region].change_sets.get(change_set)
    return made.stack_id if made else ""


def listed(value: Any) -> Iterable[Any]:
    return value if isinstance(value, list) else [value]
