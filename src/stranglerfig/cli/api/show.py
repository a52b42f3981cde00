"""``fig api show``, and ``fig api`` alone."""

from __future__ import annotations

from stranglerfig.cli import flags
from stranglerfig.cli.api.endpoint import require_endpoint
from stranglerfig.cli.connect import to_aws
from stranglerfig.cli.lazy import verb
from stranglerfig.cli.output import recommend, show, show_json

WAYS = """
This shell:      eval "$(fig api env)"
A profile:       fig api profile {name}, then: aws … --profile {name}
boto3:           boto3.Session(profile_name="{name}").client("migration-hub-refactor-spaces")
Another key:     fig api keys create NAME, then: fig api profile NAME --key NAME"""


@verb(
    "show",
    examples="""
    fig api
    fig api --json
    fig api show
    """,
)
@flags.as_json
def show_api(as_json: bool) -> None:
    """Where the AWS API listens, as which region and account, and how clients get credentials for it. Says why, and the
    mend, when nothing listens."""
    aws = to_aws().show()
    if as_json:
        show_json(aws)
        return
    show(f"Endpoint         {require_endpoint(aws)}")
    show(f"Region           {aws['region']}")
    show(f"Account          {aws['account']}")
    show(WAYS.format(name="fig"))
    recommend("fig api profile fig", "aws migration-hub-refactor-spaces list-environments --profile fig")
