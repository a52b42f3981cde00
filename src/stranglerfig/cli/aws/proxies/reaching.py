"""Whether a proxy that is named is one on AWS. Nothing of AWS is loaded for that."""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from stranglerfig.cli import workspace_flags as flags
from stranglerfig.cli.aws.target import ACCESS, AWS, access, is_on_aws, note_local, require_known
from stranglerfig.core.application import PARTS_OF_A_GROUP, group_name
from stranglerfig.errors import UsageError

if TYPE_CHECKING:
    from stranglerfig.workspace.values import Workspace


@dataclass(frozen=True)
class OnAws:
    """``proxy`` is its manifest's name; empty: all of the environment. ``given`` are flags."""

    workspace: Workspace
    env: str
    proxy: str = ""
    given: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Where:
    """What ``--env`` and the flags beside it say."""

    env: str | None
    given: Mapping[str, Any]

    def locate(self, proxy: str) -> tuple[str, OnAws | None]:
        """What the proxy is called here, or on AWS: SHOP with ``--env``, or APP.ENVIRONMENT.SHOP."""
        from stranglerfig.cli.scope.places import workspace_here, workspace_or_none

        parts = proxy.split(".")
        is_full = len(parts) == PARTS_OF_A_GROUP
        workspace = workspace_here() if self.env else workspace_or_none() if is_full else None
        if workspace is not None:
            app, env, name = parts if is_full else (workspace.app, self.env or "", proxy)
            if app == workspace.app and env == (self.env or env) and is_on_aws(workspace, env):
                return group_name(app, env, name), OnAws(workspace, env, name, self.given)
            if self.env and not is_full:
                require_known(workspace, self.env)
                proxy = group_name(workspace.app, self.env, proxy)
        note_local(self.given)
        return proxy, None

    def listed(self, what: str, target: str) -> list[OnAws] | None:
        """Where all ``what`` are shown: on AWS, as ``target`` says or ``--env``; None: on this machine."""
        if target != AWS:
            one = self.environment(what)
            return None if one is None else [one]
        from stranglerfig.cli.aws.listing import environment_names
        from stranglerfig.cli.scope.places import workspace_here

        workspace = workspace_here()
        _, names = environment_names(workspace.app, self.env, self.given)
        return [OnAws(workspace, name, given=self.given) for name in names]

    def environment(self, what: str) -> OnAws | None:
        """All of ``--env``, if that is on AWS."""
        from stranglerfig.cli.scope.places import workspace_here

        if self.env is None:
            note_local(self.given)
            return None
        workspace = workspace_here()
        require_known(workspace, self.env)
        if is_on_aws(workspace, self.env):
            return OnAws(workspace, self.env, given=self.given)
        raise UsageError(
            f"environment {self.env} runs on this machine, where all {what} are shown together",
            hint="Leave `--env` out.",
        )


def elsewhere(function: Callable[..., Any]) -> Callable[..., Any]:
    """The flags, as one argument."""

    @functools.wraps(function)
    def called(*arguments: Any, env: str | None, **others: Any) -> Any:
        given = {name: others.pop(name) for name in ACCESS}
        return function(*arguments, where=Where(env, given), **others)

    return flags.env(access(called))
