"""A workspace whose environment is on AWS, and the command line in it."""

from __future__ import annotations

import io
import json
from contextlib import chdir, redirect_stderr, redirect_stdout
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from stranglerfig.cli.main import run

IMAGE = "public.ecr.aws/nginx/nginx:1.27"
MANIFESTS = {
    "web": f"name: web\ntype: Load Balanced Web Service\nimage: {{location: '{IMAGE}', port: 80}}\nhttp: {{path: /}}\n",
    "api": f"name: api\ntype: Backend Service\nimage: {{location: '{IMAGE}', port: 8080}}\n",
    "mail": f"name: mail\ntype: Worker Service\nimage: {{location: '{IMAGE}'}}\n",
    "report": f"name: report\ntype: Scheduled Job\nimage: {{location: '{IMAGE}'}}\non: {{schedule: '@daily'}}\n",
    "site": "name: site\ntype: Static Site\nfiles: [{source: public, recursive: true}]\n",
}


@dataclass(frozen=True)
class Said:
    status: int
    out: str
    err: str

    def json(self) -> Any:
        return json.loads(self.out)


@dataclass(frozen=True)
class Terminal:
    """Commands as a user types them in the workspace, in this process."""

    root: Path
    app: str

    def __call__(self, *words: str) -> Said:
        out, err = io.StringIO(), io.StringIO()
        with chdir(self.root), redirect_stdout(out), redirect_stderr(err):
            status = run(list(words))
        return Said(status, out.getvalue(), err.getvalue())

    def write(self, name: str, text: str) -> None:
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)

    def write_manifest(self, workload: str, text: str | None = None) -> None:
        self.write(f"copilot/{workload}/manifest.yml", text or MANIFESTS[workload])


def workspace(root: Path, app: str) -> Terminal:
    found = Terminal(root, app)
    found.write("copilot/.workspace", f"application: {app}\n")
    return found
