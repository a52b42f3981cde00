"""Stacks as files: a template and its parameters, as the AWS command line reads them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

from stranglerfig.aws.environments import Environment
from stranglerfig.aws.stacks.change_sets import LARGEST_BODY
from stranglerfig.aws.stacks.stacks import Stacks
from stranglerfig.aws.stacks.template_text import parse_template, plain
from stranglerfig.aws.stacks.values import StackOrder
from stranglerfig.aws.synth.template import Tree
from stranglerfig.cli.deploying.difference import coloured, render_difference
from stranglerfig.cli.follow_ups import created
from stranglerfig.cli.output import done, say, show, warn
from stranglerfig.errors import StateUnusable
from stranglerfig.manifest.render import render_tree

#: As `package --diff` of Copilot ends.
NONE, SOME = 0, 1


def to_yaml(order: StackOrder) -> str:
    return render_tree(parse_template(order.body))


def to_file(order: StackOrder) -> str:
    """As long as it is not too long to be sent along, as it is read best; then without what blanks cost."""
    text = to_yaml(order)
    return text if len(text.encode()) <= LARGEST_BODY else to_lines(parse_template(order.body))


def to_lines(tree: Tree) -> str:
    """JSON, which is YAML, too: a line for each resource, parameter, output."""
    sections = (f"{as_json(name)}:{entries(section)}" for name, section in tree.items())
    return "{\n" + ",\n".join(sections) + "\n}\n"


def entries(section: object) -> str:
    if not isinstance(section, Mapping):
        return as_json(section)
    return "{\n" + ",\n".join(f"{as_json(name)}:{as_json(one)}" for name, one in section.items()) + "\n}"


def as_json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def to_parameters(order: StackOrder) -> str:
    """The file that ``aws cloudformation deploy --parameter-overrides file://…`` reads, with tags."""
    # One that keeps its value is not said.
    said = {name: value for name, value in order.parameters.items() if value is not None}
    document = {"Parameters": said, "Tags": dict(order.tags)}
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"


def print_order(order: StackOrder) -> None:
    show(to_yaml(order).rstrip("\n"))
    show("---")
    show(to_parameters(order).rstrip("\n"))


def write_order(order: StackOrder, folder: Path, name: str, others: Mapping[str, str] | None = None) -> None:
    """Under Copilot's names; ``others`` are files beside."""
    files = {f"{name}.stack.yml": to_file(order), f"{name}.params.json": to_parameters(order), **(others or {})}
    for file, text in files.items():
        path = folder / file
        try:
            folder.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        except OSError as error:
            raise StateUnusable(
                f"cannot write {path}: {error.strerror or error}", hint="Name another folder with `--output-dir`."
            ) from error
        done(f"Wrote {created(str(path))}")
    say(f"It is what fig would ask CloudFormation for, as stack {order.name}.")
    if len(files[f"{name}.stack.yml"].encode()) > LARGEST_BODY:
        warn(f"{name}.stack.yml is longer than {LARGEST_BODY:,} bytes: `aws cloudformation deploy` wants --s3-bucket.")


def warn_of_lacking(env: Environment, name: str, lacking: Mapping[str, str]) -> None:
    """What the environment is to have before this stack can be deployed."""
    if lacking:
        said = " ".join(f"{key}={value}" for key, value in lacking.items())
        warn(f"{name} needs more of environment {env.name} than it has: its stack {env.stack_name} wants {said}")


def difference(stacks: Stacks, order: StackOrder) -> list[str]:
    """Of the template that is deployed, and that of the order; then of the parameters."""
    before = parse_template(stacks.template(order.name))
    lines = render_difference(before, plain(parse_template(order.body)))
    found = stacks.find(order.name)
    known = found.parameters if found else {}
    wanted = {name: known.get(name, "") if value is None else value for name, value in order.parameters.items()}
    lines += render_difference({"Parameters": dict(known)}, {"Parameters": wanted}) if before else []
    return [coloured(line) for line in lines]


def print_difference(stacks: Stacks, order: StackOrder) -> int:
    """The exit status."""
    lines = difference(stacks, order)
    show("\n".join(lines) or "No changes.")
    return SOME if lines else NONE
