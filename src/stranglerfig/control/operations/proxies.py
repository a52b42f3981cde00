"""The façades: make one, give it another default, remove one."""

from __future__ import annotations

from dataclasses import dataclass, replace

from stranglerfig.control.books import Undo
from stranglerfig.control.context import Control
from stranglerfig.control.loops import refuse_loop
from stranglerfig.control.operations.addresses import require_answerers, resolve_destination, settle_destination
from stranglerfig.control.operations.refactor_spaces.ownership import refuse_deleting_owned_proxy, refuse_owned_proxy
from stranglerfig.control.operations.shifting.guard import refuse_shifting
from stranglerfig.core.claims import refuse_taken
from stranglerfig.core.declared.checking import check_host
from stranglerfig.core.desired import Desired, Proxy, RouteSide, TargetGroup, UrlTargets
from stranglerfig.core.names import parse_name, to_slug
from stranglerfig.core.routing.rules import Order
from stranglerfig.errors import Conflict, UsageError


@dataclass(frozen=True, slots=True)
class NewProxy:
    """``to`` is a URL or the name of a target. ``port`` 0 takes a free one."""

    name: str
    to: str
    port: int = 0
    host: str = "127.0.0.1"
    order: Order = Order.SPECIFIC
    http2: bool = False


def default_group_name(proxy: str) -> str:
    # One that is deployed from a manifest has dots, and no target group of a user's own has.
    return to_slug(f"{proxy}-default", otherwise="target")


async def create_proxy(control: Control, wanted: NewProxy) -> Proxy:
    """The proxy answers when this returns. On failure there is neither a proxy nor a target group."""
    control.require_running()
    _check(control, wanted)
    destination = await resolve_destination(control, wanted.to, default_group_name(wanted.name))
    proxy = Proxy(wanted.name, wanted.host, wanted.port, destination.group, wanted.order, wanted.http2)
    refuse_loop(_with(control.books.desired, proxy, destination.new), proxy.name)
    proxy = replace(proxy, port=await control.router.claim(wanted.host, wanted.port))
    # Others may have come first while the port was opened.
    _check(control, wanted)
    destination = settle_destination(control, destination, default_group_name(wanted.name))
    proxy = replace(proxy, default=destination.group)
    undos: list[Undo] = []
    reason = f"proxy {proxy.name} to {wanted.to}"
    if destination.new is not None:
        undos.append(control.books.save_group(destination.new, reason))
    undos.append(control.books.save_proxy(proxy, reason))
    await control.applier.follow(*undos)
    return proxy


async def change_default(control: Control, name: str, to: str, *, force: bool) -> Proxy:
    """What no route takes goes to ``to``, for every new request, when this returns.

    Routes stay as they are: who kept the rest of a split keeps it. The target that was the default until now stays as
    well, or there would be no way back.
    """
    control.books.proxy(name)
    refuse_owned_proxy(control, name)
    destination = await resolve_destination(control, to, default_group_name(name))
    default = control.books.proxy(name).default_side
    if control.books.desired.running and not force and default != RouteSide(destination.group):
        await require_answerers(control, destination.group)
    # Read only now: others may have changed it while the destination was tried.
    before = control.books.proxy(name)
    destination = settle_destination(control, destination, default_group_name(name))
    proxy = replace(before, default=destination.group, base_path="")
    refuse_loop(_with(control.books.desired, proxy, destination.new), name)
    undos: list[Undo] = []
    reason = f"default {before.default or 'none'} to {destination.group}"
    if destination.new is not None:
        undos.append(control.books.save_group(destination.new, reason))
    undos.append(control.books.save_proxy(proxy, reason))
    await control.applier.follow(*undos)
    return proxy


async def delete_proxy(control: Control, name: str) -> None:
    """Its routes go with it, and the target group that was made for its URL, if nobody else uses it."""
    books = control.books
    proxy = books.proxy(name)
    refuse_deleting_owned_proxy(control, name)
    refuse_shifting(control, name)
    undos = [books.delete_proxy(name, "deleted by its user")]
    own = books.desired.groups.get(default_group_name(name))
    is_own = own is not None and own.name == proxy.default and isinstance(own.targets, UrlTargets)
    if own is not None and is_own and not books.users_of(own.name):
        undos.append(books.delete_group(own.name, f"made for proxy {name}, which is deleted"))
    await control.applier.follow(*undos)


def _check(control: Control, wanted: NewProxy) -> None:
    desired = control.books.desired
    parse_name(wanted.name, "proxy name")
    if wanted.name in desired.proxies:
        raise Conflict(
            f"proxy {wanted.name!r} exists already",
            hint=f"`fig proxy show {wanted.name}` shows it; choose another name, or delete it first.",
        )
    # An application has its proxy's name also where the proxy is not there yet, or could not be made.
    refuse_owned_proxy(control, wanted.name)
    check_host(wanted.host)
    if not 0 <= wanted.port <= 65_535:
        raise UsageError(f"bad port {wanted.port}: it is a number from 1 to 65535", hint="Use 0 for a free one.")
    if wanted.port:
        refuse_taken(desired, wanted.name, wanted.host, wanted.port)


def _with(desired: Desired, proxy: Proxy, group: TargetGroup | None) -> Desired:
    groups = desired.groups if group is None else {**desired.groups, group.name: group}
    return replace(desired, proxies={**desired.proxies, proxy.name: proxy}, groups=groups)
