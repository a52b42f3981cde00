"""``fig import``."""

from stranglerfig.cli.lazy import LazyGroup, Verb

importing = LazyGroup(
    name="import",
    help="Take over what was built with other tools.",
    sections={
        "Commands": {
            "refactor-spaces": Verb(
                "stranglerfig.cli.importing.refactor_spaces:refactor_spaces",
                "Environments of AWS Migration Hub Refactor Spaces",
            ),
        }
    },
)
