"""``fig secret``."""

from stranglerfig.cli.lazy import LazyGroup, Verb

HERE = "stranglerfig.cli.secret"

secret = LazyGroup(
    name="secret",
    help="Secrets are values that tasks get and nobody sees. They are kept in a file that only you can read; on AWS, "
    "encrypted in Parameter Store.",
    sections={
        "Commands": {
            "init": Verb(f"{HERE}.init:init", "Keep a secret for one or more environments"),
            "ls": Verb(f"{HERE}.ls:ls", "All secrets of an application, by name alone"),
        }
    },
)
