"""An application on AWS: its record, its roles, and in each region a key, a bucket and repositories."""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace

from stranglerfig.aws.assets.bucket import ArtifactBucket
from stranglerfig.aws.records import AppRecord, EnvRecord, Records, WorkloadRecord
from stranglerfig.aws.session import Session
from stranglerfig.aws.stacks.deploy import Deploying, bring
from stranglerfig.aws.stacks.stack_set import Roles, StackSet
from stranglerfig.aws.stacks.values import Stack, StackOrder, to_order
from stranglerfig.aws.synth import names
from stranglerfig.aws.synth.app import AppWorkload, resources_template, roles_parameters, roles_template
from stranglerfig.aws.synth.facts import AppFacts
from stranglerfig.aws.synth.template import Tree, to_tree
from stranglerfig.core.application import Kind
from stranglerfig.errors import Conflict, NotFound

#: the output of the stack of roles with the zone's id
OWN_ZONE = "AppHostedZoneID"
_VERSION = re.compile(r"^ {2}['\"]?Version['\"]?: ['\"]?(\d+)['\"]?\s*$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class AppWish:
    """What is said of an application when it is begun; what is there already has the say."""

    name: str
    domain: str | None = None
    permissions_boundary: str | None = None
    tags: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Place:
    """What an application has in one region."""

    bucket: str
    key: str


class Application:
    """One application, through the account and region of its records."""

    def __init__(self, session: Session, record: AppRecord, how: Deploying) -> None:
        self.record = record
        self.session = session
        self.records = Records(session)
        self.how = how
        self.stack_set = StackSet(session, names.app_stack_set(record.name), how.patience, self._upload)

    def facts(self) -> AppFacts:
        accounts = {env.account for env in self.records.environments(self.record.name)} - {self.record.account}
        facts = to_facts(self.record, self.session.region)
        roles = self.how.stacks.find(names.roles_stack(self.record.name))
        return replace(facts, accounts=tuple(sorted(accounts)), own_zone=self._own_zone(roles))

    def _own_zone(self, roles: Stack | None) -> str | None:
        """The id of the zone NAME.DOMAIN. Copilot's stack has it too, and no output for it."""
        if roles is None or not self.record.domain:
            return None
        if OWN_ZONE in roles.outputs:
            return roles.outputs[OWN_ZONE]
        found = self.how.stacks.resources(roles.name)
        return next((one.physical for one in found if one.logical == "AppHostedZone" and one.physical), None)

    def tags(self) -> dict[str, str]:
        return {**self.record.tags, names.APP_TAG: self.record.name}

    def bring_roles(self, facts: AppFacts) -> None:
        """The stack of its roles as it is to be by now."""
        bring(self.roles_order(facts), self.how)

    def roles_order(self, facts: AppFacts) -> StackOrder:
        tree = to_tree(roles_template(facts))
        return to_order(names.roles_stack(facts.name), tree, parameters={**roles_parameters(facts)}, tags=self.tags())

    def bring_resources(self, facts: AppFacts, leaving: Collection[str] = ()) -> None:
        """A repository for each workload that has a record, those in ``leaving`` aside, in all regions.

        Two who are at it at once each write their record first. Whoever is late is told so, and looks again at both.
        """
        patience = self.how.patience()
        while True:
            present = self.stack_set.find()
            # After the template: whatever is in that has its record by then.
            records = [one for one in self.records.workloads(facts.name) if one.name not in leaving]
            wanted = to_app_workloads(records)
            roles, tags = self.stack_set_roles(facts), self.tags()
            if present is None:
                if self.stack_set.create(as_text(to_tree(resources_template(facts, wanted))), roles, tags):
                    return
                continue
            version = version_of(present.body)
            is_wanted = is_same(present.body, to_tree(resources_template(facts, wanted, version)))
            if is_wanted and self.stack_set.is_current():
                return
            body = as_text(to_tree(resources_template(facts, wanted, version + 1)))
            if not self.stack_set.update(body, roles, tags, seen=present, number=version + 1):
                patience.pause()

    def add_place(self, facts: AppFacts, env: EnvRecord) -> None:
        """What it has in a region, made ready for an environment there."""
        if env.account not in (facts.account, *facts.accounts):
            facts = replace(facts, accounts=tuple(sorted({*facts.accounts, env.account})))
            self.bring_roles(facts)
        self.bring_resources(facts)
        self.stack_set.add_instance(facts.account, env.region)

    def add_workload(self, workload: WorkloadRecord) -> None:
        """Its record, and a repository for its images. Again is fine."""
        self.records.begin_workload(workload)
        self.bring_resources(self.facts())

    def place(self, region: str) -> Place:
        outputs = self.stack_set.outputs(region)
        return Place(bucket=outputs["PipelineBucket"], key=outputs["KMSKeyARN"])

    def _upload(self, name: str, body: str) -> str:
        """To the first of its regions."""
        for one in self.stack_set.instances():
            return ArtifactBucket(self.session, one.region, self.place(one.region).bucket).put_template(name, body)
        raise NotFound(
            f"application {self.record.name} has no bucket in any region for the template of its many workloads",
            hint="`fig env init` prepares the region of an environment.",
        )

    def stack_set_roles(self, facts: AppFacts) -> Roles:
        partition = self.session.partition
        administration = f"arn:{partition}:iam::{facts.account}:role/{names.admin_role(facts.name)}"
        return Roles(administration, names.execution_role(facts.name))


def to_app_workloads(workloads: Iterable[WorkloadRecord]) -> list[AppWorkload]:
    return [AppWorkload(one.name, has_images=one.kind != Kind.STATIC_SITE.value) for one in workloads]


def find_application(session: Session, name: str, how: Deploying, env: str = "NAME") -> Application:
    """Raises ``NotFound``; ``env`` is the environment that it is asked for."""
    return Application(session, Records(session).app(name, env), how)


def begin_application(session: Session, wish: AppWish, how: Deploying) -> Application:
    """As it is there, or made: the record comes last, so that what has one is whole. Again goes on."""
    records = Records(session)
    try:
        present = records.app(wish.name)
    except NotFound:
        present = None
    if present is not None:
        refuse_other(present, wish)
        return Application(session, present, how)
    record = AppRecord(
        name=wish.name,
        account=session.account,
        domain=wish.domain or "",
        hosted_zone=find_zone(session, wish.domain) if wish.domain else "",
        permissions_boundary=wish.permissions_boundary or "",
        tags=wish.tags,
    )
    begun = Application(session, record, how)
    facts = to_facts(record, session.region)
    begun.bring_roles(facts)
    begun.bring_resources(facts)
    records.begin_app(record)
    return begun


def refuse_other(present: AppRecord, wish: AppWish) -> None:
    if wish.domain and wish.domain != present.domain:
        raise Conflict(
            f"application {present.name} is on AWS with {present.domain or 'no domain'}, not {wish.domain}",
            hint="Its domain is chosen once. `fig app delete` takes it away with all that runs there.",
        )


def find_zone(session: Session, domain: str) -> str:
    """The id of the public zone of a domain. Raises ``NotFound``."""
    route53 = session.client("route53")
    answer = route53.list_hosted_zones_by_name(DNSName=domain)
    for zone in answer.get("HostedZones") or ():
        if zone["Name"].rstrip(".") == domain.rstrip(".") and not zone.get("Config", {}).get("PrivateZone"):
            return str(zone["Id"]).rpartition("/")[2]
    raise NotFound(
        f"there is no hosted zone for {domain} in account {session.account}",
        hint=f"`aws route53 create-hosted-zone --name {domain} --caller-reference 1` makes one; "
        "then enter its name servers at the registrar of the domain.",
    )


def to_facts(record: AppRecord, region: str) -> AppFacts:
    return AppFacts(
        name=record.name,
        account=record.account,
        region=region,
        domain=record.domain or None,
        hosted_zone=record.hosted_zone or None,
        permissions_boundary=record.permissions_boundary or None,
        tags=tuple(record.tags.items()),
    )


def as_text(tree: Tree) -> str:
    return json.dumps(tree, ensure_ascii=False, separators=(",", ":"))


def version_of(body: str) -> int:
    """How often the StackSet has been changed; Copilot's templates are YAML."""
    try:
        tree = json.loads(body)
    except ValueError:
        found = _VERSION.search(body)
        return int(found[1]) if found else 1
    return int(tree.get("Metadata", {}).get("Version", 1))


def is_same(body: str, tree: Tree) -> bool:
    try:
        present = json.loads(body)
    except ValueError:
        return False
    return bool(present == json.loads(as_text(tree)))
