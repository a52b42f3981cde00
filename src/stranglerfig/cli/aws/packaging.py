"""Stacks as files: a template and its parameters, as the AWS command line reads them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

from stranglerfig.aws.stacks.stacks import Stacks
from stranglerfig.aws.stacks.template_text import parse_template, plain
from stranglerfig.aws.stacks.values import StackOrder
from stranglerfig.cli.deploying.difference import coloured, render_difference
from stranglerfig.cli.follow_ups import created
from stranglerfig.cli.output import done, say, show
from stranglerfig.errors import StateUnusable
from stranglerfig.manifest.render import render_tree

#: As `package --diff` of Copilot ends.
NONE, SOME = 0, 1


def to_yaml(order: StackOrder) -> str:
    return render_tree(parse_template(order.body))


def to_parameters(order: StackOrder) -> str:
    """The file that ``aws cloudformation deploy --parameter-overrides file://…`` reads, with tags."""
    document = {"Parameters": dict(order.parameters), "Tags": dict(order.tags)}
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"


def print_order(order: StackOrder) -> None:
    show(to_yaml(order).rstrip("\n"))
    show("---")
    show(to_parameters(order).rstrip("\n"))


def write_order(order: StackOrder, folder: Path, name: str, others: Mapping[str, str] | None = None) -> None:
    """Under Copilot's names; ``others`` are files beside."""
    files = {f"{name}.stack.yml": to_yaml(order), f"{name}.params.json": to_parameters(order), **(others or {})}
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
