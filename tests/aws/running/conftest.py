"""An environment that is deployed, and the command line beside it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.aws.standin.cloud import Cloud
from tests.aws.workspaces import Terminal, workspace


@pytest.fixture(scope="module")
def fig(cloud: Cloud, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Terminal]:
    root = tmp_path_factory.mktemp("forum")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("FIG_HOME", str(root / "home"))
        terminal = workspace(root, "forum")
        for words in (("env", "init", "--name", "prod", "--target", "aws"), ("env", "deploy", "--name", "prod")):
            done = terminal(*words)
            assert done.status == 0, done.err
        yield terminal
