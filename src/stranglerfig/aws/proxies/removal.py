"""Takes a proxy away: its stack, the numbers of its rules, and what is written of its shifts."""

from __future__ import annotations

from stranglerfig.aws.environments import Environment
from stranglerfig.aws.proxies.numbering import forget_proxy
from stranglerfig.aws.proxies.opening import to_place
from stranglerfig.aws.proxies.place import Place
from stranglerfig.aws.proxies.shift_books import ShiftBooks
from stranglerfig.aws.stacks.delete import delete
from stranglerfig.aws.stacks.telling import Telling
from stranglerfig.aws.synth import names


def proxies_of(env: Environment) -> list[str]:
    """Names of those that are deployed there."""
    return to_place(env, {}).proxies()


def remove_proxy(place: Place, name: str, telling: Telling) -> None:
    """Its requests go where rules of services lead. Again is fine."""
    tags = {**place.tags, names.PROXY_TAG: name}
    stack = place.stacks.find_own(place.stack_name(name), tags)
    if stack is not None:
        delete(place.stacks, stack, role=place.role, telling=telling, patience=place.how.patience())
    place.how.change_sets.clear_name(place.stack_name(name), tags)
    forget_proxy(place, name)
    ShiftBooks(place).forget(name)


def forget_shifts(env: Environment) -> None:
    """Of all proxies: those that are deployed there are gone by then."""
    books = ShiftBooks(to_place(env, {}))
    for name in {entry.record.proxy.rpartition(".")[2] for entry in books.all()}:
        books.forget(name)
