"""An image to build test images from, made of this machine's own shell and Python: no registry is needed."""

from __future__ import annotations

import importlib.metadata
import io
import os
import re
import shutil
import subprocess
import sys
import tarfile
import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path

from docker.errors import ImageNotFound

from stranglerfig.runtimes.docker.engine import connect

BASE = "stranglerfig-test/python:1"
TIMEOUT_S = 60.0
PROGRAMS = ("sh", "cat", "ls", "sleep", "mkdir", "chown", "chmod", "rm", "cp", "touch", "env", "id", "useradd", "true")
#: of the standard library, what no test imports and what is large
LEFT_OUT = {"test", "idlelib", "turtledemo", "tkinter", "lib2to3", "site-packages", "dist-packages", "__pycache__"}
PYTHON = f"python{sys.version_info[0]}.{sys.version_info[1]}"
FILES = {
    "etc/passwd": "root:x:0:0:root:/root:/bin/sh\nnobody:x:65534:65534:nobody:/:/bin/sh\n",
    "etc/group": "root:x:0:\nnogroup:x:65534:\n",
    "etc/nsswitch.conf": "hosts: files dns\n",
}


def ensure_base() -> None:
    ensure_image(BASE)


def ensure_image(reference: str, *distributions: str) -> None:
    """An image of that name with these distributions of our own environment installed, and what they need.

    For Dockerfiles that begin with an official image and run pip: after ``ensure_image("python:3.11-slim", "pip",
    "starlette")`` a ``pip install starlette`` finds that all is there already.
    """
    api = connect(TIMEOUT_S)
    try:
        try:
            api.inspect_image(reference)  # type: ignore[no-untyped-call]
        except ImageNotFound:
            repository, _, tag = reference.partition(":")
            with tempfile.NamedTemporaryFile(suffix=".tar") as file:
                pack(Path(file.name), find_packages(distributions))
                changes = [f"ENV PATH=/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin PYTHONHOME={sys.base_prefix}"]
                api.import_image_from_file(file.name, repository=repository, tag=tag, changes=changes)
    finally:
        api.close()


def find_packages(distributions: Iterable[str]) -> set[Path]:
    """Their top folders and files, and those of what they need."""
    found: set[Path] = set()
    known: set[str] = set()
    waiting = list(distributions)
    while waiting:
        name = waiting.pop().lower()
        if name in known:
            continue
        known.add(name)
        distribution = importlib.metadata.distribution(name)
        root = Path(str(distribution.locate_file("")))
        tops = {file.parts[0] for file in distribution.files or () if file.parts[0] not in ("..", "__pycache__")}
        found |= {root / top for top in tops}
        needed = (text for text in distribution.requires or () if "extra ==" not in text)
        waiting += [match[0] for text in needed if (match := re.match(r"[A-Za-z0-9._-]+", text)) and _is_here(match[0])]
    return found


def _is_here(name: str) -> bool:
    return any(True for _ in importlib.metadata.distributions(name=name))


def pack(path: Path, packages: Iterable[Path] = ()) -> None:
    """Programs, their libraries, the standard library, and ``packages``: folders and files for ``site-packages``."""
    interpreter = Path(sys.executable).resolve()
    programs = [Path(found) for name in PROGRAMS if (found := shutil.which(name))]
    library = Path(os.__file__).parent
    with tarfile.open(path, "w") as archive:
        for folder in ("tmp", "root", "etc", "proc", "sys", "dev", "run", "var/tmp"):
            _add_folder(archive, folder, 0o1777 if folder.endswith("tmp") else 0o755)
        for name, text in FILES.items():
            _add_text(archive, name, text)
        for program in programs:
            _add_file(archive, program, f"usr/bin/{program.name}")
        _add_link(archive, "bin", "usr/bin")
        for needed in sorted(libraries((*programs, interpreter, *extensions(library)))):
            _add_file(archive, needed, needed.as_posix())
        _add_file(archive, interpreter, f"/usr/local/bin/{PYTHON}")
        for alias in ("python", "python3"):
            _add_link(archive, f"usr/local/bin/{alias}", PYTHON)
        archive.add(library, library.as_posix().lstrip("/"), filter=_thin)
        for package in packages:
            archive.add(package, f"{library}/site-packages/{package.name}".lstrip("/"))
        _add_text(archive, "usr/local/bin/pip", '#!/bin/sh\nexec python -m pip "$@"\n', 0o755)


def extensions(library: Path) -> Iterator[Path]:
    return (found for found in (library / "lib-dynload").glob("*.so") if "tkinter" not in found.name)


def libraries(programs: Iterable[Path]) -> set[Path]:
    """As the loader finds them, under the names that it looks for."""
    output = subprocess.run(("ldd", *map(str, programs)), capture_output=True, text=True, check=False).stdout
    return {Path(found) for found in re.findall(r"(?:=> |^\s+)(/[^\s:]+)", output, re.MULTILINE)}


def _thin(entry: tarfile.TarInfo) -> tarfile.TarInfo | None:
    parts = Path(entry.name).parts
    is_left_out = LEFT_OUT & set(parts) or any(part.startswith("config-") for part in parts)
    return None if is_left_out else entry


def _add_file(archive: tarfile.TarFile, source: Path, name: str) -> None:
    data = source.read_bytes()
    entry = tarfile.TarInfo(name.lstrip("/"))
    entry.size, entry.mode = len(data), source.stat().st_mode & 0o777
    archive.addfile(entry, io.BytesIO(data))


def _add_text(archive: tarfile.TarFile, name: str, text: str, mode: int = 0o644) -> None:
    entry = tarfile.TarInfo(name)
    entry.size, entry.mode = len(text.encode()), mode
    archive.addfile(entry, io.BytesIO(text.encode()))


def _add_folder(archive: tarfile.TarFile, name: str, mode: int) -> None:
    entry = tarfile.TarInfo(name)
    entry.type, entry.mode = tarfile.DIRTYPE, mode
    archive.addfile(entry)


def _add_link(archive: tarfile.TarFile, name: str, target: str) -> None:
    entry = tarfile.TarInfo(name)
    entry.type, entry.linkname = tarfile.SYMTYPE, target
    archive.addfile(entry)
