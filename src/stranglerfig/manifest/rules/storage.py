"""Rules about volumes and file systems. Pure."""

from __future__ import annotations

from stranglerfig.manifest.rules.given import Body, Problems, has, number, quoted, section, sections, text, value

MANAGED = ("uid", "gid")
OWN = ("id", "root_dir", "auth")


def is_managed(volume: Body) -> bool:
    """Whether Copilot makes the file system, rather than being told one."""
    efs = section(volume, "efs")
    return volume.get("efs") is True or any(has(efs, name) for name in MANAGED)


def one_managed_volume(body: dict[str, object]) -> Problems:
    managed = [name for name, volume in sections(body, "volumes") if is_managed(volume)]
    problem = f"only one volume may have a managed file system, and there are {quoted(managed)}" if managed else ""
    return [(f"volumes.{name}.efs", problem) for name in managed[1:]]


def own_or_managed(body: dict[str, object]) -> Problems:
    managed = [name for name in MANAGED if has(body, name)]
    own = [name for name in OWN if has(body, name)]
    if managed and own:
        return [("", f"must specify one, not both, of {quoted(('/'.join(managed), '/'.join(own)))}")]
    return []


def user_and_group(body: dict[str, object]) -> Problems:
    given = [name for name in MANAGED if has(body, name)]
    problems: Problems = []
    if len(given) == 1:
        missing = MANAGED[1 - MANAGED.index(given[0])]
        problems.append((missing, f'must be specified if "{given[0]}" is specified'))
    if number(body, "uid") == 0:
        problems.append(("uid", "must not be 0"))
    return problems


def access_point_alone(body: dict[str, object]) -> Problems:
    if not has(body, "auth", "access_point_id"):
        return []
    problems: Problems = []
    if (text(body, "root_dir") or "/") != "/":
        problems.append(("root_dir", 'must be absent or "/" if "auth.access_point_id" is specified'))
    if value(body, "auth", "iam") is False:
        problems.append(("auth.iam", 'must be absent or true if "auth.access_point_id" is specified'))
    return problems
