"""Whether the demo kept its promises, and if not, which one it broke. *(pure)*"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from stranglerfig.demo.exchange import Event, Outcome


@dataclass(frozen=True, slots=True)
class PostsCheck:
    """Texts of posts. ``missing``: accepted (201) and not there; ``doubled``: there more than once; ``strays``: there,
    though nobody sent it. ``is_start_whole``: the posts of before are there, first and in their order.
    """

    accepted: int
    found: int
    missing: tuple[str, ...]
    doubled: tuple[str, ...]
    strays: tuple[str, ...]
    is_start_whole: bool


def compare_posts(events: Iterable[Event], start: Sequence[object], end: Sequence[dict[str, object]]) -> PostsCheck:
    """``start`` and ``end``: all posts as the forum lists them, before the first client and after the last.

    A post that was sent and not answered with 201 may be there or not, but not twice.
    """
    sent = [event for event in events if event.method == "POST"]
    accepted = [event.text for event in sent if event.outcome is Outcome.OK]
    tried = {event.text for event in sent}
    found = Counter(str(post.get("text")) for post in end[len(start) :])
    return PostsCheck(
        accepted=len(accepted),
        found=sum(found[text] > 0 for text in accepted),
        missing=tuple(text for text in accepted if not found[text]),
        doubled=tuple(text for text, times in found.items() if times > 1),
        strays=tuple(text for text in found if text not in tried),
        is_start_whole=list(end[: len(start)]) == list(start),
    )


def find_faults(failures: dict[str, int], requests: int, posts: PostsCheck | None) -> tuple[str, ...]:
    """Every promise that was broken, a sentence each; none: all were kept. ``posts`` None: not looked at."""
    faults = [f"{count} x {kind}" for kind, count in failures.items() if count]
    if not requests:
        faults.append("no request was made, so nothing is proved")
    if posts is None:
        faults.append("the posts were not compared")
    else:
        faults += find_post_faults(posts)
    return tuple(faults)


def find_post_faults(posts: PostsCheck) -> list[str]:
    faults = []
    if posts.missing:
        faults.append(f"{len(posts.missing)} accepted posts are missing")
    if posts.doubled:
        faults.append(f"{len(posts.doubled)} posts are there twice")
    if posts.strays:
        faults.append(f"{len(posts.strays)} posts are there that nobody sent")
    if not posts.is_start_whole:
        faults.append("the posts of before are not what they were")
    if not posts.accepted:
        faults.append("no post was accepted, so nothing is proved of them")
    return faults
