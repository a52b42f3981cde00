"""What the main container, the sidecars and the log router have in common. Pure."""

from __future__ import annotations

from dataclasses import replace

from stranglerfig.manifest.rules.containers import begins_with_cmd
from stranglerfig.manifest.rules.forms import exactly_one
from stranglerfig.manifest.rules.texts import not_empty, without_nul, wrong_env_file, wrong_line
from stranglerfig.manifest.schema import Duration, Effect, Field, Integer, ListOf, MapOf, OneOf, Section, Text

#: of sidecars and volumes, as ECS and Docker both take them
NAME_IN_TASK = "[a-zA-Z0-9][a-zA-Z0-9_-]{0,254}"
#: of a variable: what shells and programs can say
NAME_OF_VARIABLE = "[a-zA-Z0-9_.-]+"
#: a line, which a shell's quotes divide into words, or the words
WORDS = OneOf((Text(check=wrong_line), ListOf(Text(check=without_nul))))
FROM_STACK = Field(
    "from_cfn",
    Text(check=not_empty),
    doc="The name of a CloudFormation export. Here its value comes from the local store, under that name.",
)
VARIABLE = OneOf((Text(check=without_nul), Section((replace(FROM_STACK, required=True),))))
SECRET = OneOf(
    (
        Text(),
        Section(
            (
                FROM_STACK,
                Field(
                    "secretsmanager",
                    Text(check=not_empty),
                    doc="A secret of Secrets Manager, `name[:json-key:stage:version]`; here a name of the local store.",
                ),
            ),
            rules=(exactly_one("from_cfn", "secretsmanager"),),
        ),
    )
)
VARIABLES = Field(
    "variables", MapOf(VARIABLE, key_pattern=NAME_OF_VARIABLE), doc="Environment variables of the container, by name."
)
SECRETS = Field(
    "secrets",
    MapOf(SECRET, key_pattern=NAME_OF_VARIABLE),
    doc="Secrets by the name of the variable that holds them in the container.",
)
ENV_FILE = Field(
    "env_file",
    Text(check=wrong_env_file),
    doc="A file of `NAME=value` lines, below the workspace's root; its name ends in `.env`. `variables` win over it.",
)
LABELS = Field("labels", MapOf(Text()), doc="Docker labels of the running container.")
ENTRYPOINT = Field(
    "entrypoint", WORDS, doc="Instead of the image's ENTRYPOINT: a line with a shell's quotes, or words."
)
COMMAND = Field("command", WORDS, doc="Instead of the image's CMD: a line with a shell's quotes, or words.")
DEPENDS_ON = Field(
    "depends_on",
    MapOf(Text(choices=("start", "healthy", "complete", "success"), any_case=True)),
    doc="Containers of the same task that have to be in a condition before this one starts.",
)
HEALTHCHECK = Field(
    "healthcheck",
    Section(
        (
            Field(
                "command",
                ListOf(Text()),
                default=["CMD-SHELL", "curl -f http://localhost/ || exit 1"],
                doc="What tells by its exit status whether the container is well: `CMD` and words, or `CMD-SHELL`"
                " and a line.",
            ),
            Field("interval", Duration(least_s=0), default=10.0, doc="Time between two checks."),
            Field("retries", Integer(least=0), default=2, doc="Failures in a row that make the container unhealthy."),
            Field("timeout", Duration(least_s=0), default=5.0, doc="Time after which a check counts as failed."),
            Field("start_period", Duration(least_s=0), default=0.0, doc="Time in which failures do not count yet."),
        ),
        rules=(begins_with_cmd,),
    ),
    doc="The container's own health check, run inside of it.",
)
CREDENTIALS_DOC = "The ARN of the secret with the user and password of a private registry."
AWS = Effect.AWS
