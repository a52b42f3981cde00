"""Commands that are for this machine alone say what does the same on AWS."""

from __future__ import annotations

import pytest

from tests.aws.workspaces import workspace

VERBS = {
    "task exec": "aws ecs execute-command --cluster CLUSTER",
}


@pytest.mark.parametrize("verb", VERBS)
def test_a_command_for_this_machine_names_the_one_for_aws(
    verb: str, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = tmp_path_factory.mktemp("forum")
    monkeypatch.setenv("FIG_HOME", str(root / "home"))
    fig = workspace(root, "forum")
    fig.write("copilot/environments/prod/manifest.yml", "name: prod\ntype: Environment\ntarget: aws\n")

    said = fig(*verb.split(), "--name", "web")

    assert said.status == 2, said.err
    assert f"`fig {verb}` is for environments on this machine, and prod of forum is on AWS" in said.err
    assert f"`{VERBS[verb]}" in said.err
    assert not (root / "home").exists()
