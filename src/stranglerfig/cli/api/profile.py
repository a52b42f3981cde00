"""``fig api profile``."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from stranglerfig.cli import flags
from stranglerfig.cli.api.endpoint import require_endpoint
from stranglerfig.cli.api.files import Part, place_of
from stranglerfig.cli.api.flags import key as key_flag
from stranglerfig.cli.api.sections import is_ours, is_there, put, setting_of, take
from stranglerfig.cli.connect import to_aws
from stranglerfig.cli.lazy import verb
from stranglerfig.cli.output import done, recommend, warn
from stranglerfig.cli.prompt import confirm
from stranglerfig.errors import NotFound, Refused, UsageError

if TYPE_CHECKING:
    from stranglerfig.api.access.wire import AwsWire, KeyWire

#: What a name may hold beside letters and digits.
FURTHER = "._-"


@verb(
    "profile",
    examples="""
    fig api profile
    fig api profile team-a --key team-a
    fig api profile default --yes    takes the place of the profile that is used without a name
    fig api profile fig --remove
    """,
)
@click.argument("name", default="fig")
@key_flag
@click.option("--remove", is_flag=True, help="Take the profile away again.")
@flags.yes
def profile(name: str, key: str, remove: bool, yes: bool) -> None:
    """Write a profile of the AWS command line, of boto3 and of all other SDKs (`fig` without another name). Everything
    else in their two files stays as it is. A profile that fig did not write is asked for before it is replaced.

    The files are `~/.aws/config` and `~/.aws/credentials`, or those that AWS_CONFIG_FILE and
    AWS_SHARED_CREDENTIALS_FILE name.
    """
    check_name(name)
    parts = parts_of(name)
    if remove:
        take_away(name, parts)
        return
    client = to_aws()
    aws = client.show()
    require_endpoint(aws)
    found = client.key(key)
    if is_foreign(parts):
        confirm(f"Replace profile {name}, which fig did not write", yes=yes)
    config = parts[1]
    former = setting_of(config.read(), config.header, "endpoint_url")
    for part, settings in zip(parts, (to_secret(found), to_config(aws)), strict=True):
        part.change(lambda text, header=part.header, wanted=settings: put(text, header, wanted))  # type: ignore[misc]
    done(f"Profile {name} with access key {found['name']} is in {' and '.join(str(part.path) for part in parts)}.")
    if former not in ("", aws["endpoint"]):
        warn(f"It leads to {aws['endpoint']} now, and led to {former} before.")
    recommend(f"aws migration-hub-refactor-spaces list-environments --profile {name}")


def take_away(name: str, parts: tuple[Part, ...]) -> None:
    there = [part for part in parts if is_there(part.read(), part.header)]
    if not there:
        raise NotFound(
            f"there is no profile {name} in {' and '.join(str(part.path) for part in parts)}",
            hint="`aws configure list-profiles` lists those there are.",
        )
    if is_foreign(parts):
        raise Refused(
            f"profile {name} was not written by fig", hint=f"Take it out of {there[0].path} yourself, with an editor."
        )
    for part in there:
        part.change(lambda text, header=part.header: take(text, header))  # type: ignore[misc]
    done(f"Profile {name} is gone from {' and '.join(str(part.path) for part in there)}.")


def check_name(name: str) -> None:
    if not (name.isascii() and name[:1].isalnum() and all(one.isalnum() or one in FURTHER for one in name)):
        raise UsageError(
            f"{name!r} cannot name a profile: only letters, digits, dots, dashes and underscores",
            hint="Choose another name, like `fig` or `team-a`.",
        )


def parts_of(name: str) -> tuple[Part, Part]:
    """The secret first: a profile without one would be worse than a secret without profile."""
    header = name if name == "default" else f"profile {name}"
    return (
        Part(place_of("AWS_SHARED_CREDENTIALS_FILE", "credentials"), name, is_secret=True),
        Part(place_of("AWS_CONFIG_FILE", "config"), header, is_secret=False),
    )


def is_foreign(parts: tuple[Part, ...]) -> bool:
    texts = [(part.read(), part.header) for part in parts]
    return any(is_there(text, header) and not is_ours(text, header) for text, header in texts)


def to_secret(key: KeyWire) -> dict[str, str]:
    return {"aws_access_key_id": key["id"], "aws_secret_access_key": key["secret"]}


def to_config(aws: AwsWire) -> dict[str, str]:
    return {"region": aws["region"], "endpoint_url": require_endpoint(aws)}
