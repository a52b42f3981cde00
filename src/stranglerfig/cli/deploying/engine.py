"""Deploys workloads: those that do not need each other side by side, a thread each. The daemon does the rest."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from stranglerfig.cli.deploying.groups import to_layers
from stranglerfig.cli.deploying.order import make_order
from stranglerfig.cli.deploying.place import Interrupted, Place
from stranglerfig.cli.deploying.watching import watch
from stranglerfig.cli.progress.board import Board
from stranglerfig.cli.progress.tree import Status, Step
from stranglerfig.errors import FigError

if TYPE_CHECKING:
    from stranglerfig.api.app_wire import WorkloadWire
    from stranglerfig.manifest.model import WorkloadManifest


@dataclass
class Deployment:
    """One workload on its way. ``ordered``: the daemon has it, whatever happens here from now on. ``resumed``: it was
    paused before.
    """

    manifest: WorkloadManifest
    step: Step
    ordered: bool = False
    resumed: bool = False
    workload: WorkloadWire | None = None
    notes: tuple[str, ...] = ()
    error: BaseException | None = None

    @property
    def name(self) -> str:
        return self.manifest.name

    @property
    def is_unchanged(self) -> bool:
        return self.workload is not None and self.workload["unchanged"]


def deploy_workloads(place: Place, groups: Sequence[Sequence[WorkloadManifest]]) -> list[Deployment]:
    """Group after group; no further one after a group in which something failed. Errors are in what is given back.

    ``KeyboardInterrupt`` leaves the daemon to go on with what it has taken.
    """
    with Board() as board:
        top = board.begin(board.add(f"Deploying to {place.env} of {place.app}"))
        planned = [[Deployment(one, board.add(one.name, under=top)) for one in group] for group in groups]
        everything = [one for group in planned for one in group]
        try:
            for layer in layers(planned):
                deploy_layer(place, layer, board)
                if any(one.error for one in layer):
                    break
        except KeyboardInterrupt:
            place.interrupted.set()
            raise Interruption(everything) from None
        finally:
            failed = any(one.error for one in everything)
            unfailed = Status.INTERRUPTED if place.interrupted.is_set() else Status.COMPLETE
            board.end(top, Status.FAILED if failed else unfailed)
    for one in everything:
        if one.error and not isinstance(one.error, FigError):
            raise one.error
    return everything


class Interruption(KeyboardInterrupt):
    """Ctrl-C, with what had been begun."""

    def __init__(self, begun: Sequence[Deployment]) -> None:
        super().__init__()
        self.begun = begun


def layers(groups: Sequence[Sequence[Deployment]]) -> Iterator[list[Deployment]]:
    for group in groups:
        by_name = {one.name: one for one in group}
        needs = {one.name: [topic.service for topic in one.manifest.subscriptions] for one in group}
        for names in to_layers(list(by_name), needs):
            yield [by_name[name] for name in names]


def deploy_layer(place: Place, layer: Sequence[Deployment], board: Board) -> None:
    threads = [threading.Thread(target=deploy_one, args=(place, one, board), daemon=True) for one in layer]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def deploy_one(place: Place, one: Deployment, board: Board) -> None:
    """Whatever goes wrong is noted in ``one``: this is where a thread begins."""
    try:
        board.begin(one.step, "reading")
        order, one.notes = make_order(place, one.manifest, lambda text: board.tell(one.step, text))
        if place.interrupted.is_set():
            raise Interrupted
        one.workload = place.client.workloads.deploy(place.app, place.env, order)
        one.ordered, one.resumed = True, one.workload.get("resumed", False)
        if one.is_unchanged:
            board.end(one.step, Status.UNCHANGED, detail="")
        elif place.detach:
            board.end(one.step, detail="ordered")
        else:
            answer = one.workload
            one.workload = watch(place.client, answer, lambda text: board.tell(one.step, text), place.interrupted)
            # After Ctrl-C it is still under way, but not here.
            if not place.interrupted.is_set():
                # A job has no tasks to wait for: what was told last is how it was made ready.
                board.end(one.step, detail="" if answer["target"] is None else None)
    except Interrupted:
        board.end(one.step, Status.INTERRUPTED, detail="")
    except FigError as error:
        one.error = error
        board.end(one.step, Status.FAILED, detail="", reason=error.message)
    except BaseException as bug:  # noqa: BLE001 - raised again by whoever joins the thread
        one.error = bug
        board.end(one.step, Status.FAILED, detail="")
