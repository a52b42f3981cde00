"""Proxies of the workspace: read, compared with what there is, deployed, told of."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from stranglerfig.cli.asking.questions import Option, Question, ask_one
from stranglerfig.cli.connect import to_declared
from stranglerfig.cli.deploying.difference import coloured, render_difference
from stranglerfig.cli.follow_ups import created, strong
from stranglerfig.cli.output import done, percent, plural, recommend, say, show, warn
from stranglerfig.core.json_values import to_json
from stranglerfig.errors import NotFound

if TYPE_CHECKING:
    from typing import Any

    from stranglerfig.api.declared.wire import DeclaredProxy
    from stranglerfig.core.declared.declaration import ProxyDeclaration
    from stranglerfig.workspace.values import Workspace

PROXY = Question("Proxy", "Which proxy?", "NAME", "Those with a manifest of type Strangler Proxy in this workspace.")


def choose_proxy(workspace: Workspace, given: str | None) -> str:
    from stranglerfig.workspace.find import proxy_file

    if given:
        return proxy_file(workspace, given).name
    if not workspace.proxies:
        raise NotFound(
            "this workspace has no proxy",
            hint="Write copilot/NAME/manifest.yml; `fig manifest schema proxy` says what goes in.",
        )
    return ask_one(PROXY, [Option(file.name) for file in workspace.proxies])


def read(workspace: Workspace, name: str, env: str, *, lenient: bool = False) -> ProxyDeclaration:
    """As it is in force in ``env``. What is odd but harmless in the manifest is said."""
    from stranglerfig.workspace.compile.proxy import compile_proxy
    from stranglerfig.workspace.read import read_proxy

    checked = read_proxy(workspace, name, env, is_lenient=lenient)
    for problem in checked.warnings:
        warn(str(problem))
    return compile_proxy(checked.manifest, workspace.app, env, {file.name for file in workspace.workloads})


def declare(declaration: ProxyDeclaration, *, preview: bool = False, force: bool = False) -> DeclaredProxy:
    order = {"declaration": cast("dict[str, Any]", to_json(declaration)), "preview": preview, "force": force}
    return to_declared().declare(cast("Any", order))


def difference(answer: DeclaredProxy) -> list[str]:
    from stranglerfig.workspace.proxy_text import as_written

    # Each route of a new proxy is a line of its own.
    before = answer["before"] or {**dict.fromkeys(answer["after"]), "routes": {}}
    return [coloured(line) for line in render_difference(as_written(before), as_written(answer["after"]))]


def show_difference(answer: DeclaredProxy) -> None:
    for line in difference(answer) or ["No changes."]:
        show(line)


def report(name: str, answer: DeclaredProxy, *, is_shown: bool = False) -> None:
    """What is true now. ``is_shown``: its user has seen what changes."""
    routes = len(answer["after"].get("routes", {})) - len(answer["by_hand"])
    if answer["outcome"] == "unchanged":
        say(f"  {strong(name)} is unchanged: nothing to deploy.")
    else:
        what = f"{plural(routes, 'route')} of its manifest" if routes else "no routes"
        done(f"Proxy {strong(answer['name'])} answers on {created(answer['url'])}, with {what}.")
    if answer["outcome"] == "changed" and not is_shown:
        for line in difference(answer):
            say(f"  {line}")
    note(answer)
    if answer["outcome"] != "unchanged":
        recommend(f"fig proxy show {answer['name']}", "fig status")


def note(answer: DeclaredProxy) -> None:
    proxy = answer["name"]
    for route in answer["begun"]:
        say(f"The shift of {route} begins: `fig shift status {proxy} {route} --watch` shows it.")
    for held in answer["held"]:
        values = f"; {', '.join(held['values'])} of the manifest wait{'' if len(held['values']) > 1 else 's'}"
        more = values if held["values"] else ""
        say(f"Route {held['route']} is being shifted, {percent(held['weight'])} now: that is left to its shift{more}.")
    for spent in answer["spent"]:
        how = f"{spent['phase']}: {spent['reason']}"
        say(f"The shift of {spent['route']} to {spent['candidate']} is not begun again. It was {how}.")
        recommend(f"fig shift start {proxy} {spent['route']}")
    if answer["by_hand"]:
        say(f"Made by hand, and left as they are: {', '.join(answer['by_hand'])}.")
    for one in answer["expired"]:
        owner = f" (owner: {one['owner']})" if one["owner"] else ""
        warn(f"route {one['route']}{owner} was to live until {one['expires']}.")
