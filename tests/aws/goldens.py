"""Cases of templates: a folder each, with what goes in and the template that is wanted.

``manifest.yml`` is a workload's, and may have ``addons/`` and ``overrides/`` beside it; ``environment.yml`` is an
environment's, ``proxy.yml`` a strangler proxy's; ``app.yml`` stands for a template of the application, ``task.yml`` for
that of a one-off task (the fields of ``aws.synth.one_off``). ``facts.yml`` says what is known beside them, by fields of
``aws.synth.facts``: sections ``app``, ``env`` and ``release``; beside an environment ``features`` and ``addons``, of
the application ``workloads``, beside a proxy ``services`` and ``proxy``. ``make golden`` (``python -m
tests.aws.goldens``) writes all wanted templates anew and names those that changed.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml  # type: ignore[import-untyped]

from stranglerfig.aws.synth.addons import read_addons
from stranglerfig.aws.synth.app import AppWorkload, resources_template, roles_template
from stranglerfig.aws.synth.environment import (
    Features,
    bootstrap_template,
    cdn_certificate_template,
    environment_template,
)
from stranglerfig.aws.synth.facts import Addons, AppFacts, EnvFacts, ImportedBalancer, Release
from stranglerfig.aws.synth.one_off import OneOffTask, task_template
from stranglerfig.aws.synth.overrides import PATCHES_FILE, apply_patches, read_patches
from stranglerfig.aws.synth.proxy import ProxyRelease, proxy_template
from stranglerfig.aws.synth.proxy.numbers import numbered_alone
from stranglerfig.aws.synth.proxy.settle import settle
from stranglerfig.aws.synth.template import Template, Tree, to_tree
from stranglerfig.aws.synth.workload import workload_template
from stranglerfig.manifest.build_model import build_model, build_workload
from stranglerfig.manifest.kinds import KINDS
from stranglerfig.manifest.load import Request, load_manifest
from stranglerfig.manifest.model import EnvironmentManifest, ProxyManifest, WorkloadManifest
from stranglerfig.manifest.rules.containers import LOG_ROUTER
from stranglerfig.manifest.rules.given import text
from stranglerfig.workspace.compile.proxy import compile_proxy

CASES = Path(__file__).parent / "golden"
FORUM = Path(__file__).parents[2] / "examples" / "forum" / "copilot"
MANIFEST, ENVIRONMENT, APPLICATION, TASK = "manifest.yml", "environment.yml", "app.yml", "task.yml"
PROXY = "proxy.yml"
WANTED, FACTS = "template.yml", "facts.yml"
#: of ``facts.yml``
SECTIONS = {"app", "env", "release", "features", "addons", "forced", "services", "proxy"}
APP, ENV = "forum", "test"
ACCOUNT, REGION = "111122223333", "eu-west-1"
IMAGE = f"{ACCOUNT}.dkr.ecr.{REGION}.amazonaws.com/forum/{{}}@sha256:" + "ab" * 32
ADDONS_URL = f"https://artifacts-of-forum.s3.{REGION}.amazonaws.com/manual/addons/" + "ef" * 32 + ".yml"
FILE = "arn:aws:s3:::artifacts-of-forum/manual/env-files/{}/" + "cd" * 32 + ".env"


@dataclass(frozen=True)
class GoldenCase:
    name: str
    folder: Path

    @property
    def input(self) -> Path:
        """The file that says what the template is of."""
        return next(self.folder / name for name in BUILDERS if (self.folder / name).exists())

    def inputs(self) -> list[Path]:
        return sorted(path for path in self.folder.rglob("*") if path.is_file() and path.name != WANTED)

    def facts(self) -> Mapping[str, Any]:
        path = self.folder / FACTS
        found: Mapping[str, Any] = load_yaml(path.read_text()) if path.exists() else {}
        assert found.keys() <= SECTIONS, f"{path} has a section that is not known"
        return found

    def template(self) -> Template:
        return BUILDERS[self.input.name](self)

    def tree(self) -> Tree:
        """With the user's own patches."""
        tree, path = to_tree(self.template()), self.folder / "overrides" / PATCHES_FILE
        return apply_patches(tree, read_patches(path.read_bytes(), path.name)) if path.exists() else tree

    def addons(self) -> Addons | None:
        files = {f"addons/{path.name}": path.read_bytes() for path in sorted(self.folder.glob("addons/*.yml"))}
        found = read_addons(files)
        return found.uploaded(ADDONS_URL) if found else None

    def wanted(self) -> Tree:
        found: Tree = load_yaml((self.folder / WANTED).read_text())
        return found


@cache
def all_goldens() -> tuple[GoldenCase, ...]:
    return tuple(GoldenCase(folder.name, folder) for folder in sorted(CASES.iterdir()) if folder.is_dir())


def forum_cases() -> tuple[GoldenCase, ...]:
    """The workloads of the example, as they stand there."""
    found = sorted(FORUM.glob(f"*/{MANIFEST}"))
    return tuple(
        GoldenCase(f"forum-{path.parent.name}", path.parent) for path in found if path.parent.name != "environments"
    )


def app_facts(given: Mapping[str, Any]) -> AppFacts:
    settings = {"name": APP, "account": ACCOUNT, "region": REGION, **given.get("app", {})}
    tags = tuple(settings.pop("tags", {}).items())
    return AppFacts(**{name: as_given(value) for name, value in settings.items()}, tags=tags)


def env_facts(given: Mapping[str, Any]) -> EnvFacts:
    settings = {
        "name": ENV,
        "account": ACCOUNT,
        "region": REGION,
        "bucket": "artifacts-of-forum",
        "key": f"arn:aws:kms:{REGION}:{ACCOUNT}:key/0a1b2c3d",
        **given.get("env", {}),
    }
    return EnvFacts(app=app_facts(given), **settings)


def read_workload(path: Path, env: str = ENV) -> WorkloadManifest:
    return build_workload(load_manifest(path.read_bytes(), Request(path.name, KINDS, app=APP, env=env)))


def release_of(case: GoldenCase) -> Release:
    """Images that are built and env files that are named have been uploaded, if the facts say nothing else."""
    given = case.facts()
    manifest = read_workload(case.folder / MANIFEST)
    built = [container.name for container in manifest.containers if container.image.build]
    files = [container.name for container in manifest.containers if container.env_file]
    files += [LOG_ROUTER] if text(manifest.body, "logging", "env_file") else []
    settings = {
        "addons": case.addons(),
        "images": {name: IMAGE.format(name) for name in built},
        "env_files": {name: FILE.format(name) for name in files},
        **given.get("release", {}),
    }
    if "balancer" in settings:
        settings["balancer"] = ImportedBalancer(**{name: as_given(one) for name, one in settings["balancer"].items()})
    written = (case.folder / MANIFEST).read_text()
    return Release(env_facts(given), manifest, written, **{name: as_given(value) for name, value in settings.items()})


def as_given(value: Any) -> Any:
    """Facts have tuples where YAML has lists."""
    return tuple(value) if isinstance(value, list) else value


def workload(case: GoldenCase) -> Template:
    return workload_template(release_of(case))


def features_facts(given: Mapping[str, Any]) -> Features:
    said = dict(given.get("features", {}))
    aliases = {name: tuple(hosts) for name, hosts in said.pop("aliases", {}).items()}
    addons = {name: frozenset(services) for name, services in said.pop("addons", {}).items()}
    lists: dict[str, Any] = {name: frozenset(value) for name, value in said.items()}
    return Features(**lists, aliases=aliases, addons=addons)


def read_environment(path: Path) -> EnvironmentManifest:
    manifest = build_model(load_manifest(path.read_bytes(), Request(path.name, KINDS, app=APP, env=ENV)))
    assert isinstance(manifest, EnvironmentManifest)
    return manifest


def environment(case: GoldenCase) -> Template:
    given, path = case.facts(), case.folder / ENVIRONMENT
    addons = Addons(**given["addons"]) if "addons" in given else None
    facts, features = env_facts(given), features_facts(given)
    return environment_template(
        facts, read_environment(path), features, path.read_text(), addons, given.get("forced", "")
    )


def application(case: GoldenCase) -> Template:
    """``template`` says which: roles, resources, bootstrap of an environment, or its certificate for the CDN."""
    given, said = case.facts(), load_yaml((case.folder / APPLICATION).read_text())
    match said["template"]:
        case "roles":
            return roles_template(app_facts(given))
        case "resources":
            workloads = [AppWorkload(name, has_images) for name, has_images in said["workloads"].items()]
            return resources_template(app_facts(given), workloads, said.get("version", 1))
        case "bootstrap":
            return bootstrap_template(env_facts(given))
        case "cdn-certificate":
            return cdn_certificate_template(env_facts(given), features_facts(given))
        case other:
            raise ValueError(other)


def task(case: GoldenCase) -> Template:
    said = load_yaml((case.folder / TASK).read_text())
    return task_template(OneOffTask(**{name: as_given(value) for name, value in said.items()}))


def proxy_release(case: GoldenCase) -> ProxyRelease:
    given, path = case.facts(), case.folder / PROXY
    manifest = build_model(load_manifest(path.read_bytes(), Request(path.name, KINDS, app=APP, env=ENV)))
    assert isinstance(manifest, ProxyManifest)
    services = [f"{APP}.{ENV}.{name}" for name in given.get("services", [])]
    declaration = compile_proxy(manifest, APP, ENV, set(given.get("services", [])))
    facts = {name: as_given(value) for name, value in given.get("proxy", {}).items()}
    settled = settle(manifest.name, ENV, declaration, dict.fromkeys(services), facts.get("networks", ()))
    release = ProxyRelease(
        env_facts(given),
        manifest.name,
        settled.proxy,
        path.read_text(),
        urls=settled.urls,
        groups={name: f"arn:aws:elasticloadbalancing:::targetgroup/{name}/1" for name in services},
        **facts,
    )
    return numbered_alone(release)


def strangler_proxy(case: GoldenCase) -> Template:
    return proxy_template(proxy_release(case))


#: By the file that says what a case is about.
BUILDERS: dict[str, Callable[[GoldenCase], Template]] = {
    MANIFEST: workload,
    ENVIRONMENT: environment,
    APPLICATION: application,
    TASK: task,
    PROXY: strangler_proxy,
}


class TextDumper(yaml.CSafeDumper):  # type: ignore[misc, name-defined, unused-ignore]
    """Texts of several lines stand as they are read; the same value twice is written twice."""

    def ignore_aliases(self, data: object) -> bool:
        return True


def text_node(dumper: TextDumper, text: str) -> Any:
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style="|" if "\n" in text else None)


TextDumper.add_representer(str, text_node)


def load_yaml(text: str) -> Any:
    return yaml.load(text, Loader=yaml.CSafeLoader)


def dump_yaml(tree: object) -> str:
    written: str = yaml.dump(tree, Dumper=TextDumper, sort_keys=False, width=120, allow_unicode=True)
    return written


def rewrite(case: GoldenCase) -> bool:
    """Whether its wanted template has changed."""
    path, text = case.folder / WANTED, dump_yaml(case.tree())
    if path.exists() and path.read_text() == text:
        return False
    path.write_text(text)
    return True


def main() -> int:
    changed = [case.name for case in all_goldens() if rewrite(case)]
    sys.stdout.write("".join(f"changed: {name}\n" for name in changed) or "no template has changed\n")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
