"""Templates of the user's own as they are deployed: a takeover keeps their stack, its template and what it is given."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from stranglerfig.aws.stacks.stacks import Stacks
from stranglerfig.aws.stacks.template_text import section
from stranglerfig.aws.stacks.values import Stack, StackResource
from stranglerfig.aws.synth.addons import PARAMETER_FILES, AddonsTemplate, read_addons
from stranglerfig.aws.synth.template import Tree
from stranglerfig.aws.synth.workload.variables import ADDONS
from stranglerfig.manifest.render import render_tree

FILE = "addons.yml"


@dataclass(frozen=True, slots=True)
class DeployedAddons:
    """``url`` is where CloudFormation has read the template. ``files`` are what makes the same of it again, by name."""

    template: AddonsTemplate | None = None
    url: str = ""
    files: Mapping[str, str] = field(default_factory=dict)


def deployed_addons(
    stacks: Stacks, stack: Stack, tree: Tree, resources: Sequence[StackResource], given: tuple[str, ...]
) -> DeployedAddons:
    """Empty where the stack has none. ``given`` are parameters that every addons stack gets."""
    physical = next((one.physical for one in resources if one.logical == ADDONS and one.physical), None)
    if physical is None:
        return DeployedAddons()
    properties = section(section(section(tree, "Resources"), ADDONS), "Properties")
    further = {name: one for name, one in section(properties, "Parameters").items() if name not in given}
    files = {FILE: stacks.template(physical)}
    if further:
        files[PARAMETER_FILES[0]] = render_tree({"Parameters": further})
    # As the files will be called, should something be wrong with one.
    read = read_addons({f"addons of {stack.name}/{name}": text.encode() for name, text in files.items()}, given)
    return DeployedAddons(read, _url(properties.get("TemplateURL"), stack), files)


def _url(said: object, stack: Stack) -> str:
    """Of a workload it is a parameter, and of an environment it stands in the template."""
    if isinstance(said, Mapping):
        return stack.parameters.get(str(said.get("Ref")), "")
    return str(said)
