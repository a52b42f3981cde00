"""Repositories of ECR: who may push, what is there already, and the push itself, which the Docker engine does."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from dataclasses import dataclass

from stranglerfig.aws.assets.bucket import domain_of
from stranglerfig.aws.refusals import code_of
from stranglerfig.aws.session import Session
from stranglerfig.errors import FigError
from stranglerfig.workspace.push import Login, push_image

Say = Callable[[str], None]
_MANIFESTS = [
    "application/vnd.docker.distribution.manifest.v2+json",
    "application/vnd.oci.image.manifest.v1+json",
]


@dataclass(frozen=True, slots=True)
class Repository:
    """``uri`` is what images of it are named by."""

    name: str
    uri: str

    def by_digest(self, digest: str) -> str:
        return f"{self.uri}@{digest}"


class Registry:
    """That of one account and region. The password goes from ECR to the engine and is shown to nobody."""

    def __init__(self, session: Session, region: str) -> None:
        self._session = session
        self._region = region
        self._ecr = session.client("ecr", region)
        self._login: Login | None = None

    def repository(self, name: str) -> Repository:
        found = self._ecr.describe_repositories(repositoryNames=[name])["repositories"][0]
        return Repository(name, found["repositoryUri"])

    def uri(self, name: str) -> str:
        """Of a repository that may not be there yet."""
        return f"{self._session.account}.dkr.ecr.{self._region}.{domain_of(self._session.partition)}/{name}"

    def pushed(self, repository: Repository, image_id: str, tags: list[str]) -> str | None:
        """The digest under which the very image is there, by one of its tags; None: it is to be pushed."""
        asked = [{"imageTag": tag} for tag in tags]
        try:
            found = self._ecr.batch_get_image(
                repositoryName=repository.name, imageIds=asked, acceptedMediaTypes=_MANIFESTS
            )
        except FigError as error:
            if code_of(error) in ("ImageNotFoundException", "RepositoryNotFoundException"):
                return None
            raise
        for one in found.get("images") or ():
            if config_of(one.get("imageManifest")) == image_id:
                return str(one["imageId"]["imageDigest"])
        return None

    def push(self, repository: Repository, image: str, tags: list[str], say: Say) -> str:
        """The digest. Under all ``tags``; the engine sends only layers that the registry does not have."""
        digests = [push_image(image, repository.uri, tag, self.login(), say) for tag in tags]
        return digests[0]

    def tag(self, repository: Repository, digest: str, tag: str) -> None:
        """One more name for an image that is there; it moves from another one that had it."""
        found = self._ecr.batch_get_image(
            repositoryName=repository.name, imageIds=[{"imageDigest": digest}], acceptedMediaTypes=_MANIFESTS
        )["images"]
        for one in found[:1]:
            kind = {"imageManifestMediaType": one["imageManifestMediaType"]} if "imageManifestMediaType" in one else {}
            try:
                self._ecr.put_image(
                    repositoryName=repository.name, imageManifest=one["imageManifest"], imageTag=tag, **kind
                )
            except FigError as error:
                if code_of(error) != "ImageAlreadyExistsException":
                    raise

    def empty(self, repository: str) -> None:
        """Of all images; one that is not there is empty."""
        try:
            found = list(self._ecr.pages("list_images", "imageIds", repositoryName=repository))
        except FigError as error:
            if code_of(error) == "RepositoryNotFoundException":
                return
            raise
        digests = sorted({one["imageDigest"] for one in found if "imageDigest" in one})
        for start in range(0, len(digests), 100):
            batch = [{"imageDigest": digest} for digest in digests[start : start + 100]]
            self._ecr.batch_delete_image(repositoryName=repository, imageIds=batch)

    def login(self) -> Login:
        if self._login is None:
            data = self._ecr.get_authorization_token()["authorizationData"][0]
            user, _, password = base64.b64decode(data["authorizationToken"]).decode().partition(":")
            self._login = Login(user, password)
        return self._login


def config_of(manifest: str | None) -> str | None:
    """The digest of an image's configuration, which is what the Docker engine calls the image's id."""
    try:
        return str(json.loads(manifest or "")["config"]["digest"])
    except (ValueError, KeyError, TypeError):
        return None
