"""One ``fig run local``: what it deploys, deploys anew, and takes away again at its end."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from stranglerfig.cli.deploying.engine import Deployment, deploy_layer, deploy_workloads
from stranglerfig.cli.deploying.report import JOB, notes, runs_when, together
from stranglerfig.cli.output import done, fail, say, warn
from stranglerfig.cli.progress.board import Board
from stranglerfig.cli.run.changes import Stamps, differing, look, wait_for_changes
from stranglerfig.errors import FigError, NotFound

if TYPE_CHECKING:
    from stranglerfig.cli.deploying.place import Place
    from stranglerfig.manifest.model import WorkloadManifest

#: Reads the manifests of these services, with what the flags change in them.
Read = Callable[[Sequence[str]], list["WorkloadManifest"]]


@dataclass
class Session:
    """``was_there`` are the services that ran before, with their revisions: they stay. ``is_overridden``: flags give
    them what they are not to keep. ``made_environment``: there was none before.
    """

    place: Place
    names: Sequence[str]
    read: Read
    was_there: Mapping[str, int | None]
    is_overridden: bool
    made_environment: bool
    said: set[tuple[str, str]] = field(default_factory=set)
    stopping: threading.Event = field(default_factory=threading.Event)
    watcher: threading.Thread | None = None
    seen: dict[str, Stamps] = field(default_factory=dict)

    def start(self) -> None:
        """All of them, side by side. Raises if one does not become healthy."""
        manifests = self.read(self.names)
        # Looked at before it is read for the deploy, so that no change falls between the two.
        self.seen = look(self.place.workspace, {one.name: one for one in manifests})
        deployments = deploy_workloads(self.place, [manifests])
        self._say_notes(deployments)
        errors = [(one.name, one.error) for one in deployments if isinstance(one.error, FigError)]
        if errors:
            raise together(errors, [])
        for one in deployments:
            say_begun(one)

    def begin_to_watch(self) -> None:
        self.watcher = threading.Thread(target=self._watch_files, daemon=True)
        self.watcher.start()

    def _watch_files(self) -> None:
        """Deploys what has changed until ``stopping``. What is wrong with a change is said; the old one serves on."""
        manifests = {one.name: one for one in self.read(self.names)}
        before = self.seen
        while not self.stopping.is_set():
            after = wait_for_changes(self.place.workspace, manifests, before, self.stopping)
            names, before = differing(before, after), after
            if names and not self.stopping.is_set():
                say(f"Changed: {', '.join(names)}")
                manifests.update(self._deploy_anew(names))

    def _deploy_anew(self, names: Sequence[str]) -> Mapping[str, WorkloadManifest]:
        """The manifests as they are now; none if they cannot be read."""
        try:
            manifests = self.read(names)
        except FigError as error:
            fail(error.message, error.hint)
            return {}
        # Drawing in place would write over the log lines that come meanwhile.
        board = Board()
        board.in_place = False
        layer = [Deployment(manifest, board.add(manifest.name)) for manifest in manifests]
        deploy_layer(self.place, layer, board)
        self._say_notes(layer)
        for one in layer:
            if isinstance(one.error, FigError):
                fail(one.error.message, one.error.hint)
            elif one.error is not None:
                raise one.error
        return {one.name: one for one in manifests}

    def _say_notes(self, deployments: Sequence[Deployment]) -> None:
        for note, names in notes(deployments).items():
            new = [name for name in names if (name, note) not in self.said]
            self.said.update((name, note) for name in new)
            if new:
                warn(f"{', '.join(new)}: {note}")

    def stop(self) -> None:
        """Takes away what was not there before, side by side."""
        self.stopping.set()
        self.place.interrupted.set()
        if self.watcher is not None:
            self.watcher.join()  # it may be about to deploy what is taken away here
        ours = [name for name in self.names if name not in self.was_there]
        if ours:
            say(f"Stopping {', '.join(ours)} …")
        threads = [threading.Thread(target=self._remove, args=(name,)) for name in ours]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        for name in self.names:
            if name in self.was_there:
                self._leave(name)
        if self.made_environment:
            for sentence in self.place.client.environments.delete(self.place.app, self.place.env):
                warn(sentence)
        if ours:
            done("Stopped.")

    def _leave(self, name: str) -> None:
        """Running, as before: with what it had before, if flags gave it something else."""
        before, place = self.was_there[name], self.place
        if self.is_overridden and before is not None:
            try:
                if place.client.workloads.show(place.app, place.env, name)["revision"] != before:
                    place.client.workloads.rollback(place.app, place.env, name, before)
                    say(f"{name} returns to revision {before}.")
            except FigError as error:
                fail(error.message, error.hint)
        else:
            say(f"{name} was deployed before, and runs on.")

    def _remove(self, name: str) -> None:
        try:
            self.place.client.workloads.delete(self.place.app, self.place.env, name, force=True)
        except NotFound:
            pass  # it never came to be deployed
        except FigError as error:
            fail(error.message, error.hint)


def say_begun(one: Deployment) -> None:
    found = one.workload
    if found is None:
        return
    if found["kind"] == JOB:
        done(f"{one.name} is deployed; {runs_when(one.manifest)}.")
        return
    where = [*found["urls"], *found["endpoints"]][:1]
    done(f"{one.name} runs{' on ' + where[0] if where else ''}.")
