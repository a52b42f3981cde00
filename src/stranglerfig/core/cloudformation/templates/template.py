"""A template as a value, checked as a whole (pure)."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from stranglerfig.core.cloudformation.templates.cycles import cycle_in
from stranglerfig.core.cloudformation.templates.declarations import (
    OutputDeclaration,
    ParameterDeclaration,
    ResourceDeclaration,
    Template,
)
from stranglerfig.core.cloudformation.templates.parameters import read_parameter
from stranglerfig.core.cloudformation.templates.references import (
    PSEUDO_PARAMETERS,
    Of,
    Reference,
    dependencies,
    references_in,
    references_in_condition,
)
from stranglerfig.core.cloudformation.templates.resource_types import find_type
from stranglerfig.core.cloudformation.templates.sections import (
    malformed_output,
    members,
    read_mappings,
    read_output,
    read_resource,
    section,
)
from stranglerfig.core.cloudformation.templates.tree import check_tree, invalid

__all__ = ["OutputDeclaration", "ParameterDeclaration", "ResourceDeclaration", "Template", "read_template"]

VERSION = "2010-09-09"
LONGEST_DESCRIPTION = 1024
SECTIONS = (
    *("AWSTemplateFormatVersion", "Description", "Metadata", "Parameters", "Mappings", "Conditions", "Resources"),
    "Outputs",
)
#: Known to CloudFormation and not carried out here; a template that has one would not become what it says.
REFUSED = {
    "Transform": "transforms are not carried out here: give the template as it is after them",
    "Rules": "rules are not checked here: take the section out",
    "Hooks": "hooks are not run here: take the section out",
}


def read_template(tree: object) -> Template:
    """Of a tree of JSON values, functions in their long forms. ``Fault`` (ValidationError) says what is wrong."""
    if not isinstance(tree, dict):
        raise invalid("Template format error: unsupported structure.")
    check_tree(tree)
    _check_sections(tree)
    resources = section(tree, "Resources")
    if not resources:
        raise invalid("Template format error: At least one Resources member must be defined.")
    template = Template(
        description=tree.get("Description"),
        metadata=tree.get("Metadata"),
        parameters={name: read_parameter(name, found) for name, found in section(tree, "Parameters").items()},
        mappings=read_mappings(tree),
        conditions=members(tree, "Conditions"),
        resources={name: read_resource(name, found) for name, found in resources.items()},
        outputs={name: read_output(name, found) for name, found in section(tree, "Outputs").items()},
    )
    _check_names(template)
    _check_conditions(template)
    _check_resources(template)
    _check_outputs(template)
    return template


def _check_sections(tree: Mapping[str, Any]) -> None:
    unknown = [name for name in tree if name not in SECTIONS and name not in REFUSED]
    if unknown:
        raise invalid(f"Invalid template property or properties [{', '.join(unknown)}]")
    for name, why in REFUSED.items():
        if name in tree:
            raise invalid(f"Template format error: the section {name} is not supported: {why}.")
    if tree.get("AWSTemplateFormatVersion", VERSION) != VERSION:
        raise invalid("Template format error: unsupported value for AWSTemplateFormatVersion.")
    description = tree.get("Description", "")
    if not isinstance(description, str):
        raise invalid("Template format error: Description must be a string.")
    if len(description.encode("utf-8", "surrogatepass")) > LONGEST_DESCRIPTION:
        raise invalid(f"Template format error: 'Description' length is greater than {LONGEST_DESCRIPTION}.")
    if not isinstance(tree.get("Metadata", {}), dict):
        raise invalid("Template format error: Metadata must be a map.")


def _check_names(template: Template) -> None:
    """A Ref must mean one thing."""
    twice = [name for name in template.parameters if name in template.resources]
    if twice:
        raise invalid(
            f"Template format error: Duplicate logical names [{', '.join(twice)}]: a parameter and a resource."
        )


def _check_conditions(template: Template) -> None:
    needs: dict[str, list[str]] = {}
    for name, value in template.conditions.items():
        found = [*references_in_condition(value)]
        _check_found(template, found, "Conditions")
        needs[name] = [reference.name for reference in found if reference.of is Of.CONDITION]
    cycle = cycle_in(needs)
    if cycle:
        raise invalid(f"Template error: Circular dependency between conditions: [{', '.join(cycle)}]")


def _check_resources(template: Template) -> None:
    found = [reference for resource in template.resources.values() for reference in references_in(resource.properties)]
    _check_found(template, found, "Resources")
    depended = [name for resource in template.resources.values() for name in resource.depends_on]
    _check_resolved(depended, template.resources, "Resources")
    for resource in template.resources.values():
        _check_condition(template, resource.condition, "Resources")
        if "Snapshot" in (resource.deletion_policy, resource.update_replace_policy) and find_type(resource.type):
            raise invalid(f"Template error: resource type {resource.type} does not support the policy Snapshot")
    cycle = cycle_in(dependencies(template))
    if cycle:
        raise invalid(f"Circular dependency between resources: [{', '.join(cycle)}]")


def _check_outputs(template: Template) -> None:
    for output in template.outputs.values():
        _check_found(template, [*references_in(output.value)], "Outputs")
        _check_condition(template, output.condition, "Outputs")
        if output.export_name is None:
            continue
        named = [*references_in(output.export_name)]
        if any(reference.name in template.resources for reference in named):
            raise malformed_output(output.name, "The Name of an Export must not depend on resources.")
        _check_found(template, named, "Outputs")


def _check_found(template: Template, found: Collection[Reference], where: str) -> None:
    if where == "Conditions":
        _check_within_conditions(template, found)
    names = [reference.name for reference in found if reference.of is Of.NAME]
    _check_resolved(names, {*template.parameters, *template.resources, *PSEUDO_PARAMETERS}, where)
    for reference in found:
        if reference.of is Of.CONDITION:
            _check_condition(template, reference.name, where)
        elif reference.of is Of.MAPPING and reference.name not in template.mappings:
            raise invalid(
                f"Template error: Mapping named '{reference.name}' is not present in the 'Mappings' section of "
                "template."
            )
        elif reference.of is Of.ATTRIBUTE:
            _check_attribute(template, reference)


def _check_within_conditions(template: Template, found: Collection[Reference]) -> None:
    """They are decided before there is any resource."""
    reached = [
        reference.name
        for reference in found
        if reference.of is Of.ATTRIBUTE or (reference.of is Of.NAME and reference.name in template.resources)
    ]
    if reached:
        raise invalid(
            f"Template format error: Unresolved dependencies [{', '.join(dict.fromkeys(reached))}]. "
            "Cannot reference resources in the Conditions block of the template"
        )
    if any(reference.of in (Of.EXPORT, Of.ZONES) for reference in found):
        raise invalid(
            "Template error: Fn::ImportValue and Fn::GetAZs cannot be used in the Conditions block of the template"
        )


def _check_resolved(names: Collection[str], known: Collection[str], where: str) -> None:
    missing = [name for name in dict.fromkeys(names) if name not in known]
    if missing:
        raise invalid(
            f"Template format error: Unresolved resource dependencies [{', '.join(missing)}] "
            f"in the {where} block of the template"
        )


def _check_condition(template: Template, name: str | None, where: str) -> None:
    if name is not None and name not in template.conditions:
        raise invalid(
            f"Template format error: Unresolved condition dependency {name} in the {where} block of the template"
        )


def _check_attribute(template: Template, reference: Reference) -> None:
    resource = template.resources.get(reference.name)
    if resource is None:
        raise invalid(f"Template error: instance of Fn::GetAtt references undefined resource {reference.name}")
    type_ = find_type(resource.type)
    if type_ is not None and reference.attribute is not None and reference.attribute not in type_.read_only:
        raise invalid(
            f"Template error: resource {reference.name} does not support attribute type {reference.attribute} "
            "in Fn::GetAtt"
        )
