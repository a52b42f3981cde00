"""`task exec` on AWS."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from stranglerfig.aws.one_off.finding import group_of
from stranglerfig.aws.one_off.runs import copies_of
from stranglerfig.aws.running.entering import enter, find_plugin
from stranglerfig.cli.aws.running.entering import become
from stranglerfig.cli.aws.statuses import SHORT
from stranglerfig.cli.aws.target import Where
from stranglerfig.cli.aws.tasks.places import choose, flags_of, place_of
from stranglerfig.cli.follow_ups import strong
from stranglerfig.cli.inside.enter import to_words
from stranglerfig.cli.output import say
from stranglerfig.cli.task.following import RUNNING
from stranglerfig.cli.watch.streams import is_meant
from stranglerfig.errors import NotFound


def enter_task(where: Where, name: str | None, given: Mapping[str, Any]) -> None:
    """This process becomes the plugin, and does not return."""
    to_words(given["command"])
    plugin = find_plugin()
    place, wanted = place_of(where, given), given["task_id"]
    name = group_of(choose(place, name))
    running = [one for one in copies_of(place, name) if one.status == RUNNING]
    meant = [one for one in running if wanted is None or is_meant(one.id, wanted)]
    if not meant:
        raise NotFound(
            f"task {name} has no copy {wanted} that runs" if wanted else f"task {name} does not run",
            hint=f"`fig task ls {flags_of(where)}` shows how its last run fares.",
        )
    one = meant[-1]
    found = place.client("ecs").describe_tasks(cluster=one.cluster, tasks=[one.arn])["tasks"]
    if not found:
        raise NotFound(
            f"copy {one.id[:SHORT]} of task {name} is gone", hint=f"`fig task ls {flags_of(where)}` shows what runs."
        )
    entrance = enter(place.session, place.region, found[0], name, given["command"])
    say(f"Copy {one.id[:SHORT]} of task {strong(name)}: {given['command']}")
    become(plugin, entrance)
