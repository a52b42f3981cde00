"""What is to be deployed to an environment that is not begun yet: what can be told without it is told before that."""

from __future__ import annotations

from pathlib import Path

from stranglerfig.aws.checking.lines import by_lines, located
from stranglerfig.aws.checking.surroundings import check_files
from stranglerfig.aws.checking.topics import Topics, check_topics, topics_of
from stranglerfig.aws.cost.imagined import Wanted, environment_stack, imagined_facts, workload_stack
from stranglerfig.manifest.load import Loaded
from stranglerfig.manifest.problems import ManifestInvalid, Problem


def check_beforehand(wanted: Wanted, loaded: Loaded | None, root: Path, written: Topics) -> None:
    """``loaded`` is the environment's manifest, if there is a file. Raises ``ManifestInvalid``."""
    facts = imagined_facts(wanted)
    with by_lines(loaded):
        environment_stack(facts, wanted)
    problems: list[Problem] = []
    together = topics_of(one.manifest for one in wanted.workloads)
    for one in wanted.workloads:
        with located(one.loaded, problems):
            check_files(root, facts.name, one.manifest)
            workload_stack(facts, one)
        with located(one.loaded, problems):
            check_topics(facts.name, one.manifest, together, written, lambda service: ())
    if problems:
        raise ManifestInvalid(problems)
