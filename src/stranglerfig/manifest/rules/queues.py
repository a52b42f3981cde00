"""Rules about topics, and about queues that keep the order. Pure."""

from __future__ import annotations

from stranglerfig.manifest.rules.given import Problems, has, items, text


def possible_throughput(body: dict[str, object]) -> Problems:
    problems: Problems = [
        ("", f'must specify one, not both, of "high_throughput" and "{name}"')
        for name in ("deduplication_scope", "throughput_limit")
        if has(body, "high_throughput") and has(body, name)
    ]
    if text(body, "throughput_limit") == "perMessageGroupId" and text(body, "deduplication_scope") == "queue":
        problems.append(("throughput_limit", 'must not be "perMessageGroupId" if "deduplication_scope" is "queue"'))
    return problems


def topics_once(body: dict[str, object]) -> Problems:
    """One in order and one without are two, by whatever name."""
    first: dict[tuple[str, bool], int] = {}
    problems: Problems = []
    for index, topic in items(body, "topics"):
        name = text(topic, "name")
        if not name:
            continue
        before = first.setdefault((name, topic.get("fifo") not in (None, False)), index)
        if before != index:
            problems.append((f"topics[{index}].name", f'"{name}" is published already, by topics[{before}]'))
    return problems
