"""Who may do what: the owner all, within the limits of the key; another account what the environment's policy says
(pure).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from stranglerfig.core.access import Caller
from stranglerfig.core.refactor_spaces.faults import denied
from stranglerfig.core.refactor_spaces.policy import Question, allows, tag_context
from stranglerfig.core.refactor_spaces.resources import Application, Environment, Resource, Route, Service

#: what a key of one path may do beside that path's routes: look, and make the services that they need
_BESIDE_PATHS = ("Get", "List", "CreateService", "DeleteService", "TagResource", "UntagResource")
_CREATED_BY = {
    Application: "refactor-spaces:ApplicationCreatedByAccount",
    Service: "refactor-spaces:ServiceCreatedByAccount",
    Route: "refactor-spaces:RouteCreatedByAccount",
}


@dataclass(frozen=True, slots=True)
class Deed:
    """``arn`` is what it is done to. ``source_path`` for routes with one; ``touched`` are the resources it concerns,
    outermost first; ``tags`` those that the request gives."""

    action: str
    arn: str
    source_path: str | None = None
    touched: tuple[Resource, ...] = ()
    tags: tuple[tuple[str, str], ...] = ()


def check_rights(caller: Caller, deed: Deed, environment: Environment | None, policy: str | None) -> None:
    """Raises the API's AccessDeniedException. ``environment`` None: one that is to be made, by whoever asks."""
    _check_path(caller, deed)
    if environment is None or caller.account == environment.facts.owner:
        return
    question = Question(caller.account, deed.action, deed.arn, _context(deed))
    if policy is None or not allows(policy, question):
        raise denied(caller.arn, deed.action, f"no resource policy of {environment.facts.id} allows it")


def is_below(source_path: str, prefix: str) -> bool:
    """On a segment boundary."""
    base = prefix.rstrip("/")
    return source_path == base or source_path.startswith(f"{base}/")


def _check_path(caller: Caller, deed: Deed) -> None:
    prefix = caller.path_prefix
    if prefix is None or deed.action.startswith(_BESIDE_PATHS):
        return
    if deed.source_path is None or not is_below(deed.source_path, prefix):
        raise denied(caller.arn, deed.action, f"its key is limited to routes below {prefix}")


def _context(deed: Deed) -> dict[str, tuple[str, ...]]:
    context: dict[str, tuple[str, ...]] = {}
    if deed.source_path is not None:
        context["refactor-spaces:SourcePath"] = (deed.source_path,)
    for resource in deed.touched:
        if type(resource) in _CREATED_BY:
            context[_CREATED_BY[type(resource)]] = (resource.facts.creator,)
    context["refactor-spaces:CreatedByAccountIds"] = tuple(_creators(deed.touched))
    if deed.touched:
        context |= tag_context("Resource", deed.touched[-1].facts.tags)
    return context | tag_context("Request", deed.tags) | {"aws:TagKeys": tuple(key for key, _ in deed.tags)}


def _creators(resources: Iterable[Resource]) -> Iterable[str]:
    return dict.fromkeys(one.facts.creator for one in resources if not isinstance(one, Environment))
