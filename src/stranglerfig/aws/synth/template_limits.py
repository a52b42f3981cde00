"""What CloudFormation takes of one template. Pure.

Source: AWS CloudFormation User Guide, "Understand CloudFormation quotas".
"""

from __future__ import annotations

from stranglerfig.aws.synth.template import Tree
from stranglerfig.errors import UsageError

#: by section
MOST = {"Parameters": 200, "Mappings": 200, "Resources": 500, "Outputs": 200}
LARGEST = 1_048_576


def check_size(name: str, tree: Tree, body: str) -> None:
    """Raises ``UsageError``."""
    for section, most in MOST.items():
        found = tree.get(section)
        if isinstance(found, dict) and len(found) > most:
            raise _too_large(name, f"{len(found):,} {section.lower()}", f"{most}")
    if (size := len(body.encode())) > LARGEST:
        raise _too_large(name, f"{size:,} bytes", f"{LARGEST:,}")


def _too_large(name: str, has: str, most: str) -> UsageError:
    return UsageError(
        f"the template of stack {name} has {has}, and CloudFormation takes {most} in one",
        hint="Move some of it to another workload, or into `addons/`, which are a stack of their own.",
    )
