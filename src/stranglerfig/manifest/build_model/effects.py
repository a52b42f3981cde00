"""Which given fields do nothing on this machine. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from stranglerfig.manifest.build_model.containers import OF_AWS
from stranglerfig.manifest.forms import chosen, is_mapping
from stranglerfig.manifest.load import Loaded
from stranglerfig.manifest.paths import join
from stranglerfig.manifest.rules.containers import waits_of
from stranglerfig.manifest.schema import Effect, Form, ListOf, MapOf, Section


def fields_without_effect(loaded: Loaded) -> tuple[str, ...]:
    """Outermost paths of what the file gives and only AWS reads, in the order of the declaration."""
    found = _aws_only(loaded.body, loaded.kind.section, "", loaded.given)
    return tuple(dict.fromkeys((*found, *_waits_for_aws(loaded))))


def _aws_only(value: object, form: Form, path: str, given: frozenset[str]) -> Iterator[str]:
    form = chosen(value, form)
    if isinstance(form, Section) and is_mapping(value):
        for field in form.fields:
            below = join(path, field.name)
            if below not in given:
                continue
            if field.effect is Effect.AWS:
                yield below
            else:
                yield from _aws_only(value[field.name], field.form, below, given)
    elif isinstance(form, MapOf) and is_mapping(value):
        for key, item in value.items():
            yield from _aws_only(item, form.value, join(path, key), given)
    elif isinstance(form, ListOf) and isinstance(value, list):
        for at, item in enumerate(value):
            yield from _aws_only(item, form.item, join(path, at), given)


def _waits_for_aws(loaded: Loaded) -> Iterator[str]:
    """Waiting for a container that AWS would have added."""
    for path, waits in waits_of(loaded.body).values():
        yield from (join(path, name) for name in waits if name in OF_AWS)
