"""Rules about queues that keep the order. Pure."""

from __future__ import annotations

from stranglerfig.manifest.rules.given import Problems, has, text


def possible_throughput(body: dict[str, object]) -> Problems:
    problems: Problems = [
        ("", f'must specify one, not both, of "high_throughput" and "{name}"')
        for name in ("deduplication_scope", "throughput_limit")
        if has(body, "high_throughput") and has(body, name)
    ]
    if text(body, "throughput_limit") == "perMessageGroupId" and text(body, "deduplication_scope") == "queue":
        problems.append(("throughput_limit", 'must not be "perMessageGroupId" if "deduplication_scope" is "queue"'))
    return problems
