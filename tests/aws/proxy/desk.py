"""A workspace whose environment is on AWS, and somebody who works there."""

from __future__ import annotations

import contextlib
import io
import subprocess
from dataclasses import dataclass
from pathlib import Path
from textwrap import dedent

from stranglerfig.aws.applications import AppWish, begin_application
from stranglerfig.aws.proxies.place import Place
from stranglerfig.aws.proxies.rules import live_weights
from stranglerfig.aws.records import EnvRecord
from stranglerfig.aws.session import Access, open_session
from stranglerfig.aws.stacks.deploy import Deploying
from stranglerfig.cli.main import run
from tests.aws.goldens import APP, ENV
from tests.aws.proxy.places import NAME, PATHS, SERVICE, SERVICES, begin_place, bring_service, register
from tests.aws.standin.cloud import ACCOUNT, REGION, Cloud
from tests.cli.command_line import Fig, Result

SHOP = """
    name: shop
    type: Strangler Proxy
    default: monolith
    port: 8080
    routes:
      users:
        path: /users
        to: users
        weight: 25
      posts: {path: /api/posts, to: posts, shift: {steps: [10, 100], bake: 5m}}
"""


@dataclass
class Desk:
    """A workspace whose environment is on AWS, and somebody who works there."""

    cloud: Cloud
    place: Place
    groups: dict[str, str]
    root: Path
    fig: Fig

    def run(self, *arguments: str, status: int = 0) -> Result:
        out, err = io.StringIO(), io.StringIO()
        with contextlib.chdir(self.root), contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            found = run(list(arguments))
        result = Result(out.getvalue(), err.getvalue(), found)
        assert result.status == status, result.stderr
        return result

    def begin(self, *arguments: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            self.fig.argv(*arguments), env=self.fig.env(), cwd=self.root, stderr=subprocess.PIPE, text=True
        )

    def write(self, text: str) -> None:
        (self.root / "copilot" / NAME / "manifest.yml").write_text(dedent(text))

    def weights(self) -> dict[str, int]:
        return live_weights(self.place, self.place.require(NAME))


def begin_desk(cloud: Cloud, folder: Path) -> Desk:
    """With services before which there is no proxy yet."""
    session = open_session(Access())
    place = begin_place(session)
    app, record = begin_application(session, AppWish(APP), Deploying(session)), EnvRecord(APP, ENV, REGION, ACCOUNT)
    app.add_place(app.facts(), record)
    app.records.begin_environment(record)
    groups = {name: bring_service(place, name) for name in SERVICES}
    for at, group in enumerate(groups.values()):
        register(place, group, f"10.0.1.{at}")
    root, home = folder / "forum", folder / "home"
    root.mkdir()
    home.mkdir()
    write_workspace(root)
    return Desk(cloud, place, groups, root, Fig(home, cloud.environ()))


def write_workspace(root: Path) -> None:
    files = {
        ".workspace": f"application: {APP}\n",
        f"environments/{ENV}/manifest.yml": f"name: {ENV}\ntype: Environment\n",
    }
    files |= {f"{name}/manifest.yml": SERVICE.format(name=name, path=PATHS[name]) for name in SERVICES}
    for name, text in files.items():
        path = root / "copilot" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    (root / "copilot" / NAME).mkdir()
