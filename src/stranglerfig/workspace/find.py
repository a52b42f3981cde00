"""Finds the workspace that a folder belongs to, and begins one."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

from stranglerfig.core.application import PROXY_TYPE, Kind
from stranglerfig.errors import Conflict, NotFound, StateUnusable, UsageError
from stranglerfig.manifest.nearest import nearest
from stranglerfig.workspace.values import ManifestFile, Workspace

FOLDER = "copilot"
SUMMARY = ".workspace"
MANIFEST = "manifest.yml"
#: Copilot looks this many folders up, the first one included.
FOLDERS_UP = 5
PROXY = PROXY_TYPE.lower()
#: Folders of copilot/ that are neither workloads nor proxies.
RESERVED = ("environments", "pipelines")
LONGEST_NAME = 63
_NAME = re.compile(r"[a-z](?:-?[a-z0-9])+")
_VALUE = r"[ \t]*(?P<quote>['\"]?)(?P<value>[^#'\"\n]+?)(?P=quote)[ \t\r]*(?:#.*)?$"
_APPLICATION = re.compile("^application:" + _VALUE, re.MULTILINE)
_TYPE = re.compile("^type:" + _VALUE, re.MULTILINE)


def find_workspace(start: Path) -> Workspace:
    """Raises ``NotFound`` when there is none, ``UsageError`` when it is not one of an application."""
    root = find_root(start)
    if root is None:
        raise NotFound(
            f"{start} belongs to no workspace: there is no folder {FOLDER}/ in it or in the {FOLDERS_UP - 1} above it",
            hint="Run `fig app init` in the folder of your application, or change to one that has been set up.",
        )
    folder = root / FOLDER
    app = read_app(folder / SUMMARY)
    found, misnamed = list_manifests(folder, but=RESERVED)
    environments, odd_environments = list_manifests(folder / "environments")
    pipelines, odd_pipelines = list_manifests(folder / "pipelines")
    typed = [(file, read_type(Path(file.path))) for file in found]
    return Workspace(
        root=str(root),
        app=app,
        workloads=tuple(replace(file, kind=kind_called(called)) for file, called in typed if called != PROXY),
        proxies=tuple(file for file, called in typed if called == PROXY),
        environments=environments,
        pipelines=pipelines,
        misnamed=(*misnamed, *odd_environments, *odd_pipelines),
    )


def find_root(start: Path) -> Path | None:
    here = start.absolute()
    for folder in (here, *here.parents)[:FOLDERS_UP]:
        if (folder / FOLDER).is_dir():
            return folder
    return None


def read_app(summary: Path) -> str:
    try:
        match = _APPLICATION.search(summary.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise UsageError(
            f"{summary.parent} belongs to no application: it has no {SUMMARY}",
            hint="Run `fig app init` in the folder above it.",
        ) from None
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(
            f"cannot read {summary}: {first_line(error)}", hint="Run `fig app init` after deleting the file."
        ) from error
    if match is None:
        raise UsageError(
            f"{summary} names no application: it must hold one line, `application: NAME`",
            hint="Write that line, or delete the file and run `fig app init`.",
        )
    return check_name(match["value"], "application")


def list_manifests(
    folder: Path, *, but: tuple[str, ...] = ()
) -> tuple[tuple[ManifestFile, ...], tuple[ManifestFile, ...]]:
    """Every folder with a manifest is one; those of other names, which cannot be deployed, come second."""
    paths = [path for path in sorted(folder.glob(f"*/{MANIFEST}")) if path.parent.name not in but]
    files = [ManifestFile(path.parent.name, str(path)) for path in paths]
    return tuple(file for file in files if is_name(file.name)), tuple(file for file in files if not is_name(file.name))


def require_names(workspace: Workspace) -> None:
    """For what is about all of it. Raises ``UsageError`` for a folder whose name cannot be deployed."""
    for file in workspace.misnamed:
        check_name(file.name, str(Path(file.path).parent))


def read_type(path: Path) -> str:
    """Of its ``type`` line alone, in small letters, so that a manifest that is wrong elsewhere is listed with its kind.
    Empty for none."""
    try:
        match = _TYPE.search(path.read_text(encoding="utf-8", errors="replace"))
    except OSError:
        return ""
    return match["value"].strip().lower() if match else ""


def kind_called(text: str) -> Kind | None:
    return next((kind for kind in Kind if kind.value.lower() == text), None)


def check_name(name: str, what: str) -> str:
    """``name`` as it is, if Copilot and fig can both use it: it ends up in host names, variables and file names."""
    if len(name) == 1:
        raise UsageError(
            f"{what}: the name {name!r} cannot be used: it needs at least 2 characters",
            hint="Choose another name, like `posts-api`.",
        )
    if not is_name(name):
        raise UsageError(
            f"{what}: the name {name!r} cannot be used: it needs 2 to {LONGEST_NAME} small letters, digits and single "
            "dashes, beginning with a letter and not ending with a dash",
            hint="Choose another name, like `posts-api`.",
        )
    return name


def is_name(name: str) -> bool:
    return len(name) <= LONGEST_NAME and _NAME.fullmatch(name) is not None


def check_workload_name(name: str) -> str:
    if name in RESERVED:
        raise UsageError(
            f"a workload cannot be called {name!r}: the folder {FOLDER}/{name}/ is taken by something else",
            hint="Choose another name.",
        )
    return check_name(name, "workload")


def write_workspace(root: Path, app: str) -> Path:
    """Makes ``root`` the workspace of ``app``. Again is fine; of another application raises ``Conflict``."""
    check_name(app, "application")
    summary = root / FOLDER / SUMMARY
    if summary.is_file():
        other = read_app(summary)
        if other != app:
            raise Conflict(
                f"{root} is the workspace of application {other!r} already",
                hint=f"Use `{other}`, or run `fig app delete` first.",
            )
        return summary
    try:
        summary.parent.mkdir(parents=True, exist_ok=True)
        summary.write_text(f"application: {app}\n", encoding="utf-8")
    except OSError as error:
        raise StateUnusable(
            f"cannot write {summary}: {error.strerror}", hint="Make the folder writable, and run the command again."
        ) from error
    return summary


def remove_workspace(root: Path) -> None:
    """Forgets the application; manifests stay."""
    (root / FOLDER / SUMMARY).unlink(missing_ok=True)


def workload_file(workspace: Workspace, name: str) -> ManifestFile:
    refuse_proxy(workspace, name)
    return named(workspace.workloads, name, "service or job", workspace)


def refuse_proxy(workspace: Workspace, name: str | None) -> None:
    if any(file.name == name for file in workspace.proxies):
        raise UsageError(f"{name} is a proxy, neither service nor job", hint=f"`fig proxy deploy {name}` deploys it.")


def proxy_file(workspace: Workspace, name: str) -> ManifestFile:
    return named(workspace.proxies, name, "proxy", workspace)


def environment_file(workspace: Workspace, name: str) -> ManifestFile:
    return named(workspace.environments, name, "environment", workspace)


def pipeline_file(workspace: Workspace, name: str) -> ManifestFile:
    return named(workspace.pipelines, name, "pipeline", workspace)


def named(files: tuple[ManifestFile, ...], name: str, what: str, workspace: Workspace) -> ManifestFile:
    for file in files:
        if file.name == name:
            return file
    for file in workspace.misnamed:
        if file.name == name:
            check_name(name, str(Path(file.path).parent))
    names = [file.name for file in files]
    known, near = ", ".join(names) or "none", nearest(name, names)
    mean = f"Did you mean {near}? " if near else ""
    folder = {"environment": "environments/", "pipeline": "pipelines/"}.get(what, "")
    raise NotFound(
        f"there is no {what} {name!r} in the workspace of {workspace.app} (known: {known})",
        hint=f"{mean}Take one of these, or write {FOLDER}/{folder}{name}/{MANIFEST}.",
    )


def first_line(error: Exception) -> str:
    return str(error).partition("\n")[0].rstrip(".")
