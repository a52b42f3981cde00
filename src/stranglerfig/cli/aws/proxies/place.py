"""The place of a command's proxy."""

from __future__ import annotations

from stranglerfig.aws.applications import find_application
from stranglerfig.aws.environments import Environment, find_environment
from stranglerfig.aws.proxies.opening import to_place
from stranglerfig.aws.proxies.place import DeployedProxy, Place
from stranglerfig.aws.stacks.deploy import Deploying
from stranglerfig.aws.stacks.telling import Silent
from stranglerfig.cli.aws.environments import find
from stranglerfig.cli.aws.proxies.reaching import OnAws
from stranglerfig.cli.aws.work import Work, session_of
from stranglerfig.cli.output import say
from stranglerfig.cli.scope.manifests import read_environment


class Notes(Silent):
    """Says what keeps it waiting, and nothing of the rest."""

    def note(self, text: str) -> None:
        say(text)


def place_of(found: OnAws, work: Work | None = None) -> Place:
    """``work`` shows what becomes of stacks, and asks before something is lost."""
    if work is not None:
        return place_in(found, environment_of(found, work))
    session = session_of(found.given)
    how = Deploying(session, telling=Notes())
    return place_in(found, find_environment(find_application(session, found.workspace.app, how), found.env, how))


def environment_of(found: OnAws, work: Work) -> Environment:
    """Deployed. Raises ``NotFound``."""
    env = find(session_of(found.given), found.workspace.app, found.env, work)
    env.require_deployed()
    return env


def place_in(found: OnAws, env: Environment) -> Place:
    """One that the workspace has no manifest of is as it is there."""
    is_written = found.env in {file.name for file in found.workspace.environments}
    return to_place(env, read_environment(found.workspace, found.env).body if is_written else {})


def reach(found: OnAws) -> tuple[Place, DeployedProxy]:
    place = place_of(found)
    return place, place.require(found.proxy)
