"""``${NAME}`` in texts, before anything is decoded (Copilot's rules). Pure: the variables are handed in.

Unlike Copilot, a variable that is missing only below an environment that was not asked for blocks nothing: that text
stays open and counts as absent.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from stranglerfig.manifest.nearest import nearest
from stranglerfig.manifest.nodes import ListNode, Node, ScalarNode, Style, plain_value
from stranglerfig.manifest.paths import join
from stranglerfig.manifest.problems import Fault, Place

VARIABLE = re.compile(r"(\\?)\$\{([_a-zA-Z][_a-zA-Z0-9]*)\}")
TEXT_ARRAY = re.compile(r'\s*\[\s*"(?:[^"\\]|\\.)*"\s*(?:,\s*"(?:[^"\\]|\\.)*"\s*)*\]\s*')
#: Of filled-in text, the whole file's: one long variable may be wanted thousands of times.
MOST_CHARACTERS = 4 * 1024 * 1024

APP = "COPILOT_APPLICATION_NAME"
ENVIRONMENT = "COPILOT_ENVIRONMENT_NAME"


@dataclass(frozen=True, slots=True)
class Variables:
    """``app`` and ``env`` None: not known, their variables stay as they are written."""

    app: str | None
    env: str | None
    environ: Mapping[str, str]


@dataclass(slots=True)
class Filling:
    variables: Variables
    faults: list[Fault] = field(default_factory=list)
    characters: int = 0

    def fill(self, node: Node, path: str, environment: str | None) -> Node:
        """``environment`` is the one whose overrides hold this node. Keys are left alone."""
        if isinstance(node, ScalarNode):
            return self.fill_text(node, path, environment) if is_text(node) else node
        if isinstance(node, ListNode):
            items = tuple(self.fill(item, join(path, at), environment) for at, item in enumerate(node.items))
            return replace(node, items=items)
        entries = []
        for entry in node.entries:
            below = join(path, entry.key)
            inside = entry.key if path == "environments" else environment
            entries.append(replace(entry, value=self.fill(entry.value, below, inside)))
        return replace(node, entries=tuple(entries))

    def fill_text(self, node: ScalarNode, path: str, environment: str | None) -> Node:
        parts: list[str] = []
        end = 0
        style = node.style
        for match in VARIABLE.finditer(node.text):
            value = self.value(match, Place(node.line, node.column, path), environment)
            if value is None:
                style = Style.OPEN
                value = match[0]
            elif not match[1] and style is not Style.OPEN:
                style = Style.FILLED
            parts += (node.text[end : match.start()], value)
            end = match.end()
            self.characters += len(value)
            if self.characters > MOST_CHARACTERS:
                return replace(node, style=Style.OPEN)
        text = "".join((*parts, node.text[end:])) if parts else node.text
        filled = replace(node, text=text, style=style) if parts else node
        return filled if node.style is Style.LITERAL or style is Style.OPEN else as_list(filled)

    def value(self, match: re.Match[str], place: Place, environment: str | None) -> str | None:
        """None if it has none, which is booked."""
        name = match[2]
        if match[1]:
            return match[0][1:]
        own = self.predefined(environment).get(name)
        found = self.variables.environ.get(name)
        if name in (APP, ENVIRONMENT):
            if own is not None and found is not None and found != own:
                self.faults.append(contradiction(place, name, found, own))
            return match[0] if own is None else own
        if found is None:
            is_warning = environment is not None and environment != self.variables.env
            self.faults.append(undefined(place, name, self.variables.environ, is_warning))
        return found

    def predefined(self, environment: str | None) -> dict[str, str | None]:
        return {APP: self.variables.app, ENVIRONMENT: environment or self.variables.env}


def interpolate(root: Node, variables: Variables) -> tuple[Node, list[Fault]]:
    filling = Filling(variables)
    filled = filling.fill(root, "", None)
    if filling.characters > MOST_CHARACTERS:
        message = f"variables fill in more than {MOST_CHARACTERS} characters"
        filling.faults.append(Fault(Place(root.line, root.column, ""), message))
    return filled, filling.faults


def is_text(node: ScalarNode) -> bool:
    return node.style is not Style.PLAIN or isinstance(plain_value(node.text), str)


def as_list(node: ScalarNode) -> Node:
    """A JSON array of texts becomes a list."""
    if not TEXT_ARRAY.fullmatch(node.text):
        return node
    try:
        texts = json.loads(node.text)
    except ValueError:
        return node
    items = tuple(ScalarNode(text, Style.FILLED, node.line, node.column) for text in texts)
    return ListNode(items, node.line, node.column, text=node.text)


def undefined(place: Place, name: str, environ: Mapping[str, str], is_warning: bool) -> Fault:
    near = nearest(name, environ)
    hint = f"did you mean ${{{near}}}?" if near else f"set it first, as in `export {name}=…`"
    consequence = ", so this override is left unchecked" if is_warning else ""
    return Fault(place, f"the variable {name} is not defined{consequence}", hint, is_warning)


def contradiction(place: Place, name: str, found: str, own: str) -> Fault:
    message = f"the variable {name} is defined as {found!r} outside, but is {own!r} here"
    return Fault(place, message, f"unset it first, as in `unset {name}`")
