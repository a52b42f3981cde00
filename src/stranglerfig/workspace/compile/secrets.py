"""Which of the secrets that are kept here a manifest means. Pure.

On AWS a secret is a parameter, or one of Secrets Manager, by name or ARN. Here it may be kept under that very name, or
as ``fig secret init`` keeps it: under Copilot's own path, by a short name.
"""

from __future__ import annotations

import re

from stranglerfig.errors import UsageError
from stranglerfig.manifest.model import ContainerSpec, Pairs
from stranglerfig.workspace.values import LocalContext

#: What `fig secret init` does not take in a name.
_ODD = re.compile(r"[^A-Za-z0-9_.-]+")
_KIND = re.compile(r"^(?:parameter/|secret:)")


def to_secrets(spec: ContainerSpec, context: LocalContext) -> Pairs:
    """Pairs of variable and the name that is kept. Raises ``UsageError`` with all that have no value here."""
    found = {secret.name: find_secret(secret.name, context) for secret in spec.secrets}
    missing = sorted(short_name(name, context) for name, kept in found.items() if kept is None)
    if missing:
        several = len(missing) > 1
        raise UsageError(
            f"{spec.name} needs {'secrets' if several else 'the secret'} {', '.join(missing)}, which "
            f"{'have' if several else 'has'} no value in {context.environment}",
            hint=f"Set it with `fig secret init --name {missing[0]} --values {context.environment}=VALUE`.",
        )
    return tuple((secret.variable, found[secret.name] or "") for secret in spec.secrets)


def find_secret(name: str, context: LocalContext) -> str | None:
    for candidate in (name, folder(context) + short_name(name, context)):
        if candidate in context.secrets:
            return candidate
    return None


def short_name(name: str, context: LocalContext) -> str:
    """What to call it for `fig secret init`. Distinct names stay apart but for their punctuation."""
    if name.startswith(folder(context)):
        name = name.removeprefix(folder(context))
    elif name.startswith("arn:"):
        name = _KIND.sub("", name.split(":", 5)[-1])
    return _ODD.sub("_", name).strip("_")


def folder(context: LocalContext) -> str:
    """Copilot's path of the parameters of an environment."""
    return f"/copilot/{context.app}/{context.environment}/secrets/"
