"""Who may do what: the owner all, within the limits of the key; another account what the environment's policy says
(pure).
"""

from __future__ import annotations

from dataclasses import dataclass

from stranglerfig.core.access import Caller
from stranglerfig.core.refactor_spaces.faults import denied
from stranglerfig.core.refactor_spaces.policy import Question, allows, tag_context
from stranglerfig.core.refactor_spaces.resources import Application, Environment, Resource, Route, Service

#: what a key of one path may do beside that path's routes: look, and make the services that they need
_BESIDE_PATHS = ("Get", "List", "CreateService", "DeleteService")
_TAGGING = ("TagResource", "UntagResource")
_CREATED_BY = {
    Application: "refactor-spaces:ApplicationCreatedByAccount",
    Service: "refactor-spaces:ServiceCreatedByAccount",
    Route: "refactor-spaces:RouteCreatedByAccount",
}
#: what a request makes was created by whoever asks
_CREATING = {f"Create{kind.__name__}": key for kind, key in _CREATED_BY.items()}


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
    arns = (deed.arn, deed.arn.partition("/application/")[0])
    # Whoever gives tags to what is made has to be allowed both.
    for action in (deed.action, *(["TagResource"] if deed.tags else [])):
        question = Question(caller.account, action, arns, _context(caller, deed))
        if policy is None or not allows(policy, question):
            raise denied(caller.arn, action, f"no resource policy of {environment.facts.id} allows it")


def is_below(source_path: str, prefix: str) -> bool:
    """On a segment boundary."""
    base = prefix.rstrip("/")
    return source_path == base or source_path.startswith(f"{base}/")


def _check_path(caller: Caller, deed: Deed) -> None:
    prefix = caller.path_prefix
    if prefix is None or deed.action.startswith(_BESIDE_PATHS):
        return
    if deed.action in _TAGGING and isinstance(deed.touched[-1], Service):
        return
    if deed.source_path is None or not is_below(deed.source_path, prefix):
        raise denied(caller.arn, deed.action, f"its key is limited to routes below {prefix}")


def _context(caller: Caller, deed: Deed) -> dict[str, tuple[str, ...]]:
    creators = {_CREATED_BY[type(one)]: one.facts.creator for one in deed.touched if type(one) in _CREATED_BY}
    if deed.action in _CREATING:
        creators[_CREATING[deed.action]] = caller.account
        tags = tag_context("Request", deed.tags)
    else:
        tags = tag_context("Resource", deed.touched[-1].facts.tags)
    context = {key: (account,) for key, account in creators.items()}
    if deed.source_path is not None:
        context["refactor-spaces:SourcePath"] = (deed.source_path,)
    return {
        **context,
        **tags,
        "refactor-spaces:CreatedByAccountIds": tuple(dict.fromkeys(creators.values())),
        "aws:PrincipalAccount": (caller.account,),
        "aws:TagKeys": tuple(key for key, _ in deed.tags),
    }
