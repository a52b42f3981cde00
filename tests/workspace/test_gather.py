"""What is read beside the manifest: env files, the state of files, the place to run in."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from stranglerfig.core.application import Kind, Runtime
from stranglerfig.errors import UsageError
from stranglerfig.manifest.model import Build, Image, LocalRun, StaticSource, StorageVolume, VolumeMount
from stranglerfig.workspace.gather import read_digest, read_env_file, read_parts
from tests.workspace.builders import a_container, a_service, write_files

DOCKERFILE = (
    'FROM python\nWORKDIR /app\nCOPY . .\nVOLUME /cache\nENV DB=/data/x CACHE=/cache\nCMD ["python", "app.py"]\n'
)


def a_workspace(root: Path) -> Path:
    write_files(root, {"posts/Dockerfile": DOCKERFILE, "posts/app.py": "print()"})
    return root


def test_a_process_is_read_from_its_dockerfile(tmp_path: Path) -> None:
    parts = read_parts(a_workspace(tmp_path), a_service(), Runtime.PROCESS, tmp_path / "state")

    assert parts.process is not None
    assert parts.process.cwd == str(tmp_path / "posts")
    assert parts.process.command[1:] == ("app.py",)
    assert Path(parts.process.command[0]).parent == Path(sys.executable).parent
    assert parts.digest


def test_with_docker_nothing_of_the_image_is_read_here(tmp_path: Path) -> None:
    parts = read_parts(tmp_path / "nowhere", a_service(), Runtime.DOCKER, tmp_path / "state")

    assert (parts.process, parts.digest) == (None, "")


@pytest.mark.parametrize("folder", ["posts/.venv", "venv"])
def test_a_virtual_environment_of_the_service_or_the_workspace_is_used(tmp_path: Path, folder: str) -> None:
    venv = a_workspace(tmp_path) / folder / "bin"
    venv.mkdir(parents=True)
    (venv / "python").symlink_to(sys.executable)

    process = read_parts(tmp_path, a_service(), Runtime.PROCESS, tmp_path / "state").process

    assert process is not None
    assert process.command[0] == str(venv / "python")
    assert dict(process.env)["PATH"].startswith(f"{venv}:")


def test_volumes_are_folders_of_the_environment_and_shared_by_the_id_of_their_file_system(tmp_path: Path) -> None:
    state = tmp_path / "state"
    main = a_container(mounts=(VolumeMount("db", "/data"),))
    alone = a_service(containers=(main,), volumes=(StorageVolume("db", lasting=True),))
    shared = a_service(
        containers=(main,),
        volumes=(StorageVolume("db", lasting=True),),
        body={"storage": {"volumes": {"db": {"efs": {"id": "fs-1"}}}}},
    )

    process = read_parts(a_workspace(tmp_path), alone, Runtime.PROCESS, state).process
    assert process is not None
    env = dict(process.env)
    assert (env["DB"], env["CACHE"]) == (f"{state}/volumes/posts.db/x", f"{state}/volumes/posts.image.cache")
    assert set(process.folders) == {f"{state}/volumes/posts.db", f"{state}/volumes/posts.image.cache"}
    assert process.mounts == (("db", f"{state}/volumes/posts.db"),)

    process = read_parts(tmp_path, shared, Runtime.PROCESS, state).process
    assert process is not None
    assert dict(process.env)["DB"] == f"{state}/volumes/efs.fs-1/x"


def test_an_image_from_elsewhere_needs_docker_or_a_command(tmp_path: Path) -> None:
    service = a_service(containers=(a_container(image=Image(location="redis:7")),))

    with pytest.raises(UsageError, match="redis:7"):
        read_parts(tmp_path, service, Runtime.PROCESS, tmp_path)
    local = LocalRun(command=("python", "-m", "http.server"))
    process = read_parts(
        tmp_path, a_service(containers=service.containers, local=local), Runtime.PROCESS, tmp_path
    ).process
    assert process is not None
    assert (process.cwd, process.command[1:]) == (str(tmp_path), ("-m", "http.server"))


def test_a_command_of_the_manifest_needs_no_dockerfile(tmp_path: Path) -> None:
    service = a_service(
        containers=(a_container(image=Image(build=Build("Dockerfile"))),), local=LocalRun(command=("python",))
    )

    assert read_parts(tmp_path, service, Runtime.PROCESS, tmp_path).process is not None


def test_an_env_files_lines_stand_as_they_are(tmp_path: Path) -> None:
    file = tmp_path / "x.env"
    file.write_text('# note\n\nA=1\nB="quoted"\nC=a=b $A\n  D=2  \nnonsense\n=3\n')

    assert read_env_file(file, "posts") == (("A", "1"), ("B", '"quoted"'), ("C", "a=b $A"), ("D", "2"))


def test_env_files_are_read_for_each_container_and_missing_ones_named(tmp_path: Path) -> None:
    write_files(tmp_path, {"a.env": "A=1\n"})
    service = a_service(containers=(a_container(env_file="a.env"), a_container("side", env_file="b.env")))

    with pytest.raises(UsageError, match=r"side.*b\.env"):
        read_parts(tmp_path, service, Runtime.DOCKER, tmp_path)
    (tmp_path / "b.env").write_text("B=2\n")
    assert read_parts(tmp_path, service, Runtime.DOCKER, tmp_path).env_files == {
        "posts": (("A", "1"),),
        "side": (("B", "2"),),
    }


def test_the_digest_follows_content_and_not_time(tmp_path: Path) -> None:
    write_files(tmp_path, {"app.py": "1", "lib/x.py": "2", ".dockerignore": "*.log\nlogs\n"})
    before = read_digest(tmp_path)

    os.utime(tmp_path / "app.py", (1, 1))
    write_files(tmp_path, {"today.log": "x", "logs/a": "x", "__pycache__/app.pyc": "x", ".git/HEAD": "x"})
    assert read_digest(tmp_path) == before

    write_files(tmp_path, {"copilot/.workspace": "application: shop", "copilot/other/manifest.yml": "x"})
    assert read_digest(tmp_path) == before

    (tmp_path / "lib/x.py").write_text("3")
    changed = read_digest(tmp_path)
    (tmp_path / "lib/x.py").rename(tmp_path / "lib/y.py")
    assert len({before, changed, read_digest(tmp_path)}) == 3


def test_a_site_is_collected_and_served_by_a_program_of_ours(tmp_path: Path) -> None:
    write_files(tmp_path, {"web/index.html": "hello"})
    site = a_service(kind=Kind.STATIC_SITE, containers=(), http=(), files=(StaticSource("web", recursive=True),))

    static = read_parts(tmp_path, site, Runtime.DOCKER, tmp_path / "state").static

    assert static is not None
    assert (Path(static.folder) / "index.html").read_text() == "hello"
    assert static.command == (sys.executable, "-m", "stranglerfig.static_site", static.folder)
