"""``fig api keys``."""

from stranglerfig.cli.lazy import LazyGroup, Verb

HERE = "stranglerfig.cli.api.keys"

keys = LazyGroup(
    name="keys",
    help="Access keys open the AWS API. Those that are limited may be given to scripts and teams.",
    sections={
        "Commands": {
            "ls": Verb(f"{HERE}.ls:ls", "All access keys, without their secrets"),
            "create": Verb(f"{HERE}.create:create", "Make access keys"),
            "rotate": Verb(f"{HERE}.rotate:rotate", "Give access keys a new id and a new secret"),
            "delete": Verb(f"{HERE}.delete:delete", "Make access keys useless"),
        }
    },
)
