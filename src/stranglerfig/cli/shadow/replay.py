"""``fig shadow replay``."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, cast

import click

from stranglerfig.cli import flags
from stranglerfig.cli.lazy import verb
from stranglerfig.cli.output import plural, say, show, show_json
from stranglerfig.cli.shadow import wishes as shared
from stranglerfig.errors import UsageError

if TYPE_CHECKING:
    from stranglerfig.api.shadows.wire import DifferenceWire, ReportWire
    from stranglerfig.core.compare.report import Report
    from stranglerfig.core.traffic.har import Entry
    from stranglerfig.shadow.replay import Wishes

EXIT_STATUS = {"PASS": 0, "FAIL": 1, "INCONCLUSIVE": 6}
INTERRUPTED = 130


@verb(
    "replay",
    examples="""
    fig shadow replay shop.har --to http://127.0.0.1:9101 --against http://127.0.0.1:8000
    fig shadow replay shop.har --to https://users.test --ignore '$.**.updatedAt' --normalise '$.tags=unordered'
    fig shadow replay shop.har --to http://127.0.0.1:9101 -H "Authorization: Bearer $TOKEN" --junit report.xml
    """,
)
@click.argument("file", metavar="FILE", type=click.Path(dir_okay=False, allow_dash=True))
@click.option("--to", required=True, metavar="URL", help="The candidate.")
@click.option("--against", metavar="URL", help="Legacy, asked twice. Without it the recorded answers are legacy's.")
@click.option("--rate", type=shared.rate, default="20/s", metavar="N/s", help="Requests of FILE a second (20/s).")
@click.option("--concurrency", type=click.IntRange(1, 64), default=8, show_default=True, help="So many at a time.")
@shared.timeout
@shared.max_body
@click.option("--limit", type=click.IntRange(min=1), metavar="N", help="Only the first N that are sent.")
@click.option("--host", "hosts", multiple=True, metavar="HOST", help="Requests to this host (that of FILE's first).")
@click.option("--path", metavar="PREFIX", default="/", help="Only paths that begin so.")
@flags.methods
@click.option("-H", "--header", "headers", multiple=True, metavar="'N: V'", help="Sent instead of the recorded one.")
@click.option(
    "--host-header",
    type=click.Choice(["preserve", "target"]),
    help="Which Host is sent: the recorded one or the URL's (as for `fig target add`).",
)
@shared.writes
@shared.ignore
@shared.normalise
@shared.redact
@shared.reveal
@click.option("--max-mismatch", type=shared.share, default="0%", metavar="%", help="So many answers may differ (0%).")
@click.option("--junit", type=click.Path(dir_okay=False), metavar="FILE", help="Write JUnit XML for a build server.")
@flags.as_json
@click.pass_context
def replay(
    ctx: click.Context, /, file: str, max_mismatch: float, junit: str | None, as_json: bool, **given: object
) -> None:
    """Send the requests of a HAR file to a candidate and to legacy, and compare the answers. Needs no daemon.

    Legacy is asked twice: what differs between its own answers is noise. Each copy has the header X-Fig-Shadow. Only
    GET, HEAD and OPTIONS are sent unless --writes is given. With --json also an example of each difference.

    \b
    Exit status: 0 PASS, 1 FAIL (more answers differ than may), 6 INCONCLUSIVE (nothing could be compared),
    130 after Ctrl-C, with what was seen until then.
    """
    from stranglerfig.cli.shadow.screen import render_report
    from stranglerfig.core.compare.conclusion import conclude, to_document

    if junit is not None:
        check_writable(junit)
    entries, wishes = chosen(read(file), given), to_wishes(given)
    report, is_whole = play(entries, wishes)
    document = cast("ReportWire", to_document(report, conclude(report, max_mismatch)))
    if junit is not None:
        from stranglerfig.cli.shadow.junit import to_junit

        Path(junit).write_bytes(to_junit(document))
    if as_json:
        show_json({**document, "examples": differences(report)})
    else:
        for line in render_report(document):
            show(line)
    ctx.exit(EXIT_STATUS[document["verdict"]] if is_whole else INTERRUPTED)


def check_writable(file: str) -> None:
    """Before anything is sent: a replay may take long."""
    try:
        Path(file).open("ab").close()
    except OSError as error:
        raise UsageError(f"cannot write {file}: {error.strerror}", hint="Name a file in a folder of yours.") from error


def read(file: str) -> tuple[Entry, ...]:
    from stranglerfig.core.traffic.har import read_har

    try:
        text = sys.stdin.buffer.read() if file == "-" else Path(file).read_bytes()
    except OSError as error:
        raise UsageError(
            f"cannot read {file}: {error.strerror}", hint="`fig shadow record` writes such a file, browsers do too."
        ) from error
    recording = read_har(text, "what stands on stdin" if file == "-" else file)
    if recording.broken:
        tell_left_out(recording.broken, "unreadable")
    return recording.entries


def chosen(entries: tuple[Entry, ...], given: dict[str, object]) -> list[Entry]:
    """What is to be sent; what is not is told."""
    hosts = cast("tuple[str, ...]", given["hosts"]) or tuple(entry.copy.host for entry in entries[:1])
    of_host = [entry for entry in entries if "*" in hosts or entry.copy.host in hosts]
    tell_left_out(len(entries) - len(of_host), "to other hosts (--host takes them)")
    methods = [method.upper() for method in cast("tuple[str, ...]", given["methods"])]
    matching = [
        entry
        for entry in of_host
        if entry.copy.path.startswith(str(given["path"])) and (not methods or entry.copy.method in methods)
    ]
    sent = [entry for entry in matching if entry.copy.is_safe or given["writes"]]
    tell_left_out(len(matching) - len(sent), "that may change something (--writes takes them)")
    return sent[: cast("int | None", given["limit"])]


def tell_left_out(count: int, why: str) -> None:
    if count:
        say(f"{plural(count, 'request')} left out: {why}")


def to_wishes(given: dict[str, object]) -> Wishes:
    from stranglerfig.core.compare.jobs import Bounds
    from stranglerfig.core.compare.redaction import Policy
    from stranglerfig.core.topology import HostHeader
    from stranglerfig.core.urls import parse_target_url
    from stranglerfig.shadow.replay import Wishes

    texts = cast("dict[str, tuple[str, ...]]", given)
    return Wishes(
        to=parse_target_url(str(given["to"])),
        against=None if given["against"] is None else parse_target_url(str(given["against"])),
        headers=tuple(map(to_header, texts["headers"])),
        host_header=None if given["host_header"] is None else HostHeader(given["host_header"]),
        rules=shared.field_rules(texts["ignore"], texts["normalise"]),
        policy=Policy(more=texts["redact"], allowed=texts["reveal"]),
        rate=cast("float", given["rate"]),
        concurrency=cast("int", given["concurrency"]),
        bounds=Bounds(cast("float", given["timeout"]), cast("int", given["max_body"])),
    )


def to_header(text: str) -> tuple[str, str]:
    name, mark, value = text.partition(":")
    if not mark or not name.strip():
        raise UsageError(f"bad header {text!r}: it has no colon", hint="Write it as `-H 'Authorization: Bearer …'`.")
    return name.strip(), value.strip()


def play(entries: list[Entry], wishes: Wishes) -> tuple[Report, bool]:
    """Whether all were sent is the second: Ctrl-C ends it early."""
    import asyncio

    from stranglerfig.cli.shadow.progress import run_with_progress

    return asyncio.run(run_with_progress(entries, wishes))


def differences(report: Report) -> list[DifferenceWire]:
    from stranglerfig.core.compare.conclusion import find_difference
    from stranglerfig.core.compare.report import difference_id

    ids = [difference_id(endpoint, spot) for endpoint in report.sorted() for spot in endpoint.spots()]
    return [cast("DifferenceWire", find_difference(report, id)) for id in ids]
