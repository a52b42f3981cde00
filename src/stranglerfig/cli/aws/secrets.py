"""`secret` on AWS."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from stranglerfig.aws.running.secrets import SecretStore
from stranglerfig.cli.aws.listing import environment
from stranglerfig.cli.aws.work import session_of


def secrets_of(app: str, env: str, given: Mapping[str, Any]) -> SecretStore:
    """Raises ``NotFound`` for an environment that was not begun there yet."""
    return SecretStore(environment(session_of(given), app, env))
