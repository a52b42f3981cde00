"""Texts, numbers, booleans and durations by their declarations. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass

from stranglerfig.manifest.durations import parse_duration, render_duration, suggest_duration
from stranglerfig.manifest.forms import in_words, listed
from stranglerfig.manifest.nearest import nearest
from stranglerfig.manifest.nodes import ScalarNode, Style, kind_of, to_boolean, to_integer, to_number
from stranglerfig.manifest.problems import brief
from stranglerfig.manifest.schema import Boolean, Duration, Form, Integer, Number, Text

#: Of a text that must look like something.
LONGEST_CHECKED = 4096


@dataclass(frozen=True, slots=True)
class Wrong:
    """``is_mismatch``: another form might do; otherwise the form is right and the value is not."""

    message: str
    hint: str | None = None
    is_mismatch: bool = False


def decode_scalar(node: ScalarNode, form: Form) -> object:
    """The value, or what is ``Wrong``."""
    match form:
        case Text():
            return decode_text(node.text, form)
        case Boolean():
            found = to_boolean(node.text) if node.may_be_plain else None
            return mismatch(node, form) if found is None else found
        case Integer():
            whole = to_integer(node.text) if node.may_be_plain else None
            return mismatch(node, form) if whole is None else bounded(whole, form.least, form.most)
        case Number():
            number = to_number(node.text) if node.may_be_plain else None
            return mismatch(node, form) if number is None else bounded(number, form.least, form.most)
        case Duration():
            return decode_duration(node, form)
        case _:
            return mismatch(node, form)


def decode_text(text: str, form: Text) -> str | Wrong:
    if (form.pattern or form.choices or form.check) and len(text) > LONGEST_CHECKED:
        return Wrong(f"has {len(text)} characters; {LONGEST_CHECKED} are the most")
    if form.choices:
        known = form.choices if not form.any_case else tuple(choice.lower() for choice in form.choices)
        if (text.lower() if form.any_case else text) not in known:
            near = nearest(text, form.choices)
            hint = f"did you mean {near}?" if near else None
            return Wrong(f"must be {listed(list(form.choices))}, but is {brief(text)!r}", hint)
    if form.pattern and not re.fullmatch(form.pattern, text):
        return Wrong(f"{brief(text)!r} does not match {form.pattern}")
    wrong = form.check(text) if form.check else None
    return text if wrong is None else Wrong(wrong)


def decode_duration(node: ScalarNode, form: Duration) -> float | Wrong:
    seconds = parse_duration(node.text)
    if seconds is None:
        meant = suggest_duration(node.text)
        if meant is None and node.style is Style.PLAIN:
            return mismatch(node, form)
        hint = f"did you mean {meant}?" if meant else None
        return Wrong(f"must be a duration such as 1m30s, but is {brief(node.text)!r}", hint, is_mismatch=meant is None)
    if form.least_s is not None and seconds < form.least_s:
        return Wrong(f"must be at least {render_duration(form.least_s)}, but is {node.text}")
    if form.most_s is not None and seconds > form.most_s:
        return Wrong(f"must be at most {render_duration(form.most_s)}, but is {node.text}")
    return seconds


def bounded(number: float, least: float | None, most: float | None) -> float | Wrong:
    if least is not None and most is not None and not least <= number <= most:
        return Wrong(f"must be from {least} to {most}, but is {number}")
    if least is not None and number < least:
        return Wrong(f"must be at least {least}, but is {number}")
    if most is not None and number > most:
        return Wrong(f"must be at most {most}, but is {number}")
    return number


def mismatch(node: ScalarNode, form: Form) -> Wrong:
    what = f"text: {brief(node.text)!r}" if kind_of(node) == "text" else f"{kind_of(node)}: {brief(node.text)}"
    unquoted = ScalarNode(node.text, Style.PLAIN, node.line, node.column)
    is_quoted = node.style is Style.QUOTED and isinstance(form, Boolean | Integer | Number)
    hint = None
    if is_quoted and not isinstance(decode_scalar(unquoted, form), Wrong):
        hint = "take the quotes away"
    return Wrong(f"must be {listed(in_words(form))}, but is {what}", hint, is_mismatch=True)
