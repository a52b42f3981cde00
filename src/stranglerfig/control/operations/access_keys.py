"""Keys of the AWS API: made, rotated and forgotten. One name may have several, of which the newest is handed out."""

from __future__ import annotations

import re
import secrets

from stranglerfig.control.context import Control
from stranglerfig.core.access import AccessKey
from stranglerfig.errors import Conflict, NotFound, UsageError

DEFAULT = "default"
NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
PATH = re.compile(r"(/([a-zA-Z0-9._:-]+|\{[a-zA-Z0-9._:-]+\}))+")
#: What AWS makes ids of.
LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"
SECRET_BYTES = 30


def view_keys(control: Control) -> tuple[AccessKey, ...]:
    """By name, and of one name the newest first."""
    return control.keys.all()


def create_key(
    control: Control, name: str, *, read_only: bool = False, path_prefix: str | None = None, account: str | None = None
) -> AccessKey:
    """``account`` None: this machine's own. Raises ``Conflict`` if the name has a key."""
    _check(name, path_prefix, account)
    if _named(control, name):
        raise Conflict(
            f"access key {name} exists already",
            hint=f"Run `fig api keys rotate {name}` for a new secret, or choose another name.",
        )
    return _make(control, name, account or control.identity.account, read_only, path_prefix)


def ensure_key(control: Control, name: str) -> AccessKey:
    """The newest of that name; the default is made when there is none."""
    found = _named(control, name)
    if found:
        return found[0]
    if name == DEFAULT:
        return create_key(control, name)
    raise _unknown(control, name)


def rotate_key(control: Control, name: str, *, expire_old: bool) -> AccessKey:
    """A new key with the name and the limits of the newest one. Those that were there go on working until they are
    deleted, which ``expire_old`` does at once.
    """
    old = _named(control, name)
    if not old:
        raise _unknown(control, name)
    made = _make(control, name, old[0].account, old[0].read_only, old[0].path_prefix)
    for key in old if expire_old else ():
        control.keys.delete(key.id, "rotated")
    return made


def delete_key(control: Control, name: str) -> tuple[AccessKey, ...]:
    """All keys of a name, or the one with that id. What they are is told; they open nothing any more."""
    gone = _named(control, name) or [key for key in control.keys.all() if key.id == name]
    if not gone:
        raise _unknown(control, name)
    for key in gone:
        control.keys.delete(key.id, "fig api keys delete")
    return tuple(gone)


def _make(control: Control, name: str, account: str, read_only: bool, path_prefix: str | None) -> AccessKey:
    key = AccessKey(
        id="AKIA" + "".join(secrets.choice(LETTERS) for _ in range(16)),
        secret=secrets.token_urlsafe(SECRET_BYTES),
        name=name,
        account=account,
        created_at=control.refactoring.wall(),
        read_only=read_only,
        path_prefix=path_prefix,
    )
    control.keys.save(key, f"access key {name}")
    return key


def _named(control: Control, name: str) -> list[AccessKey]:
    return [key for key in control.keys.all() if key.name == name]


def _unknown(control: Control, name: str) -> NotFound:
    known = ", ".join(dict.fromkeys(key.name for key in control.keys.all())) or "none"
    return NotFound(f"no access key {name} (known: {known})", hint=f"Run `fig api keys create {name}` first.")


def _check(name: str, path_prefix: str | None, account: str | None) -> None:
    if not NAME.fullmatch(name):
        raise UsageError(
            f"{name!r} cannot name an access key: only letters, digits, dots, dashes and underscores, 64 at most",
            hint="Choose another name, like `team-a`.",
        )
    if path_prefix is not None and not PATH.fullmatch(path_prefix):
        raise UsageError(
            f"{path_prefix!r} is not a path that routes can have",
            hint="Write it from its first slash and without one at its end, like `/api/users`.",
        )
    if account is not None and not re.fullmatch("[0-9]{12}", account):
        raise UsageError(f"{account!r} is not an account of AWS", hint="Write twelve digits, like `123456789012`.")
