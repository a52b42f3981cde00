"""Secrets of an environment: values go in, names come out."""

from __future__ import annotations

import re

from stranglerfig.control.context import Control
from stranglerfig.errors import UsageError

#: names of SSM parameters and of Secrets Manager, and ARNs
_NAME = re.compile(r"[A-Za-z0-9/_.+=@:-]{1,512}")
LARGEST_VALUE = 65_536


def put_secret(control: Control, app: str, environment: str, name: str, value: str) -> None:
    control.applications.environment(app, environment)
    if not _NAME.fullmatch(name):
        raise UsageError(f"bad secret name {name!r}", hint="Use letters, digits and `/_.+=@:-`, as in `db_password`.")
    if len(value) > LARGEST_VALUE:
        raise UsageError(f"the value of {name} is longer than {LARGEST_VALUE} characters", hint="Keep it in a file.")
    control.applications.secrets.put(app, environment, name, value)
    control.books.store.journal("set secret", name, subject=f"environment {app}.{environment}")


def list_secrets(control: Control, app: str, environment: str) -> tuple[str, ...]:
    control.applications.environment(app, environment)
    return control.applications.secrets.names(app, environment)


def delete_secret(control: Control, app: str, environment: str, name: str) -> None:
    control.applications.environment(app, environment)
    control.applications.secrets.remove(app, environment, name)
    control.books.store.journal("delete secret", name, subject=f"environment {app}.{environment}")
