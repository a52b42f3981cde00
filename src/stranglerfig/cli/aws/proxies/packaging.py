"""`fig proxy package` on AWS."""

from __future__ import annotations

from pathlib import Path

from stranglerfig.aws.proxies.balancer import needs_of
from stranglerfig.aws.proxies.deploying import plan_deploy, planned_order
from stranglerfig.aws.synth.proxy.release import weights_id
from stranglerfig.aws.synth.proxy.template import weights_text
from stranglerfig.aws.workloads import lacking
from stranglerfig.cli.aws.packaging import print_difference, print_order, warn_of_lacking, write_order
from stranglerfig.cli.aws.proxies.place import environment_of, place_in
from stranglerfig.cli.aws.proxies.proxies import manifest_text, note
from stranglerfig.cli.aws.proxies.reaching import OnAws
from stranglerfig.cli.aws.work import wishes_of, working
from stranglerfig.cli.deploying.proxies import read
from stranglerfig.cli.output import say


def package(found: OnAws, folder: str | None, *, diff: bool, lenient: bool) -> int:
    """The exit status. Nothing on AWS is changed."""
    declaration = read(found.workspace, found.proxy, found.env, lenient=lenient)
    with working(wishes_of(found.given), patience=0) as work:
        env = environment_of(found, work)
        place = place_in(found, env)
        plan = plan_deploy(place, found.proxy, declaration, manifest_text(found))
        order = planned_order(place, plan)
        work.listen()
        if diff:
            return print_difference(place.stacks, order)
        if folder is None:
            print_order(order)
        else:
            write_order(order, Path(folder), f"{found.proxy}-{found.env}")
        note(plan, plan.after.name)
        for route, weight in plan.later.items():
            share = f"{weights_id(route)}={weights_text(weight)}"
            say(f"Route {route} has 0 % until its address is known to be healthy: give the stack {share} then.")
        warn_of_lacking(env, found.proxy, lacking(env, needs_of(found.proxy)))
    return 0
