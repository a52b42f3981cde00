"""`fig proxy` on AWS."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from stranglerfig.aws.deleting import has_features, leave_features
from stranglerfig.aws.proxies.balancer import bring_balancer
from stranglerfig.aws.proxies.deploying import ProxyPlan, carry_out, plan_deploy
from stranglerfig.aws.proxies.place import DeployedProxy, Place, readable
from stranglerfig.aws.proxies.removal import remove_proxy
from stranglerfig.aws.proxies.rules import live_weights
from stranglerfig.aws.stacks.values import Ended, Outcome
from stranglerfig.aws.synth.proxy.release import ProxyRelease, is_split
from stranglerfig.aws.synth.proxy.settle import left_aside
from stranglerfig.aws.synth.proxy.weights import fitting
from stranglerfig.cli.asking.questions import Option, Question, ask_one
from stranglerfig.cli.aws.proxies.place import environment_of, place_in, place_of, reach
from stranglerfig.cli.aws.proxies.reaching import OnAws
from stranglerfig.cli.aws.proxies.routes import in_tenths, wires
from stranglerfig.cli.aws.work import tell_interrupted, wishes_of, working
from stranglerfig.cli.deploying.difference import coloured, render_difference
from stranglerfig.cli.deploying.proxies import read
from stranglerfig.cli.follow_ups import created, strong
from stranglerfig.cli.output import done, percent, plural, recommend, say, show, show_json, show_table, warn
from stranglerfig.cli.prompt import confirm
from stranglerfig.cli.views import expiry, route_table
from stranglerfig.core.application import group_name
from stranglerfig.core.declared.writing import to_body
from stranglerfig.core.desired import Proxy
from stranglerfig.errors import NotFound
from stranglerfig.workspace.find import proxy_file
from stranglerfig.workspace.proxy_text import as_written


def deploy(
    found: OnAws, *, diff: bool = False, force: bool = False, lenient: bool = False, as_json: bool = False
) -> None:
    declaration, text = read(found.workspace, found.proxy, found.env, lenient=lenient), manifest_text(found)
    with working(wishes_of(found.given)) as work:
        env = environment_of(found, work)
        place = place_in(found, env)
        steps = work.steps(f"Proxy {found.proxy}")
        place.how.telling = steps
        with work.step(steps):
            plan = plan_deploy(place, found.proxy, declaration, text, force=force)
            if diff and not as_json:
                with work.board.aside():
                    for line in difference(plan) or ["No changes."]:
                        show(line)
                work.confirm(f"Deploy proxy {found.proxy} to {found.env}")
            bring_balancer(env, found.proxy)
            plan, outcome = carry_out(place, plan)
        work.end(steps, outcome)
    if not outcome.is_good:
        tell_interrupted(f"Proxy {strong(found.proxy)} of {found.env}", outcome)
        raise KeyboardInterrupt
    proxy = place.require(found.proxy)
    if as_json:
        show_json({"name": proxy.proxy.name, "url": url_of(place, found.proxy), "outcome": outcome.ended.value})
    report(place, plan, proxy, outcome.ended, is_shown=diff)


def report(place: Place, plan: ProxyPlan, proxy: DeployedProxy, ended: Ended, *, is_shown: bool) -> None:
    if ended is Ended.UNCHANGED:
        say(f"  {strong(plan.name)} is unchanged: nothing to deploy.")
    else:
        routes = len(proxy.proxy.routes)
        what = plural(routes, "route") if routes else "no routes"
        done(f"Proxy {strong(proxy.proxy.name)} answers on {created(url_of(place, plan.name))}, with {what}.")
        for line in [] if is_shown or plan.before is None else difference(plan):
            say(f"  {line}")
    note(plan, proxy.proxy.name)
    for wire in wires(place, proxy):
        if expiry(wire).endswith("(over)"):
            warn(f"route {wire['id']} was to live until {wire['expires']}.")
    if ended is not Ended.UNCHANGED:
        recommend(f"fig route ls {proxy.proxy.name}")


def note(plan: ProxyPlan, name: str) -> None:
    """What the manifest says, and a deploy does not do."""
    aside = left_aside(plan.declaration)
    if aside:
        say(f"For this machine alone, and left aside: {', '.join(aside)}.")
    for route in plan.release.routes:
        if is_split(route) and fitting(route.weight) != route.weight:
            say(in_tenths(route.weight, f" of route {route.id}"))
    for left in plan.left:
        say(
            f"Route {left.route} has {percent(left.weight / 100)}, set since: the manifest's"
            f" {percent(left.declared / 100)} is left aside until it says another."
        )
        recommend(f"fig route set {name} {left.route} --weight {left.declared / 100:g}")
    for shifting in plan.shifting:
        say(f"Route {shifting} is being shifted: its weight is left to its shift.")
    waiting = [route for route in plan.after.routes if route.shift is not None and route.weight == 0]
    for route in waiting:
        if route.id not in plan.shifting:
            say(f"Route {route.id} waits for its shift: `fig shift start {name} {route.id}` begins and watches it.")


def diff(found: OnAws, *, lenient: bool, as_json: bool) -> bool:
    """Whether a deploy would change anything of the proxy."""
    declaration = read(found.workspace, found.proxy, found.env, lenient=lenient)
    plan = plan_deploy(place_of(found), found.proxy, declaration, manifest_text(found))
    lines = difference(plan)
    if as_json:
        before, after = bodies(plan)
        show_json({"name": plan.after.name, "before": before, "after": after})
    else:
        for line in lines or ["No changes."]:
            show(line)
        note(plan, plan.after.name)
    return bool(lines)


def difference(plan: ProxyPlan) -> list[str]:
    before, after = bodies(plan)
    # Each route of a new proxy is a line of its own.
    known = before or {**dict.fromkeys(after), "routes": {}}
    return [coloured(line) for line in render_difference(as_written(known), as_written(after))]


def bodies(plan: ProxyPlan) -> tuple[dict[str, Any] | None, dict[str, Any]]:
    """As manifests have them; of what is there, with the weights that are in force."""
    before = plan.before
    there = None if before is None else body_of(before.with_weights(plan.live), before)
    return there, body_of(plan.after, plan.release)


def body_of(proxy: Proxy, source: DeployedProxy | ProxyRelease) -> dict[str, Any]:
    """Where it listens is the environment's to say."""
    body = to_body(readable(proxy, source.urls), {})
    return {name: value for name, value in body.items() if name != "port"}


def ls(found: Sequence[OnAws], *, as_json: bool) -> None:
    rows = [described(place, place.require(name)) for place in map(place_of, found) for name in place.proxies()]
    if as_json:
        show_json(rows)
    elif rows:
        head = ("NAME", "URL", "DEFAULT", "ROUTES")
        show_table(head, ((one["name"], one["url"], one["default"], len(one["routes"])) for one in rows))
    else:
        say(
            f"There are no proxies in {', '.join(one.env for one in found)}."
            if found
            else "There are no proxies on AWS."
        )
        recommend(*(f"fig proxy deploy --env {one.env}" for one in found[:1]))


def choose(found: OnAws, question: Question) -> OnAws:
    """One of those that the environment has. Raises ``NotFound``."""
    names = place_of(found).proxies()
    if not names:
        raise NotFound(f"there are no proxies in {found.env}", hint=f"`fig proxy deploy --env {found.env}` brings one.")
    return replace(found, proxy=ask_one(question, [Option(name) for name in names]))


def described(place: Place, proxy: DeployedProxy) -> dict[str, Any]:
    default = readable(proxy.proxy, proxy.urls).default
    url, routes = url_of(place, proxy.name), wires(place, proxy)
    return {"name": proxy.proxy.name, "url": url, "default": default, "routes": routes}


def show_proxy(found: OnAws, *, as_json: bool) -> None:
    place, proxy = reach(found)
    seen = described(place, proxy)
    if as_json:
        show_json(seen)
        return
    show(f"Proxy     {seen['name']}")
    show(f"URL       {seen['url']}")
    show(f"Default   {seen['default']}")
    show(f"Manifest  {proxy.proxy.declared_by}")
    show(f"Stack     {proxy.stack.name}")
    if seen["routes"]:
        show()
        show_table(*route_table(seen["routes"]))


def body_in_force(found: OnAws) -> dict[str, Any]:
    """As a manifest has it, with the weights that are in force."""
    place, proxy = reach(found)
    return body_of(proxy.with_weights(live_weights(place, proxy)), proxy)


def delete(found: OnAws) -> None:
    """Requests go to the services' own rules from then on."""
    confirm(
        f"Delete proxy {found.proxy} of {found.env}: its requests go where rules of services lead",
        yes=found.given.get("yes") is True,
    )
    with working(wishes_of(found.given)) as work:
        env = environment_of(found, work)
        place = place_in(found, env)
        if not has_features(env, found.proxy):
            place.require(found.proxy)
        steps = work.steps(f"Proxy {found.proxy}")
        env.how.telling = steps
        with work.step(steps):
            remove_proxy(place, found.proxy, steps)
            leave_features(env, found.proxy, steps.say)
        work.end(steps, Outcome(Ended.DEPLOYED))
    done(f"Proxy {group_name(found.workspace.app, found.env, found.proxy)} is gone; services are untouched.")


def url_of(place: Place, name: str) -> str:
    env = place.env
    if env.has_own_domain:
        return f"https://{name}.{env.name}.{env.app.name}.{env.app.domain}"
    return f"{'https' if env.public_certificates else 'http'}://{place.outputs['PublicLoadBalancerDNSName']}"


def manifest_text(found: OnAws) -> str:
    """As it is written: what variables hold is nobody's business there."""
    return Path(found.workspace.root, proxy_file(found.workspace, found.proxy).path).read_text()
