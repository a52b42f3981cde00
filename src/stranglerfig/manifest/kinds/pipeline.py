"""Pipeline: the stages that a change passes, in their order. It has no ``type``; its folder tells. Pure."""

from __future__ import annotations

from dataclasses import replace

from stranglerfig.manifest.rules.forms import one_of_two
from stranglerfig.manifest.rules.pipeline import known_version, order_of
from stranglerfig.manifest.rules.texts import longer_than
from stranglerfig.manifest.schema import (
    Anything,
    Boolean,
    Effect,
    Field,
    Integer,
    KindDeclaration,
    ListOf,
    MapOf,
    Section,
    Text,
)

PIPELINE_TYPE = "Pipeline"
LONGEST_NAME = 100
PROVIDERS = ("GitHub", "GitHubV1", "Bitbucket", "CodeCommit")
_DEPENDS_ON = Field("depends_on", ListOf(Text()), doc="What of the same stage has to be done before.")
_DEPLOYMENT = Section(
    (
        Field("stack_name", Text(), effect=Effect.AWS, doc="The CloudFormation stack."),
        Field("template_path", Text(), effect=Effect.AWS, doc="Its template, among what the build leaves."),
        Field("template_config", Text(), effect=Effect.AWS, doc="Its parameters, among what the build leaves."),
        _DEPENDS_ON,
    )
)
_ACTION = MapOf(
    Section((Field("buildspec", Text(), required=True, doc="The build specification that is run."), _DEPENDS_ON)),
    keeps_empty=True,
)
_STAGE = Section(
    (
        Field("name", Text(), required=True, doc="The environment."),
        Field("requires_approval", Boolean(), default=False, doc="Whether somebody has to say yes first."),
        Field(
            "deployments",
            MapOf(_DEPLOYMENT, keeps_empty=True),
            doc="The workloads that are deployed, and what each waits for; if absent, all at once.",
        ),
        Field("pre_deployments", _ACTION, effect=Effect.AWS, doc="What is built before the deployments."),
        Field("post_deployments", _ACTION, effect=Effect.AWS, doc="What is built after the deployments."),
        Field("test_commands", ListOf(Text()), doc="Commands that have to succeed after the deployments."),
    ),
    rules=(
        one_of_two("test_commands", "post_deployments"),
        order_of("deployments"),
        order_of("pre_deployments"),
        order_of("post_deployments"),
    ),
)
_PROPERTIES = Section(
    (
        Field("branch", Text(), doc="The branch that is watched."),
        Field("repository", Text(), doc="The repository's address."),
        Field("connection_name", Text(), doc="The connection to the provider."),
        Field(
            "output_artifact_format",
            Text(choices=("CODE_ZIP", "CODEBUILD_CLONE_REF")),
            doc="Whether the build gets the files alone, or the repository; the files if absent.",
        ),
        Field("access_token_secret", Text(), doc="The secret with the token of GitHubV1."),
    )
)
_SOURCE = Section(
    (
        Field("provider", Text(choices=PROVIDERS), required=True, doc="Where the repository is."),
        Field("properties", _PROPERTIES, doc="Which repository, and how to get at it."),
    )
)
_BUILD = Section(
    (
        Field("image", Text(), doc="CodeBuild's image."),
        Field("buildspec", Text(), doc="The build specification; else that of the pipeline's folder."),
        Field(
            "additional_policy",
            Section((Field("PolicyDocument", MapOf(Anything()), doc="An IAM policy."),)),
            doc="What the build may do besides.",
        ),
    )
)
PIPELINE = KindDeclaration(
    PIPELINE_TYPE,
    Section(
        (
            Field("name", Text(check=longer_than(LONGEST_NAME)), required=True, doc="The pipeline's name."),
            Field("version", Integer(), required=True, doc="The version of the pipeline's language: 1."),
            *(
                replace(field, effect=Effect.AWS)
                for field in (
                    Field("source", _SOURCE, required=True, doc="What starts the pipeline."),
                    Field("build", _BUILD, doc="How artifacts are built."),
                )
            ),
            Field("stages", ListOf(_STAGE), doc="The environments that a change passes, in their order."),
        )
    ),
    rules=(known_version,),
    has_environments=False,
    is_interpolated=False,
    known_by=("version", "stages"),
)
