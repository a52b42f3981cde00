"""Values of a template with their functions carried out (pure)."""

from __future__ import annotations

import base64
import ipaddress
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import Enum
from itertools import islice
from typing import Any, Final

from stranglerfig.core.cloudformation.templates.calls import PLACEHOLDER, attribute_parts, call_of, sub_parts
from stranglerfig.core.cloudformation.templates.parameters import is_list, items_of
from stranglerfig.core.cloudformation.templates.scope import UNKNOWN, Scope
from stranglerfig.core.cloudformation.templates.tree import invalid, to_text

INDEX = re.compile(r"\d{1,9}", re.ASCII)
ZONES = "abc"
MOST_BLOCKS = 256
#: Characters that a function may come to, and items of a list. Each could make much of little, and functions stand in
#: functions: a short template would fill the machine's memory.
LONGEST = 131_072
MOST_ITEMS = 10_000
PARTITIONS = {"cn-": "aws-cn", "us-gov-": "aws-us-gov"}


class Nothing(Enum):
    """AWS::NoValue: what it stands in is left out."""

    NOTHING = "AWS::NoValue"


NOTHING: Final = Nothing.NOTHING


@dataclass(frozen=True, slots=True)
class Evaluation:
    """``conditions`` are decided, ``active`` names the resources that there are by them. With ``imported``, names of
    exports are noted there, and one that does not exist is UNKNOWN instead of a fault."""

    scope: Scope
    conditions: Mapping[str, bool]
    active: frozenset[str] = frozenset()
    imported: set[str] | None = None


def evaluate(value: Any, within: Evaluation) -> Any:
    """NOTHING only if the value is that itself; UNKNOWN may stand anywhere in it."""
    call = call_of(value)
    if call is not None:
        return FUNCTIONS[call[0]](call[1], within)
    if isinstance(value, dict):
        found = {key: evaluate(inner, within) for key, inner in value.items()}
        return {key: inner for key, inner in found.items() if inner is not NOTHING}
    if isinstance(value, list):
        return [item for item in (evaluate(inner, within) for inner in value) if item is not NOTHING]
    return value


def pseudo_parameters(scope: Scope) -> dict[str, Any]:
    pseudo = scope.pseudo
    return {
        "AWS::AccountId": pseudo.account,
        "AWS::NoValue": NOTHING,
        "AWS::NotificationARNs": list(pseudo.notification_arns),
        "AWS::Partition": partition_of(pseudo.region),
        "AWS::Region": pseudo.region,
        "AWS::StackId": pseudo.stack_id,
        "AWS::StackName": pseudo.stack_name,
        "AWS::URLSuffix": "amazonaws.com.cn" if pseudo.region.startswith("cn-") else "amazonaws.com",
    }


def partition_of(region: str) -> str:
    return next((name for prefix, name in PARTITIONS.items() if region.startswith(prefix)), "aws")


def _ref(argument: Any, within: Evaluation) -> Any:
    scope, name = within.scope, str(argument)
    pseudo = pseudo_parameters(scope)
    if name in pseudo:
        return pseudo[name]
    declaration = scope.template.parameters.get(name)
    if declaration is None:
        return _of_resource(name, "Ref", within)
    if name not in scope.values:
        raise invalid(f"Parameters: [{name}] must have values")
    value = scope.values[name]
    return items_of(declaration, value) if is_list(declaration) else value


def _get_att(argument: Any, within: Evaluation) -> Any:
    name, attribute = attribute_parts(argument)
    found = _text("Fn::GetAtt", evaluate(attribute, within))
    return found if found is UNKNOWN else _of_resource(name, found, within)


def _of_resource(name: str, attribute: str, within: Evaluation) -> Any:
    if name not in within.active:
        raise invalid(
            f"Template format error: Unresolved resource dependencies [{name}] in the Resources block of the template"
        )
    attributes = within.scope.attributes.get(name)
    if attributes is None:
        return UNKNOWN
    if attribute not in attributes:
        raise invalid(f"Template error: resource {name} does not support attribute type {attribute} in Fn::GetAtt")
    return attributes[attribute]


def _sub(argument: Any, within: Evaluation) -> Any:
    text, own = sub_parts(argument)
    values: dict[str, Any] = {}
    names = PLACEHOLDER.findall(text)
    for name in dict.fromkeys(names):
        values[name] = f"${{{name[1:]}}}" if name.startswith("!") else _variable(name, own, within)
    if any(value is UNKNOWN for value in values.values()):
        return UNKNOWN
    _check_size("Fn::Sub", len(text) + sum(len(values[name]) - len(name) - 3 for name in names))
    return PLACEHOLDER.sub(lambda found: str(values[found[1]]), text)


def _variable(name: str, own: Mapping[str, Any], within: Evaluation) -> Any:
    resource, dot, attribute = name.partition(".")
    if name in own:
        value = evaluate(own[name], within)
    elif dot:
        value = _of_resource(resource, attribute, within)
    else:
        value = _ref(name, within)
    if value is NOTHING:
        return ""
    try:
        return value if value is UNKNOWN else to_text(value)
    except ValueError:
        raise invalid(f"Template error: variable {name} in Fn::Sub expression does not resolve to a string") from None


def _join(argument: Any, within: Evaluation) -> Any:
    items = _list("Fn::Join", argument[1], within)
    texts = items if items is UNKNOWN else [_text("Fn::Join", item) for item in items]
    if texts is UNKNOWN or UNKNOWN in texts:
        return UNKNOWN
    _check_size("Fn::Join", sum(map(len, texts)) + len(argument[0]) * max(0, len(texts) - 1))
    return argument[0].join(texts)


def _split(argument: Any, within: Evaluation) -> Any:
    text = _text("Fn::Split", evaluate(argument[1], within))
    if text is UNKNOWN:
        return UNKNOWN
    if text.count(argument[0]) >= MOST_ITEMS:
        raise invalid(f"Template error: Fn::Split makes at most {MOST_ITEMS} items of a text.")
    return text.split(argument[0])


def _select(argument: Any, within: Evaluation) -> Any:
    index, items = _text("Fn::Select", evaluate(argument[0], within)), _list("Fn::Select", argument[1], within)
    if index is UNKNOWN or items is UNKNOWN:
        return UNKNOWN
    if not INDEX.fullmatch(index) or int(index) >= len(items):
        raise invalid(f"Template error: Fn::Select cannot select nonexistent value at index {index}")
    return items[int(index)]


def _if(argument: Any, within: Evaluation) -> Any:
    return evaluate(argument[1] if within.conditions[argument[0]] else argument[2], within)


def _find_in_map(argument: Any, within: Evaluation) -> Any:
    parts = [_text("Fn::FindInMap", evaluate(part, within)) for part in argument]
    if UNKNOWN in parts:
        return UNKNOWN
    name, top, second = parts
    try:
        return within.scope.template.mappings[name][top][second]
    except KeyError:
        raise invalid(f"Template error: Unable to get mapping for {name}::{top}::{second}") from None


def _import_value(argument: Any, within: Evaluation) -> Any:
    name = _text("Fn::ImportValue", evaluate(argument, within))
    if name is UNKNOWN:
        return UNKNOWN
    if within.imported is not None:
        within.imported.add(name)
        return within.scope.exports.get(name, UNKNOWN)
    if name not in within.scope.exports:
        raise invalid(f"No export named {name} found.")
    return within.scope.exports[name]


def _base64(argument: Any, within: Evaluation) -> Any:
    text = _text("Fn::Base64", evaluate(argument, within))
    if text is UNKNOWN:
        return UNKNOWN
    _check_size("Fn::Base64", len(text))
    return base64.b64encode(text.encode("utf-8", "surrogatepass")).decode()


def _get_azs(argument: Any, within: Evaluation) -> Any:
    region = _text("Fn::GetAZs", evaluate(argument, within))
    return region if region is UNKNOWN else [f"{region or within.scope.pseudo.region}{zone}" for zone in ZONES]


def _cidr(argument: Any, within: Evaluation) -> Any:
    parts = [_text("Fn::Cidr", evaluate(part, within)) for part in argument]
    if UNKNOWN in parts:
        return UNKNOWN
    block, count, bits = parts
    if not INDEX.fullmatch(count) or not 1 <= int(count) <= MOST_BLOCKS:
        raise invalid(f"Template error: Fn::Cidr makes from 1 to {MOST_BLOCKS} blocks, not {count}")
    try:
        network = ipaddress.ip_network(block, strict=False)
        length = network.max_prefixlen - int(bits if INDEX.fullmatch(bits) else -1)
        found = [str(subnet) for subnet in islice(network.subnets(new_prefix=length), int(count))]
    except ValueError:
        raise invalid(f"Template error: Fn::Cidr cannot divide {block} into blocks of {bits} bits") from None
    if len(found) < int(count):
        raise invalid(f"Template error: Fn::Cidr finds {len(found)} blocks of {bits} bits in {block}, not {count}")
    return found


def _list(function: str, argument: Any, within: Evaluation) -> Any:
    found = evaluate(argument, within)
    if found is not UNKNOWN and not isinstance(found, list):
        raise invalid(f"Template error: {function} wants a list, and its argument is none.")
    return found


def _text(function: str, value: Any) -> Any:
    """UNKNOWN, or a text."""
    try:
        return value if value is UNKNOWN else to_text(value)
    except ValueError:
        what = "left out by AWS::NoValue" if value is NOTHING else "none"
        raise invalid(f"Template error: {function} wants a string, and its argument is {what}.") from None


def _check_size(function: str, size: int) -> None:
    if size > LONGEST:
        raise invalid(f"Template error: {function} makes a text of {size} characters; it may have {LONGEST}.")


FUNCTIONS: dict[str, Callable[[Any, Evaluation], Any]] = {
    "Ref": _ref,
    "Fn::GetAtt": _get_att,
    "Fn::Sub": _sub,
    "Fn::Join": _join,
    "Fn::Split": _split,
    "Fn::Select": _select,
    "Fn::If": _if,
    "Fn::FindInMap": _find_in_map,
    "Fn::ImportValue": _import_value,
    "Fn::Base64": _base64,
    "Fn::GetAZs": _get_azs,
    "Fn::Cidr": _cidr,
}
