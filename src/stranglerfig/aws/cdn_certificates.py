"""The certificate that CloudFront wants in us-east-1, of an environment that is elsewhere.

It has a stack there, which is made as all stacks of the environment are: by its roles, in its account.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from stranglerfig.aws.records import EnvRecord
from stranglerfig.aws.stacks.delete import delete
from stranglerfig.aws.stacks.deploy import Deploying, bring
from stranglerfig.aws.stacks.stacks import Stacks
from stranglerfig.aws.stacks.template_text import parse_template, plain, section
from stranglerfig.aws.stacks.values import Stack, to_order
from stranglerfig.aws.synth.environment.certificates import cdn_certificate_stack, cdn_certificate_template
from stranglerfig.aws.synth.environment.features import Features
from stranglerfig.aws.synth.facts import EnvFacts
from stranglerfig.aws.synth.names import APP_TAG, EDGE_REGION, ENV_TAG
from stranglerfig.aws.synth.template import Tree, to_tree

DISTRIBUTION, ARN = "CloudFrontDistribution", "CertificateArn"
#: what copied the certificate for Copilot, and is called as its copy
REPLICATOR = "CertificateReplicator"


@dataclass(frozen=True, slots=True)
class CdnCertificate:
    """``how`` is the environment's; ``role`` is what CloudFormation acts as."""

    how: Deploying
    app: str
    env: str
    role: str | None

    @property
    def stack(self) -> str:
        return cdn_certificate_stack(self.app, self.env)

    @property
    def there(self) -> Deploying:
        return replace(self.how, region=EDGE_REGION, agree=None)

    def find(self) -> Stack | None:
        return self.there.stacks.find_own(self.stack, {APP_TAG: self.app, ENV_TAG: self.env})

    def known(self) -> str | None:
        """The ARN, if it has been issued."""
        found = self.find()
        return found.outputs.get(ARN) if found else None

    def bring(self, facts: EnvFacts, features: Features, zone: str, tags: Mapping[str, str]) -> str:
        """For the names that ``features`` have now, proved by the environment's ``zone``; gives the ARN."""
        there, wanted = self.there, to_tree(cdn_certificate_template(facts, features))
        present = self.known()
        if present is not None and parse_template(there.stacks.template(self.stack)) == plain(wanted):
            return present
        order = to_order(self.stack, wanted, parameters={"HostedZone": zone}, tags=tags, role=self.role)
        return bring(order, there).outputs[ARN]

    def remove(self) -> None:
        """Once no distribution has it."""
        there, found = self.there, self.find()
        if found is not None:
            # Its own role goes on being what CloudFormation acts as.
            delete(there.stacks, found, role=None, telling=there.telling, patience=there.patience())


def cdn_certificate_of(record: EnvRecord, how: Deploying) -> CdnCertificate:
    return CdnCertificate(how, record.app, record.name, record.execution_role or None)


def copied_certificate(stacks: Stacks, name: str, tree: Tree) -> str | None:
    """The ARN of what a function of Copilot's has copied for the distribution, in a stack with that template."""
    if REPLICATOR not in section(tree, "Resources"):
        return None
    return next((one.physical for one in stacks.resources(name) if one.logical == REPLICATOR and one.physical), None)


def of_distribution(tree: Tree) -> str | None:
    """The ARN that an environment's template has for its distribution; None also for one that is in the template."""
    found: object = tree.get("Resources")
    for name in (DISTRIBUTION, "Properties", "DistributionConfig", "ViewerCertificate", "AcmCertificateArn"):
        found = found.get(name) if isinstance(found, dict) else None
    return found if isinstance(found, str) else None
