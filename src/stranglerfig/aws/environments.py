"""An environment on AWS: begun with two roles, then deployed and changed through them."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, replace

from stranglerfig.aws.additions import Additions
from stranglerfig.aws.applications import Application, Place
from stranglerfig.aws.assets.bucket import ArtifactBucket
from stranglerfig.aws.cdn_certificates import CdnCertificate, cdn_certificate_of, copied_certificate, of_distribution
from stranglerfig.aws.dns.delegation import Delegating, delegation_of, kept_for
from stranglerfig.aws.dns.loose_records import LooseRecords
from stranglerfig.aws.dns.orphans import remove_orphans
from stranglerfig.aws.inherited import had_cdn_certificate, is_delegated, kept_hosts, read_manifest, zones
from stranglerfig.aws.records import EnvRecord
from stranglerfig.aws.session import Session
from stranglerfig.aws.shared import Shared, change
from stranglerfig.aws.stacks.deploy import Deploying
from stranglerfig.aws.stacks.stacks import Stacks
from stranglerfig.aws.stacks.states import has_ended
from stranglerfig.aws.stacks.telling import Interrupted
from stranglerfig.aws.stacks.template_text import is_ours, manifest_of, parse_template, plain, section, transplanted
from stranglerfig.aws.stacks.values import Outcome, Stack, StackOrder, to_order
from stranglerfig.aws.synth import names
from stranglerfig.aws.synth.environment import (
    Features,
    both,
    environment_parameters,
    environment_template,
    features_of,
    shape_of,
    shaped,
    wants_cdn_certificate,
)
from stranglerfig.aws.synth.environment.features import OF_ENVIRONMENT, read, written
from stranglerfig.aws.synth.environment.shape import ImportedVpc
from stranglerfig.aws.synth.facts import Addons, AppFacts, EnvFacts
from stranglerfig.aws.synth.overrides import apply_patches
from stranglerfig.aws.synth.template import Tree, to_tree
from stranglerfig.errors import Conflict, NotFound
from stranglerfig.manifest.load import Loaded
from stranglerfig.manifest.model import EnvironmentManifest

#: The list of addresses that CloudFront asks from.
CLOUDFRONT = "com.amazonaws.global.cloudfront.origin-facing"
#: the parameter with the name of the namespace for service discovery
NAMESPACE = "ServiceDiscoveryEndpoint"
#: the output that says what forced the last update
FORCED = "LastForceDeployID"
#: of a stack that only has the roles so far
ONLY_ROLES = {"CloudformationExecutionRole", "EnvironmentManagerRole"}


@dataclass(frozen=True, slots=True)
class EnvironmentText:
    """A checked manifest, and its text with variables filled in. ``loaded`` knows the lines; it is None where there is
    no file."""

    manifest: EnvironmentManifest
    text: str
    loaded: Loaded | None = None


class Environment:
    """``session`` is in the role that the environment is managed by, ``how`` says how its stacks are deployed."""

    def __init__(self, app: Application, record: EnvRecord, how: Deploying) -> None:
        self.app = app
        self.record = record
        self.session = app.session.assume(record.manager_role, record.region) if record.manager_role else app.session
        self.how = replace(how, session=self.session, region=record.region, upload=self._upload)
        self.stacks = Stacks(self.session, record.region)
        self._place: Place | None = None
        self._stack: tuple[Stack | None] | None = None
        self._tree: Tree | None = None
        self._app_facts: AppFacts | None = None

    @property
    def name(self) -> str:
        return self.record.name

    @property
    def stack_name(self) -> str:
        return names.env_stack(self.record.app, self.record.name)

    @property
    def place(self) -> Place:
        """Where artifacts go."""
        if self._place is None:
            self._place = self.app.place(self.record.region)
        return self._place

    @property
    def bucket(self) -> ArtifactBucket:
        """The user's own way there: what is uploaded is nothing that the environment does."""
        return ArtifactBucket(self.app.session, self.record.region, self.place.bucket)

    @property
    def _facts_of_app(self) -> AppFacts:
        if self._app_facts is None:
            self._app_facts = self.app.facts()
        return self._app_facts

    def stack(self) -> Stack | None:
        """As it was looked at last: what changes it from here looks again. Raises ``Conflict`` where another one's has
        its name."""
        if self._stack is None:
            self._stack = (self.stacks.find_own(self.stack_name, self.tags()),)
        return self._stack[0]

    def _template(self) -> Tree:
        """Its template; empty where there is no stack."""
        if self._tree is None:
            self._tree = parse_template(self.stacks.template(self.stack_name)) if self.stack() else {}
        return self._tree

    def _look_again(self) -> None:
        self._stack = self._tree = None

    def require_deployed(self) -> tuple[Stack, Tree]:
        """With its template. Raises ``NotFound`` while it has its roles alone, ``Conflict`` where it is Copilot's."""
        found, tree = self.stack(), self._template()
        if found is None or section(tree, "Resources").keys() <= ONLY_ROLES:
            raise NotFound(
                f"environment {self.name} of {self.record.app} is not deployed",
                hint=f"Run `fig env deploy --name {self.name}`.",
            )
        if not is_ours(tree):
            raise Conflict(
                f"environment {self.name} of {self.record.app} is as Copilot deployed it",
                hint=f"`fig app adopt {self.record.app} --dry-run` shows how it is taken over.",
            )
        return found, tree

    def facts(self, body: Mapping[str, object]) -> EnvFacts:
        """``body`` is the manifest's."""
        stack, tree = self.stack(), self._template()
        known = stack.parameters if stack else {}
        facts = EnvFacts(
            app=self._facts_of_app,
            name=self.name,
            account=self.record.account,
            region=self.record.region,
            partition=self.session.partition,
            bucket=self.place.bucket,
            key=self.place.key,
            namespace=known.get(NAMESPACE),
            is_delegated=is_delegated(tree),
            had_cdn_certificate=had_cdn_certificate(tree),
            kept_hosts=self._kept_hosts(),
            zones=zones(tree, known),
        )
        shape = shape_of(body)
        facts = shaped(facts, shape)
        return replace(
            facts,
            subnet_zones=self._subnet_zones(shape.vpc) if isinstance(shape.vpc, ImportedVpc) else {},
            cdn_prefix_list=self._prefix_list() if shape.public.only_cdn else None,
            cdn_certificate=self._cdn_certificate() if wants_cdn_certificate(facts) else None,
        )

    def tags(self) -> dict[str, str]:
        return {**self.app.tags(), names.ENV_TAG: self.name}

    def order(
        self,
        wanted: EnvironmentText,
        additions: Additions,
        *,
        features: Features | None = None,
        forced: str = "",
        uploads: bool = True,
        gone: Collection[str] = (),
    ) -> StackOrder:
        """``features`` come to those that its workloads need already, but for those in ``gone``."""
        stack = self.stack()
        known = stack.parameters if stack else {}
        # What forced the last update stays, or that would be a change of its own.
        forced = forced or (stack.outputs.get(FORCED, "") if stack else "")
        own = {OF_ENVIRONMENT: additions.services}
        features = both(features or Features(), features_of((), known, addons=own, gone=gone))
        facts = self.facts(wanted.manifest.body)
        template = environment_template(
            facts, wanted.manifest, features, wanted.text, self._addons(additions, uploads=uploads), forced
        )
        tree = apply_patches(to_tree(template), additions.patches) if additions.patches else to_tree(template)
        return self._order(tree, environment_parameters(facts, wanted.manifest, features, known))

    def deploy(
        self, wanted: EnvironmentText, additions: Additions, *, features: Features | None = None, forced: str = ""
    ) -> Outcome:
        """By what ``order`` makes of them. ``features`` are what workloads wait for."""
        how = replace(self.how, detach=self.how.detach and features is None)
        delegation = delegation_of(self.facts(wanted.manifest.body), self.app.session, self.session)
        if delegation is not None:
            how = replace(how, telling=Delegating(how.telling, delegation))
            if how.detach and not self._has_zone():
                how.telling.note(f"The domain of {self.name} is delegated on the way: that is waited for.")
                how = replace(how, detach=False)
        had_zone = self._has_zone()
        with kept_for(delegation, self._has_come_to_nothing):
            outcome = self._bring(lambda: self.order(wanted, additions, features=features, forced=forced), how)
        assert outcome is not None
        if outcome.is_good and not had_zone and self._has_zone():
            stack = self.stack()
            own = stack.outputs.get(names.OWN_ZONE) if stack else None
            remove_orphans(self.record, self.app.record.domain, session_that_stays(self), own, how.telling.note)
        if outcome.is_good and (self._certify(wanted) or self._has_more_than(additions)):
            # The distribution could not have it before, for it is proved by the zone that has just been made. And what
            # addons had needs the rights to it until it is gone.
            outcome = self._bring(lambda: self.order(wanted, additions, gone=[OF_ENVIRONMENT]), how)
        assert outcome is not None
        return outcome

    def bring_features(self, wanted: Callable[[Mapping[str, str]], Features]) -> Outcome | None:
        """Those and no others, by the manifest that is deployed; waited for. ``wanted`` makes them of the stack's
        parameters, and is asked again when others have changed these meanwhile. None: it has just these. Raises
        ``Interrupted`` where it was given up."""
        self.require_deployed()
        outcome = self._bring(lambda: self.features_order(wanted), replace(self.how, detach=False))
        if outcome is not None and not outcome.is_good:
            raise Interrupted
        return outcome

    def features_order(
        self, wanted: Callable[[Mapping[str, str]], Features], *, certifies: bool = True
    ) -> StackOrder | None:
        """What ``bring_features`` asks for. None: nothing. Without ``certifies`` nothing is changed: its certificate
        for CloudFront stays as it is."""
        stack, tree = self.require_deployed()
        before, features = read(stack.parameters), wanted(stack.parameters)
        manifest = read_manifest(manifest_of(tree), self.record)
        facts = self.facts(manifest.body)
        if wants_cdn_certificate(facts):
            had = replace(facts, cdn_certificate=of_distribution(tree))
            facts = self._certified(facts, features) if certifies else facts
        else:
            had = facts
        if had == facts and written(before) == written(features):
            return None
        old, new = (
            plain(to_tree(environment_template(known, manifest, each)))
            for known, each in ((had, before), (facts, features))
        )
        parameters = environment_parameters(facts, manifest, features, stack.parameters)
        return self._order(transplanted(tree, old, new), parameters)

    def _bring(self, order: Callable[[], StackOrder | None], how: Deploying) -> Outcome | None:
        before = self._kept_hosts()
        try:
            shared = Shared(self.stack_name, self.tags(), self.record.execution_role or None, self._look)
            outcome = change(shared, order, how)
        finally:
            self._look_again()
        stack = self.stack()
        if before and stack is not None and outcome is not None and outcome.is_good:
            facts, zone = self.facts({}), stack.outputs.get(names.OWN_ZONE, "")
            gone = before.difference(read(stack.parameters).hosts)
            LooseRecords(facts, self.app.session, self.session, zone).tend(gone, stack.outputs)
        return outcome

    def _kept_hosts(self) -> frozenset[str]:
        stack = self.stack()
        return kept_hosts(self._template(), stack.parameters if stack else {})

    def _look(self) -> tuple[Stack | None, Tree]:
        self._look_again()
        return self.stack(), self._template()

    def _has_zone(self) -> bool:
        return names.OWN_ZONE in section(self._template(), "Resources")

    def _has_come_to_nothing(self) -> bool:
        """Whether a change of its stack is over, and has left no zone."""
        stack, _ = self._look()
        return stack is None or (has_ended(stack.status) and not self._has_zone())

    def _has_more_than(self, additions: Additions) -> bool:
        """Whether the stack has rights that its own addons do not need any more."""
        stack = self.stack()
        has = read(stack.parameters).addons.get(OF_ENVIRONMENT, frozenset()) if stack else frozenset()
        return not has <= additions.services

    def _certify(self, wanted: EnvironmentText) -> bool:
        """Whether the distribution is to have another certificate then."""
        facts, stack = self.facts(wanted.manifest.body), self.stack()
        if not wants_cdn_certificate(facts) or stack is None:
            return False
        certified = self._certified(facts, read(stack.parameters))
        return certified.cdn_certificate != of_distribution(self._template())

    def _certified(self, facts: EnvFacts, features: Features) -> EnvFacts:
        """With its certificate for CloudFront. Before the environment has a zone, none is issued."""
        stack = self.stack()
        zone = stack.outputs.get(names.OWN_ZONE) if stack else None
        if zone is None:
            return facts
        return replace(facts, cdn_certificate=self._cdn.bring(facts, features, zone, self.tags()))

    def _order(self, tree: Tree, parameters: Mapping[str, str | None]) -> StackOrder:
        role = self.record.execution_role or None
        return to_order(self.stack_name, tree, parameters=parameters, tags=self.tags(), role=role)

    def _addons(self, additions: Additions, *, uploads: bool) -> Addons | None:
        if additions.addons is None:
            return None
        text = json.dumps(additions.addons.tree, ensure_ascii=False)
        url = additions.url or self.bucket.put_addons(f"environments/{self.name}", text, uploads=uploads)
        return additions.addons.uploaded(url)

    def _upload(self, name: str, body: str) -> str:
        return self.bucket.put_template(name, body)

    def _subnet_zones(self, vpc: ImportedVpc) -> Mapping[str, str]:
        asked = [{"Name": "subnet-id", "Values": [*vpc.public, *vpc.private]}]
        found = self.session.client("ec2", self.record.region).describe_subnets(Filters=asked)["Subnets"]
        return {one["SubnetId"]: one["AvailabilityZone"] for one in found}

    def _prefix_list(self) -> str | None:
        # AWS's own has the same id in all accounts, and Copilot's role may not ask for it.
        ec2 = self.app.session.client("ec2", self.record.region)
        asked = [{"Name": "prefix-list-name", "Values": [CLOUDFRONT]}]
        found = ec2.describe_managed_prefix_lists(Filters=asked)["PrefixLists"]
        return found[0]["PrefixListId"] if found else None

    @property
    def _cdn(self) -> CdnCertificate:
        return cdn_certificate_of(self.record, self.how)

    def _cdn_certificate(self) -> str | None:
        """Ours, else what the distribution has."""
        found = self._cdn.known() or of_distribution(self._template())
        return found or copied_certificate(self.stacks, self.stack_name, self._template())


def is_at_home(env: Environment) -> bool:
    return env.record.account == env.app.record.account


def session_that_stays(env: Environment) -> Session:
    """The user's own, where that one may act on the environment at all."""
    return env.app.session if is_at_home(env) else env.session


def deployed_facts(env: Environment) -> EnvFacts:
    """By the manifest that it is deployed with."""
    text = manifest_of(env._template())
    return env.facts(read_manifest(text, env.record).body if text else {})


def find_environment(app: Application, name: str, how: Deploying) -> Environment:
    """Raises ``NotFound``."""
    return Environment(app, app.records.environment(app.record.name, name), how)
