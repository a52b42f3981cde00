"""`svc deploy --revision` on AWS: what is left of an earlier revision, and how it is deployed again.

ECS still tells of task definitions that CloudFormation has replaced, though not for ever by its own word; the manifest
that they were made of, with routes and scaling, is kept by nobody but the user's own version control.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NoReturn

from stranglerfig.aws.one_off.inherited import definition_of, own_container
from stranglerfig.aws.refusals import code_of
from stranglerfig.aws.session import Session
from stranglerfig.aws.synth.names import IN_USE
from stranglerfig.cli.aws.statuses import find_workload
from stranglerfig.errors import FigError, NotFound, UsageError
from stranglerfig.workspace.build_orders import LATEST

#: what ECS says of a task definition that it has not
UNKNOWN = "ClientException"


def refuse_revision(place: tuple[str, str], name: str, revision: int, given: Mapping[str, Any]) -> NoReturn:
    """Raises ``NotFound`` for one that never was."""
    one = find_workload(place, name, given)
    family = str(definition_of(one)["family"])
    ecs = one.env.session.client("ecs", one.env.record.region)
    try:
        found = ecs.describe_task_definition(taskDefinition=f"{family}:{revision}")["taskDefinition"]
    except FigError as error:
        if code_of(error) != UNKNOWN:
            raise
        raise NotFound(
            f"ECS knows no revision {revision} of {name} in {one.env.name}, or does not keep it any more",
            hint=f"`aws ecs list-task-definitions --family-prefix {family} --status INACTIVE` lists those before.",
        ) from error
    image = str(own_container(found, name)["image"])
    tags = tags_of(one.env.app.session, one.env.record.region, image)
    deploy = f"`fig svc deploy --name {name} --env {one.env.name}`"
    by_image = f"Write `image: {{location: '{image}'}}` into its manifest, and run {deploy}"
    if tags is None:
        mend = f"Check the commit out that it was built of, and run {deploy}: its image is cleared away."
    elif tags:
        mend = f"{by_image}; or, for all of that time, check out what it was built of ({', '.join(tags)}) before."
    else:
        mend = f"{by_image}."
    raise UsageError(
        f"{one.env.name} is on AWS, where of revision {revision} the image is kept, and not its manifest", hint=mend
    )


def tags_of(session: Session, region: str, image: str) -> list[str] | None:
    """Those that a user gave it, or the commit's; None: it is in ECR no more."""
    repository, at, digest = image.partition("@")
    if not at or ".dkr.ecr." not in repository:
        return []
    wanted = {"repositoryName": repository.partition("/")[2], "imageIds": [{"imageDigest": digest}]}
    try:
        [found] = session.client("ecr", region).describe_images(**wanted)["imageDetails"]
    except FigError as error:
        if code_of(error) in ("ImageNotFoundException", "RepositoryNotFoundException"):
            return None
        raise
    return [tag for tag in found.get("imageTags") or () if tag != LATEST and not tag.startswith(IN_USE)]
