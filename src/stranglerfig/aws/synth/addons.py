"""Templates of the user's own beside a workload or an environment: made one, and what their outputs are for. Pure.

The folder ``addons/`` may have several templates; they become one nested stack. ``addons.parameters.yml`` says what it
is given besides the names that every one gets.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import cast

from stranglerfig.aws.synth.facts import Addons
from stranglerfig.aws.synth.template import Tree, Value
from stranglerfig.core.cloudformation.templates.calls import SHORT_FORMS
from stranglerfig.manifest.nodes import Entry, MapNode, Node, kind_of, to_value
from stranglerfig.manifest.paths import join
from stranglerfig.manifest.problems import ManifestInvalid, Problem, located
from stranglerfig.manifest.rules.given import quoted
from stranglerfig.manifest.source import read_source

PARAMETER_FILES = ("addons.parameters.yml", "addons.parameters.yaml")
#: What a stack beside a workload is always given, and one beside an environment.
OF_WORKLOAD, OF_ENV = ("App", "Env", "Name"), ("App", "Env")
#: Each key of these is defined once; of the second, each key below a key.
SECTIONS = ("Parameters", "Rules", "Conditions", "Resources", "Outputs")
NESTED_SECTIONS = ("Metadata", "Mappings")
SINGLE = ("AWSTemplateFormatVersion", "Description", "Transform")
SECRET, POLICY, GROUP = "AWS::SecretsManager::Secret", "AWS::IAM::ManagedPolicy", "AWS::EC2::SecurityGroup"


@dataclass(frozen=True, slots=True)
class AddonsTemplate:
    """``parameters`` are those that are passed besides; names of outputs are sorted by what their values are."""

    tree: Tree
    parameters: Mapping[str, Value] = field(default_factory=dict)
    variables: tuple[str, ...] = ()
    secrets: tuple[str, ...] = ()
    policies: tuple[str, ...] = ()
    security_groups: tuple[str, ...] = ()

    def uploaded(self, url: str) -> Addons:
        return Addons(url, self.parameters, self.variables, self.secrets, self.policies, self.security_groups)


def read_addons(files: Mapping[str, bytes], given: tuple[str, ...] = OF_WORKLOAD) -> AddonsTemplate | None:
    """``files`` by their paths, in the order in which they are merged; None if none of them is a template.

    Raises ``ManifestInvalid`` with every problem of every file.
    """
    templates = {path: text for path, text in files.items() if _file_name(path) not in PARAMETER_FILES}
    if not templates:
        return None
    merging = _Merging(given)
    for path, text in templates.items():
        merging.add(path, _read(path, text))
    for path in files.keys() - templates.keys():
        merging.pass_on(path, _read(path, files[path]))
    merging.check_parameters()
    if merging.problems:
        raise ManifestInvalid(merging.problems)
    return _sorted_outputs(merging)


def _file_name(path: str) -> str:
    return path.rpartition("/")[2]


def _read(path: str, text: bytes) -> MapNode:
    root, faults = read_source(text, path, SHORT_FORMS)
    if faults:
        raise ManifestInvalid(located(path, faults))
    if not isinstance(root, MapNode):
        raise ManifestInvalid([Problem(path, root.line, "", f"must be a mapping, but is {kind_of(root)}")])
    return root


@dataclass(slots=True)
class _Merging:
    """``origin`` has for each path in the template the file that has it, and ``nodes`` what stands there."""

    given: tuple[str, ...]
    tree: dict[str, dict[str, object]] = field(default_factory=dict)
    single: Tree = field(default_factory=dict)
    parameters: dict[str, Value] = field(default_factory=dict)
    origin: dict[str, tuple[str, int]] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)

    def add(self, file: str, root: MapNode) -> None:
        for entry in root.entries:
            if entry.key in SINGLE:
                self.single.setdefault(entry.key, to_value(entry.value))
            elif entry.key in (*SECTIONS, *NESTED_SECTIONS):
                self.add_section(file, entry)
            else:
                self.problem(file, entry, entry.key, f"is no section of a template; there is {quoted(SECTIONS)}")

    def add_section(self, file: str, section: Entry) -> None:
        merged = self.tree.setdefault(section.key, {})
        for entry in self.entries(file, section, section.key):
            path = join(section.key, entry.key)
            known = merged.get(entry.key)
            if section.key in NESTED_SECTIONS and isinstance(known, dict):
                inner = to_value(entry.value)
                if isinstance(inner, dict) and all(known.get(key, value) == value for key, value in inner.items()):
                    merged[entry.key] = known | inner
                    continue
            self.define(file, entry, path, merged)

    def define(self, file: str, entry: Entry, path: str, merged: dict[str, object]) -> None:
        value = to_value(entry.value)
        if merged.setdefault(entry.key, value) != value:
            other, line = self.origin[path]
            self.problem(file, entry, path, f"is defined in {other}, line {line}, and differs")
        self.origin.setdefault(path, (file, entry.line))

    def pass_on(self, file: str, root: MapNode) -> None:
        """The file of parameters."""
        for section in root.entries:
            if section.key != "Parameters":
                self.problem(file, section, section.key, 'must not be here; the file has "Parameters" alone')
                continue
            for entry in self.entries(file, section, section.key):
                path = join(section.key, entry.key)
                if entry.key in self.given:
                    self.problem(file, entry, path, "is given to every addons stack, and cannot be set")
                elif entry.key not in self.tree.get("Parameters", {}):
                    self.problem(file, entry, path, "is a parameter of no template in this folder")
                else:
                    self.parameters[entry.key] = cast("Value", to_value(entry.value))

    def check_parameters(self) -> None:
        """CloudFormation takes neither more nor fewer than there are."""
        declared = self.tree.get("Parameters", {})
        first = next(iter(self.origin.values()), ("addons", 1))[0]
        for name in self.given:
            if name not in declared:
                message = "must be declared, with the type String: every addons stack is given it"
                self.problems.append(Problem(first, 1, join("Parameters", name), message))
        for name, parameter in declared.items():
            has_value = name in (*self.given, *self.parameters)
            if not has_value and not (isinstance(parameter, dict) and "Default" in parameter):
                file, line = self.origin[join("Parameters", name)]
                message = f"has no default, and no value in {PARAMETER_FILES[0]}"
                self.problems.append(Problem(file, line, join("Parameters", name), message))

    def entries(self, file: str, entry: Entry, path: str) -> Iterator[Entry]:
        if isinstance(entry.value, MapNode):
            yield from entry.value.entries
        else:
            self.problem(file, entry, path, f"must be a mapping, but is {kind_of(entry.value)}")

    def problem(self, file: str, where: Entry | Node, path: str, message: str) -> None:
        self.problems.append(Problem(file, where.line, path, message))


def _sorted_outputs(merging: _Merging) -> AddonsTemplate:
    resources, outputs = merging.tree.get("Resources", {}), merging.tree.get("Outputs", {})
    types = {name: _referred_type(output, resources) for name, output in outputs.items()}
    return AddonsTemplate(
        tree={**merging.single, **merging.tree},
        parameters=merging.parameters,
        variables=tuple(name for name, kind in types.items() if kind not in (SECRET, POLICY)),
        secrets=tuple(name for name, kind in types.items() if kind == SECRET),
        policies=tuple(name for name, kind in types.items() if kind == POLICY),
        security_groups=tuple(name for name, kind in types.items() if kind == GROUP),
    )


def _referred_type(output: object, resources: Mapping[str, object]) -> object:
    """Of the resource that an output's value is a plain reference to, its type."""
    value = output.get("Value") if isinstance(output, dict) else None
    referred = value.get("Ref") if isinstance(value, dict) else None
    resource = resources.get(referred) if isinstance(referred, str) else None
    return resource.get("Type") if isinstance(resource, dict) else None
