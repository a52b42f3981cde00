"""A cloud on this machine: every module of tests begins with an empty one."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest

from stranglerfig.aws.session import Access, Session, open_session
from tests.aws.standin.cloud import Cloud, cloud_server
from tests.docker_engine import docker_engine, docker_host  # noqa: F401 - for those that build images


@pytest.fixture(scope="session")
def cloud_of_process() -> Iterator[Cloud]:
    with cloud_server() as cloud:
        yield cloud


@pytest.fixture(scope="module")
def cloud(cloud_of_process: Cloud, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cloud]:
    """The SDK of this process finds it; nothing of the user's own configuration is read."""
    cloud_of_process.forget()
    home = tmp_path_factory.mktemp("aws")
    with pytest.MonkeyPatch.context() as patch:
        for name in [name for name in os.environ if name.startswith("AWS_")]:
            patch.delenv(name)
        for name, value in cloud_of_process.environ(HOME=str(home)).items():
            patch.setenv(name, value)
        yield cloud_of_process


@pytest.fixture
def session(cloud: Cloud) -> Session:
    return open_session(Access())
