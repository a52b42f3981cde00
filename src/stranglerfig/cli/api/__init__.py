"""``fig api``."""

from stranglerfig.cli.lazy import LazyGroup, Verb

HERE = "stranglerfig.cli.api"

api = LazyGroup(
    name="api",
    bare="show",
    help="The AWS API: boto3, scripts and the AWS command line speak to fig as they do to AWS. `fig api` alone shows"
    " where it is.",
    sections={
        "Commands": {
            "show": Verb(f"{HERE}.show:show_api", "Where it is, and how clients get in"),
            "env": Verb(f"{HERE}.env:env", "Variables that point AWS clients here"),
            "profile": Verb(f"{HERE}.profile:profile", "A profile of the AWS command line that points here"),
            "keys": Verb(f"{HERE}.keys:keys", "The access keys that open it"),
        }
    },
)
