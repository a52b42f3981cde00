"""From an environment to the place where its proxies are."""

from __future__ import annotations

from collections.abc import Mapping

from stranglerfig.aws.environments import Environment
from stranglerfig.aws.proxies.place import Place


def to_place(env: Environment, body: Mapping[str, object]) -> Place:
    """``body`` is that of the environment's manifest."""
    return Place(
        env=env.facts(body),
        session=env.session,
        how=env.how,
        role=env.record.execution_role or None,
        tags=env.tags(),
    )
