"""Nodes to values by a declaration: every fault is booked, and reading goes on. Pure.

Nothing here knows which fields are required: an override need not have them. Null is absent everywhere.
"""

from __future__ import annotations

from enum import Enum

from stranglerfig.manifest.forms import in_words, listed
from stranglerfig.manifest.nodes import Entry, ListNode, MapNode, Node, ScalarNode, Style, kind_of, to_value
from stranglerfig.manifest.paths import join
from stranglerfig.manifest.problems import Place, brief
from stranglerfig.manifest.reading import Reading
from stranglerfig.manifest.scalars import Wrong, decode_scalar
from stranglerfig.manifest.schema import Anything, Field, Form, ListOf, MapOf, OneOf, Section, Text


class Absent(Enum):
    ABSENT = "absent"


ABSENT = Absent.ABSENT


def decode(node: Node, form: Form, path: str, place: Place, reading: Reading) -> object:
    """The value, or ``ABSENT`` if there is none or it could not be read; that is booked in ``reading``."""
    if isinstance(node, ScalarNode) and node.style is Style.OPEN:
        reading.doubt(path)
        return ABSENT
    if isinstance(node, ScalarNode) and node.is_null:
        return ABSENT
    match form:
        case OneOf():
            return decode_one_of(node, form, path, place, reading)
        case Section() if isinstance(node, MapNode):
            value: object = decode_section(node, form, path, reading)
        case MapOf() if isinstance(node, MapNode):
            value = decode_map(node, form, path, reading)
        case ListOf() if isinstance(node, ListNode):
            value = decode_list(node, form, path, reading)
        case Anything():
            value = to_value(node)
        case _:
            value = decode_leaf(node, form, path, place, reading)
    if value is not ABSENT:
        reading.places[path] = place
    return value


def decode_leaf(node: Node, form: Form, path: str, place: Place, reading: Reading) -> object:
    if isinstance(form, Text) and isinstance(node, ListNode) and node.text is not None:
        node = ScalarNode(node.text, Style.FILLED, node.line, node.column)
    found = decode_scalar(node, form) if isinstance(node, ScalarNode) else wrong_kind(node, form)
    if isinstance(found, Wrong):
        reading.fault(path, place, found.message, found.hint)
        return ABSENT
    return found


def wrong_kind(node: Node, form: Form) -> Wrong:
    return Wrong(f"must be {listed(in_words(form))}, but is {kind_of(node)}", is_mismatch=True)


def decode_section(node: MapNode, section: Section, path: str, reading: Reading) -> dict[str, object]:
    known = names_of(section)
    result: dict[str, object] = {}
    written: dict[str, Entry] = {}
    for entry in node.entries:
        field = known.get(entry.key)
        if field is None:
            reading.unknown_key(entry, path, section)
            continue
        below = join(path, field.name)
        place = reading.place(join(path, entry.key), entry.line, entry.column)
        if field.name in written:
            reading.fault(below, place, f"must specify one, not both, of {field.name} and {field.spelt}")
            continue
        written[field.name] = entry
        value = decode(entry.value, field.form, below, place, reading)
        if value is not ABSENT:
            result[field.name] = value
    return result


def names_of(section: Section) -> dict[str, Field]:
    older = {field.spelt: field for field in section.fields if field.spelt is not None}
    return older | {field.name: field for field in section.fields}


def decode_map(node: MapNode, form: MapOf, path: str, reading: Reading) -> dict[str, object]:
    key_form = Text(pattern=form.key_pattern)
    result: dict[str, object] = {}
    for entry in node.entries:
        below = join(path, entry.key)
        place = reading.place(below, entry.line, entry.column)
        wrong = decode_scalar(ScalarNode(entry.key, Style.QUOTED, entry.line, entry.column), key_form)
        if isinstance(wrong, Wrong):
            reading.fault(below, place, f"the name {wrong.message}")
            continue
        if form.keeps_empty and isinstance(entry.value, ScalarNode) and entry.value.is_null:
            reading.places[below] = place
            result[entry.key] = {}
            continue
        value = decode(entry.value, form.value, below, place, reading)
        if value is not ABSENT:
            result[entry.key] = value
    return result


def decode_list(node: ListNode, form: ListOf, path: str, reading: Reading) -> list[object]:
    result = []
    for at, item in enumerate(node.items):
        below = join(path, at)
        place = reading.place(below, item.line, item.column)
        if isinstance(item, ScalarNode) and item.is_null:
            reading.fault(below, place, f"must be {listed(in_words(form.item))}, but is nothing")
            continue
        value = decode(item, form.item, below, place, reading)
        if value is ABSENT:
            # Those after it move up: their paths would name the wrong ones.
            reading.doubt(path)
        else:
            result.append(value)
    return result


def decode_one_of(node: Node, form: OneOf, path: str, place: Place, reading: Reading) -> object:
    """The first form without a fault, else the one with the fewest."""
    best: tuple[Reading, object] | None = None
    # A list that was written as a text is a text only where no list may be.
    options = sorted(form.forms, key=lambda option: isinstance(node, ListNode) and isinstance(option, Text))
    for option in options:
        if not could_be(node, option):
            continue
        attempt = reading.fork()
        value = decode(node, option, path, place, attempt)
        if best is None or attempt.cost < best[0].cost:
            best = attempt, value
        if not attempt.faults:
            break
    if best is None:
        what = f"{kind_of(node)}: {brief(node.text)}" if isinstance(node, ScalarNode) else kind_of(node)
        reading.fault(path, place, f"must be {listed(in_words(form))}, but is {what}")
        return ABSENT
    reading.absorb(best[0])
    return best[1]


def could_be(node: Node, form: Form) -> bool:
    """Whether the form is worth a try: another kind of value is told as such, with all forms named."""
    match form:
        case OneOf(forms=forms):
            return any(could_be(node, option) for option in forms)
        case Section() | MapOf():
            return isinstance(node, MapNode)
        case ListOf():
            return isinstance(node, ListNode)
        case Anything():
            return True
        case _:
            if isinstance(node, ListNode):
                return isinstance(form, Text) and node.text is not None
            if not isinstance(node, ScalarNode):
                return False
            found = decode_scalar(node, form)
            return not (isinstance(found, Wrong) and found.is_mismatch)
