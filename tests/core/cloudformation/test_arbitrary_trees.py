"""Whatever a template says, it is read and evaluated, or refused with a Fault."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stranglerfig.core.cloudformation.templates.calls import SHAPES
from stranglerfig.core.cloudformation.templates.cycles import cycle_in, in_order
from stranglerfig.core.cloudformation.templates.evaluation import (
    active_resources,
    dependencies,
    imports_of,
    outputs_of,
    properties_of,
)
from stranglerfig.core.cloudformation.templates.parameters import TYPES, to_values
from stranglerfig.core.cloudformation.templates.resource_types import changed_paths, find_type, problems_of
from stranglerfig.core.cloudformation.templates.scope import Scope
from stranglerfig.core.cloudformation.templates.template import read_template
from stranglerfig.core.faults import Fault
from tests.core.cloudformation.template_builders import PSEUDO
from tests.effort import amount

NAMES = ("A", "B", "P", "Q", "M", "C", "D", "AWS::Region", "AWS::NoValue", "AWS::NotificationARNs")
TYPE_NAMES = ("AWS::EC2::VPC", "AWS::RefactorSpaces::Route", "AWS::IAM::Role", "X")

scalars = (
    st.sampled_from((*NAMES, "", "0", "8", "10.0.0.0/16", "A.Arn", "${A} ${B.VpcId} ${P} ${!x}", "VpcId", "a,b"))
    | st.booleans()
    | st.integers(-2, 300)
    | st.floats(allow_nan=False)
    | st.text(max_size=4)
)
calls = st.sampled_from([*SHAPES, "Condition", "Fn::Length"])
anything = st.recursive(
    scalars | st.none(),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.sampled_from((*NAMES, "CidrBlock", "Tags")) | st.text(max_size=3), inner, max_size=3)
        | st.builds(lambda name, argument: {name: argument}, calls, inner | st.lists(inner, min_size=1, max_size=3))
    ),
    max_leaves=8,
)
#: Mostly of the right shape, so that evaluation has something to do.
texts: st.SearchStrategy[Any] = st.deferred(
    lambda: (
        scalars
        | st.builds(lambda name: {"Ref": name}, st.sampled_from(NAMES))
        | st.builds(
            lambda name, what: {"Fn::GetAtt": [name, what]}, st.sampled_from("AB"), st.sampled_from(("VpcId", "Arn"))
        )
        | st.builds(lambda own: {"Fn::Sub": ["${A} ${x}", {"x": own}]}, texts)
        | st.builds(lambda of: {"Fn::Join": [",", of]}, lists)
        | st.builds(lambda index, of: {"Fn::Select": [index, of]}, st.integers(0, 3), lists)
        | st.builds(lambda one, other: {"Fn::If": ["C", one, other]}, texts, texts)
        | st.builds(lambda key: {"Fn::FindInMap": ["M", key, "b"]}, texts)
        | st.builds(lambda text: {"Fn::Base64": text}, texts)
        | st.builds(lambda text: {"Fn::ImportValue": text}, scalars)
    )
)
lists: st.SearchStrategy[Any] = st.deferred(
    lambda: (
        st.lists(texts, max_size=3)
        | st.builds(lambda text: {"Fn::Split": [",", text]}, texts)
        | st.builds(lambda text: {"Fn::GetAZs": text}, texts)
        | st.builds(lambda *parts: {"Fn::Cidr": [*parts]}, texts, st.integers(0, 9), st.integers(0, 33))
    )
)
conditions = st.recursive(
    st.builds(lambda *pair: {"Fn::Equals": [*pair]}, texts, texts) | st.just({"Condition": "D"}),
    lambda inner: (
        st.builds(lambda one: {"Fn::Not": [one]}, inner)
        | st.builds(
            lambda name, several: {name: several}, st.sampled_from(("Fn::And", "Fn::Or")), st.lists(inner, max_size=3)
        )
    ),
    max_leaves=3,
)
members = st.sampled_from(
    ("Type", "DependsOn", "Condition", "DeletionPolicy", "Export", "Default", "AllowedPattern", "NoEcho")
)
sections = ("Parameters", "Mappings", "Conditions", "Resources", "Outputs", "Metadata", "Description")
resources = st.fixed_dictionaries(
    {"Type": st.sampled_from(TYPE_NAMES)},
    optional={
        "Properties": st.dictionaries(
            st.sampled_from(("CidrBlock", "Tags", "RoleName", "x")), texts | lists, max_size=3
        ),
        "Condition": st.sampled_from("CD"),
        "DependsOn": st.sampled_from("AB"),
    },
)
likely = st.fixed_dictionaries(
    {
        "Parameters": st.fixed_dictionaries(
            {name: st.fixed_dictionaries({"Type": st.sampled_from(TYPES), "Default": scalars}) for name in "PQ"}
        ),
        "Mappings": st.just({"M": {"8": {"b": 1}, "C": {"b": ["x", 2]}}}),
        "Conditions": st.fixed_dictionaries({"C": conditions, "D": st.just({"Fn::Equals": ["a", "a"]})}),
        "Resources": st.fixed_dictionaries({"A": resources, "B": resources}),
        "Outputs": st.dictionaries(
            st.sampled_from(("O", "P")),
            st.fixed_dictionaries({"Value": texts}, optional={"Export": st.builds(lambda name: {"Name": name}, texts)}),
            max_size=2,
        ),
    }
)
unlikely = st.dictionaries(
    st.sampled_from(sections),
    st.dictionaries(st.sampled_from(NAMES), st.dictionaries(members, anything, max_size=4) | anything, max_size=2)
    | anything,
)


def outcome(tree: object) -> str:
    """How far it came."""
    done = "nothing"
    try:
        template = read_template(tree)
        done = "read"
        scope = Scope(template, to_values(template, {}), PSEUDO, {"A": "x"}, {"A": {"Ref": "vpc-1", "VpcId": "vpc-1"}})
        for name, resource in active_resources(scope).items():
            properties = properties_of(scope, name)
            type_ = find_type(resource.type)
            if type_ is not None:
                problems_of(type_, properties)
                changed_paths(type_, properties, dict(resource.properties))
        outputs_of(scope)
        imports_of(scope)
        done = "evaluated"
    except Fault as refused:
        return f"{done}, then {refused.code}"
    return done


@pytest.mark.torture
@settings(max_examples=amount(100, 300), deadline=None)
@given(likely | unlikely | anything)
def test_a_tree_is_evaluated_or_refused_with_a_fault(tree: Any) -> None:
    assert outcome(tree) in {"evaluated", "read, then ValidationError", "nothing, then ValidationError"}


graphs = st.dictionaries(st.integers(0, 7).map(str), st.sets(st.integers(0, 8).map(str), max_size=3), max_size=8)


@given(graphs)
def test_there_is_a_circle_or_an_order(graph: dict[str, set[str]]) -> None:
    circle = cycle_in(graph)
    if circle:
        assert all(graph[name] & {*circle} for name in circle)
        return
    order = in_order(graph)
    assert sorted(order) == sorted(graph)
    assert all(order.index(other) < order.index(name) for name in graph for other in graph[name] if other in graph)


@settings(deadline=None)
@given(likely)
def test_what_a_resource_needs_is_in_its_template(tree: Any) -> None:
    try:
        template = read_template(tree)
    except Fault:
        return
    assert all(needed <= {*template.resources} for needed in dependencies(template).values())
