"""What an environment has already, as far as it decides what its template may have: read from the deployed one.

Functions of Copilot's have made things that stayed when the functions went, and CloudFormation makes nothing that is
there already.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace

from stranglerfig.aws.records import EnvRecord
from stranglerfig.aws.stacks.template_text import section
from stranglerfig.aws.synth.environment.aliases import record_id
from stranglerfig.aws.synth.environment.domain import DELEGATION
from stranglerfig.aws.synth.environment.features import read
from stranglerfig.aws.synth.environment.roles import EXECUTION
from stranglerfig.aws.synth.names import EDGE_REGION, INTERNAL_ZONE, OWN_ZONE
from stranglerfig.aws.synth.template import Tree
from stranglerfig.manifest.build_model import build_model
from stranglerfig.manifest.kinds import KINDS
from stranglerfig.manifest.load import Request, load_manifest
from stranglerfig.manifest.model import EnvironmentManifest

#: the parameter with the application's
DOMAIN = "AppDNSName"


def is_delegated(tree: Tree) -> bool:
    """Whether the application's zone has the record that leads to the environment's."""
    present = section(tree, "Resources")
    return OWN_ZONE in present and DELEGATION not in present


def kept_hosts(tree: Tree, parameters: Mapping[str, str]) -> frozenset[str]:
    """Those whose records no stack has. There are such where the environment has a zone."""
    if OWN_ZONE not in zones(tree, parameters):
        return frozenset()
    present = section(tree, "Resources")
    return frozenset(host for host in read(parameters).hosts if record_id(host) not in present)


def had_cdn_certificate(tree: Tree) -> bool:
    """Whether CloudFormation may look after certificates for CloudFront, and so may have made one."""
    return f":acm:{EDGE_REGION}:" in json.dumps(section(tree, "Resources").get(EXECUTION))


def zones(tree: Tree, parameters: Mapping[str, str]) -> frozenset[str]:
    """Copilot's templates have that of the domain also where the application has none: on a condition."""
    own = {OWN_ZONE} if parameters.get(DOMAIN) else set()
    return frozenset(section(tree, "Resources").keys() & {*own, INTERNAL_ZONE})


def read_manifest(text: str, record: EnvRecord) -> EnvironmentManifest:
    """Of a deployed template, with its variables filled in long ago."""
    request = Request(f"the manifest in stack {record.app}-{record.name}", KINDS, app=record.app, env=record.name)
    found = build_model(load_manifest(text.encode(), replace(request, is_lenient=True)))
    assert isinstance(found, EnvironmentManifest)
    return found
