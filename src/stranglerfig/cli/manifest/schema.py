"""``fig manifest schema``."""

from __future__ import annotations

from collections.abc import Iterable

import click

from stranglerfig.cli.lazy import verb
from stranglerfig.cli.output import show
from stranglerfig.errors import UsageError

#: What people call the kinds, besides their types.
SHORT = {
    "lbws": "Load Balanced Web Service",
    "web": "Load Balanced Web Service",
    "backend": "Backend Service",
    "rdws": "Request-Driven Web Service",
    "worker": "Worker Service",
    "job": "Scheduled Job",
    "static": "Static Site",
    "proxy": "Strangler Proxy",
    "env": "Environment",
    "environment": "Environment",
    "pipeline": "Pipeline",
}


@verb(
    "schema",
    examples="""
    fig manifest schema lbws > lbws.schema.json
    fig manifest schema 'Scheduled Job'
    """,
)
@click.argument("kind")
def schema(kind: str) -> None:
    """The fields of a KIND as JSON Schema (2020-12), for completion and checks in editors.

    KIND is a manifest's type, or short: lbws, backend, rdws, worker, job, static, proxy, environment,
    pipeline.
    """
    import json

    from stranglerfig.manifest.json_schema import to_json_schema
    from stranglerfig.manifest.kinds import KINDS

    show(json.dumps(to_json_schema(KINDS[type_of(kind, KINDS)]), indent=2, ensure_ascii=False))


def type_of(kind: str, types: Iterable[str]) -> str:
    from stranglerfig.manifest.nearest import nearest

    by_name = {**SHORT, **{name.lower(): name for name in types}}
    found = by_name.get(kind.lower())
    if found is None:
        near = nearest(kind, by_name)
        hint = f"Did you mean {near}?" if near else f"The kinds are: {', '.join(SHORT)}."
        raise UsageError(f"there is no kind of manifest {kind!r}", hint=hint)
    return found
