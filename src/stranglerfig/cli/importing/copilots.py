"""Commands of Copilot's that fig does not have, and what is done in their place. Read when one is called."""

from __future__ import annotations

from collections.abc import Sequence

from stranglerfig.errors import UsageError

_STAYS = "a pipeline that Copilot made is a stack of its own, and goes on as it is"
#: of each, why there is none, and the mend
INSTEAD = {
    "storage init": (
        "templates of one's own are deployed as they are",
        "Write them into `copilot/NAME/addons/`, or `copilot/environments/addons/` for all; those that Copilot wrote"
        " stay. `fig svc package --name NAME --env ENV` shows what comes of them.",
    ),
    "pipeline init": (
        "fig makes no pipelines on AWS",
        "Write the stages into `copilot/pipelines/NAME/manifest.yml`; `fig pipeline run --name NAME` runs them, here"
        " or in a job of CI.",
    ),
    "pipeline deploy": (
        _STAYS,
        "`fig pipeline run` runs the stages of its manifest, here or in a job of CI.",
    ),
    "pipeline override": (
        _STAYS,
        "`fig pipeline run` runs the stages of its manifest, and each workload has its own `overrides/`.",
    ),
    "pipeline status": (
        _STAYS,
        "`aws codepipeline get-pipeline-state --name NAME` tells how it is; `fig pipeline run` tells of its stages as"
        " it runs them.",
    ),
    "pipeline delete": (
        _STAYS,
        "`aws cloudformation delete-stack --stack-name pipeline-APP-NAME` deletes it; the manifest is a file of yours.",
    ),
}


def refuse_copilots(group: str, words: Sequence[str]) -> None:
    """Raises ``UsageError`` for one of them. ``words`` are what was typed behind ``group``, as ``fig pipeline``."""
    typed = " ".join((*group.split()[1:], *words[:2]))
    for command, (why, mend) in INSTEAD.items():
        if f"{typed} ".startswith(f"{command} ") or command.startswith(f"{words[0]} "):
            raise UsageError(f"fig has no `{command}`, as Copilot has: {why}", hint=mend)
