"""A workload's way to its environment on AWS: images, files, numbers of its rules, its stack, and what follows that."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path

from stranglerfig.aws.addresses import Address, addresses
from stranglerfig.aws.assets.images import Images
from stranglerfig.aws.assets.registry import Registry
from stranglerfig.aws.assets.site import bring_files, find_files, renew
from stranglerfig.aws.dns.kept import drop_hosts
from stranglerfig.aws.environments import Environment, is_at_home, session_that_stays
from stranglerfig.aws.priorities import numbered, settle_numbers
from stranglerfig.aws.records import WorkloadRecord
from stranglerfig.aws.refusals import code_of
from stranglerfig.aws.release import Gathering, WorkloadText, to_stack_order
from stranglerfig.aws.running.pausing import Waiting, find_tasks
from stranglerfig.aws.site_certificates import certified, known_certificate
from stranglerfig.aws.stacks.deploy import Deploying, deploy
from stranglerfig.aws.stacks.telling import Interrupted, Telling
from stranglerfig.aws.stacks.values import Ended, Outcome, StackOrder
from stranglerfig.aws.synth import names
from stranglerfig.aws.synth.balancing.dns import hosts_of
from stranglerfig.aws.synth.balancing.fronts import HTTP, HTTPS
from stranglerfig.aws.synth.environment import Features, both, features_of
from stranglerfig.aws.synth.environment.features import read, written
from stranglerfig.aws.synth.facts import Release
from stranglerfig.core.application import Kind
from stranglerfig.errors import Refused
from stranglerfig.manifest.model import WorkloadManifest
from stranglerfig.workspace.build_orders import image_tag

Tell = Callable[[str], None]

RULE = "AWS::ElasticLoadBalancingV2::ListenerRule"


@dataclass(frozen=True, slots=True)
class Deployed:
    """``addresses`` are where it is reached. Where it is not ``is_finished`` the user did not wait for what comes after
    its stack."""

    outcome: Outcome
    release: Release
    addresses: tuple[Address, ...] = ()
    is_finished: bool = True


def own_rules(deployer: Deployer, release: Release) -> frozenset[str]:
    """ARNs of those that its stack has, also where that was deployed by hand and no number written down."""
    stacks, name = deployer.env.stacks, deployer.gathering.stack_name(release.manifest)
    if not release.manifest.http or stacks.find(name) is None:
        return frozenset()
    return frozenset(one.physical for one in stacks.resources(name) if one.type == RULE)


def needs_of(workloads: Sequence[WorkloadText], known: Mapping[str, str] | None = None) -> Features:
    """What an environment has to have before these are deployed, and what else it has: ``known`` are the parameters of
    its stack."""
    addons = {one.manifest.name: one.additions.services for one in workloads}
    return features_of([one.manifest for one in workloads], known, addons=addons)


@dataclass(frozen=True, slots=True)
class Deployer:
    """Deploys workloads of one workspace to one environment. ``listen`` raises when the user wants no more;
    ``tags`` are for all that is in their stacks. ``force``: tasks of what has not changed are replaced all the same."""

    env: Environment
    root: Path
    tag: str
    listen: Callable[[], None]
    tags: Mapping[str, str] = field(default_factory=dict)
    force: bool = False

    @property
    def gathering(self) -> Gathering:
        return Gathering(self.env, self.root)

    @property
    def images(self) -> Images:
        registry = Registry(self.env.app.session, self.env.record.region)
        return Images(self.root, self.env.record.app, self.tag, registry)

    def register(self, manifests: Iterable[WorkloadManifest]) -> None:
        """Records and repositories of all of them, in one go: a StackSet is changed by one at a time."""
        app = self.env.app
        for manifest in manifests:
            app.records.begin_workload(record_of(self.env, manifest))
        app.bring_resources(app.facts())

    def make_room(self, workloads: Sequence[WorkloadText]) -> Outcome | None:
        """The environment gets what these need, and keeps what others have. None: it has all that."""
        return self.env.bring_features(lambda known: both(read(known), needs_of(workloads, known)))

    def tidy(self, workloads: Sequence[WorkloadText]) -> Outcome | None:
        """What these needed before, and do not need any more, goes once they are deployed."""
        return self.env.bring_features(lambda known: needs_of(workloads, known))

    def order(
        self, wanted: WorkloadText, telling: Telling, built: Mapping[str, str] | None = None
    ) -> tuple[Release, StackOrder]:
        """Everything that the stack stands on is there then. ``built`` are its images, if they are there already."""
        say = self._listening(telling)
        images = self.images.bring(
            wanted.manifest, self.images.build(wanted.manifest, say) if built is None else built, say
        )
        say("reading")
        release = self.gathering.release(wanted, images)
        release = self._certified(release, telling)
        release = self._numbered(release)
        return release, to_stack_order(release, wanted.additions, self.env, self.tags)

    def deploy(
        self,
        wanted: WorkloadText,
        telling: Telling,
        built: Mapping[str, str] | None = None,
        *,
        waits: bool = False,
    ) -> Deployed:
        """With ``waits`` nothing is left to CloudFormation."""
        release, order = self.order(wanted, telling, built)
        dropped = release.kept_hosts.difference(hosts_of(wanted.manifest))
        # What they lead to may be gone with the deploy.
        before = self.env.stacks.find(order.name) if dropped else None
        how = replace(self.env.how, telling=telling, detach=self.env.how.detach and not waits)
        outcome = deploy(order, how)
        if not outcome.is_good:
            return Deployed(outcome, release)
        settle_numbers(self.env.session, release)
        assert outcome.stack is not None
        if before is not None:
            drop_hosts(self.env, before, dropped)
        self.images.keep(wanted.manifest, self.env.name, release.images)
        try:
            if wanted.manifest.kind is Kind.STATIC_SITE and self.bring_site(
                wanted.manifest, outcome, self._listening(telling)
            ):
                outcome = replace(outcome, ended=Ended.DEPLOYED)
            if self._bring_tasks(wanted.manifest.name, outcome, telling, how):
                outcome = replace(outcome, ended=Ended.DEPLOYED)
        except Interrupted:
            return Deployed(outcome, release, is_finished=False)
        return Deployed(outcome, release, self.addresses(release, outcome))

    def _listening(self, telling: Telling) -> Tell:
        def say(line: str) -> None:
            self.listen()
            telling.say(line)

        return say

    def _bring_tasks(self, name: str, outcome: Outcome, telling: Telling, how: Deploying) -> bool:
        """A deploy ends a pause, as it does on this machine. Whether there are new tasks by that, or by ``force``."""
        assert outcome.stack is not None
        tasks = find_tasks(self.env, name, outcome.stack)
        if tasks is None:
            return False
        waiting = Waiting(telling.say, how.patience())
        if tasks.resume():
            telling.note(f"{name} was paused: its tasks start again.")
            wait = partial(tasks.wait_until_healthy, waiting)
        elif self.force and outcome.ended is Ended.UNCHANGED:
            telling.say("replacing its tasks")
            wait = partial(tasks.wait_until_renewed, tasks.renew(), waiting)
        else:
            return False
        goes_on = f"ECS goes on: `fig svc status --name {name} --env {self.env.name}` shows how far it is."
        if how.detach:
            telling.note(goes_on)
            return True
        try:
            wait()
        except Interrupted:
            telling.note(goes_on)
            raise
        return True

    def bring_site(self, manifest: WorkloadManifest, outcome: Outcome, tell: Tell) -> bool:
        """Its files, once there is a bucket. Whether any were new, others or gone."""
        assert outcome.stack is not None
        session, region, outputs = self.env.session, self.env.record.region, outcome.stack.outputs
        bucket = outputs["BucketName"]
        if not bring_files(session, region, bucket, find_files(self.root, manifest), tell):
            return False
        renew(session, region, bucket, outputs["DistributionID"])
        return True

    def listeners(self, release: Release) -> Mapping[str, str]:
        """Those that its rules will be on, as far as they are there already."""
        if release.balancer is not None:
            return release.balancer.listeners
        stack, _ = self.env.require_deployed()
        prefix = "Internal" if release.manifest.kind is Kind.BACKEND or release.manifest.private else ""
        found = {one: stack.outputs.get(f"{prefix}{one}ListenerArn") for one in (HTTP, HTTPS)}
        return {protocol: arn for protocol, arn in found.items() if arn}

    def addresses(self, release: Release, outcome: Outcome) -> tuple[Address, ...]:
        env = self.env.stack()
        own = outcome.stack.outputs if outcome.stack else {}
        return addresses(release, env.outputs if env else {}, own)

    def planned_images(self, manifest: WorkloadManifest) -> dict[str, str]:
        """Where nothing is built: what they would be called."""
        registry = Registry(self.env.app.session, self.env.record.region)
        uri = registry.uri(names.repository(self.env.record.app, manifest.name))
        return {
            spec.name: spec.image.location or f"{uri}:{image_tag(manifest, spec, self.tag)}"
            for spec in manifest.containers
        }

    def planned(self, wanted: WorkloadText) -> tuple[Release, StackOrder]:
        """The same as ``order``, and AWS is as it was before."""
        release = self.gathering.release(wanted, self.planned_images(wanted.manifest), uploads=False)
        release = known_certificate(session_that_stays(self.env), release)
        release = self._numbered(release, writes=False)
        return release, to_stack_order(release, wanted.additions, self.env, self.tags)

    def _numbered(self, release: Release, *, writes: bool = True) -> Release:
        own = own_rules(self, release)
        return numbered(self.env.session, release, self.listeners(release), own=own, writes=writes)

    def _certified(self, release: Release, telling: Telling) -> Release:
        """By the user's own way; in another account by the environment's roles, which may make these alone there."""
        env = self.env
        stack, _ = env.require_deployed()
        role = None if is_at_home(env) else env.record.execution_role or None
        how = replace(env.how, session=session_that_stays(env), telling=telling)
        try:
            return certified(release, how, stack.outputs.get(names.OWN_ZONE), env.tags(), role)
        except Refused as error:
            if role is None or not code_of(error):
                raise
            hint = (
                f"`fig env deploy --name {env.name}` gives its roles the rights to a site's certificate; then repeat."
            )
            raise Refused(error.message, hint=hint) from error


def record_of(env: Environment, manifest: WorkloadManifest) -> WorkloadRecord:
    return WorkloadRecord(env.record.app, manifest.name, manifest.kind.value)


def missing(env: Environment, workloads: Sequence[WorkloadText]) -> dict[str, str]:
    """Parameters of the environment's stack that it does not have yet as these need them."""
    stack, _ = env.require_deployed()
    return lacking(env, needs_of(workloads, stack.parameters))


def lacking(env: Environment, needed: Features) -> dict[str, str]:
    """Parameters of its stack that are to have more for these."""
    stack, _ = env.require_deployed()
    present = read(stack.parameters)
    wanted, before = written(both(present, needed)), written(present)
    return {name: value for name, value in wanted.items() if value != before[name]}
