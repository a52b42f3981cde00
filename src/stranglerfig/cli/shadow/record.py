"""``fig shadow record``."""

from __future__ import annotations

import base64
import contextlib
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, cast

import click

from stranglerfig.cli import flags
from stranglerfig.cli.connect import to_daemon, to_shadows
from stranglerfig.cli.lazy import verb
from stranglerfig.cli.names import complete_route
from stranglerfig.cli.output import done, plural, recommend, require_free
from stranglerfig.cli.quantities import seconds
from stranglerfig.cli.route.address import route_id
from stranglerfig.cli.shadow import wishes as shared
from stranglerfig.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from stranglerfig.api.shadows.wire import RecordedWire, RecordRequests
    from stranglerfig.core.compare.redaction import Redactor


@verb(
    "record",
    examples="""
    fig shadow record shop shop.har
    fig shadow record shop users.har --route /api/users --for 10m --count 500 --sample 10%
    fig shadow record shop shop.har --unredacted
    """,
)
@flags.proxy
@click.argument("file", type=click.Path(dir_okay=False, writable=True))
@click.option("--route", metavar="ROUTE", shell_complete=complete_route, help="Only requests of this route.")
@click.option("--for", "length", type=seconds, default="60s", metavar="TIME", help="How long (60s).")
@click.option("--count", type=click.IntRange(1, 100_000), default=1_000, help="No more requests than that (1000).")
@click.option("--sample", type=shared.share, default="100%", metavar="%", help="The share that is recorded (100%).")
@click.option("--writes", is_flag=True, help="POST, PUT, PATCH and DELETE, too.")
@click.option("--unredacted", is_flag=True, help="With cookies, tokens and all other secrets.")
@shared.redact
@shared.reveal
@flags.overwrite
def record(proxy: str, file: str, route: str | None, force: bool, **given: object) -> None:
    """Write requests of a proxy as they pass into a HAR file, which `fig shadow replay` sends again.

    Secrets are redacted, so a replay may need `-H 'Authorization: …'`. Of the answers only the status is recorded.
    Ctrl-C ends it early; the file is whole then, too.
    """
    require_free(Path(file), force=force)
    texts = cast("dict[str, tuple[str, ...]]", given)
    wanted: RecordRequests = {
        "seconds": cast("float", given["length"]),
        "count": cast("int", given["count"]),
        "sample": 100 * cast("float", given["sample"]),
        "writes": bool(given["writes"]),
    }
    if route is not None:
        wanted["route"] = route_id(to_daemon(), proxy, route)
    found = to_shadows().record(proxy, wanted)
    redactor = None if given["unredacted"] else to_redactor(texts["redact"], texts["reveal"])
    count = write(file, found, redactor)
    done(f"{file} has {plural(count, 'request')} of {proxy}.")
    if count:
        recommend(f"fig shadow replay {file} --to URL --against URL")


def to_redactor(more: tuple[str, ...], allowed: tuple[str, ...]) -> Redactor:
    """One for all: what is equal stays equal in the whole file."""
    from stranglerfig.core.compare.redaction import Policy, Redactor

    return Redactor(Policy(more, allowed))


def write(file: str, found: Iterator[RecordedWire], redactor: Redactor | None) -> int:
    """Readable by its owner alone. The number of requests in it."""
    from stranglerfig import __version__
    from stranglerfig.core.traffic.har import HAR_TAIL, har_head

    count = 0
    try:
        stream = os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8")
        # It may have been there, open to others.
        os.fchmod(stream.fileno(), 0o600)
    except OSError as error:
        raise UsageError(f"cannot write {file}: {error.strerror}", hint="Name a file in a folder of yours.") from error
    with stream:
        stream.write(har_head(__version__))
        try:
            with contextlib.suppress(KeyboardInterrupt):
                for one in found:
                    stream.write(f"{',' if count else ''}\n{entry(one, redactor)}")
                    count += 1
                    if sys.stderr.isatty():
                        click.echo(f"\r{count:,} requests", err=True, nl=False)
        finally:
            stream.write(HAR_TAIL)
    if count and sys.stderr.isatty():
        click.echo("\r\033[K", err=True, nl=False)
    return count


def entry(one: RecordedWire, redactor: Redactor | None) -> str:
    from stranglerfig.core.compare.copies import Copy
    from stranglerfig.core.traffic.har import write_entry

    headers = tuple((name, value) for name, value in one["headers"])
    copy = Copy(one["method"], one["target"], one["host"], headers, base64.b64decode(one["body"]))
    return write_entry(copy, one["at"], one["status"], one["ms"], redactor)
