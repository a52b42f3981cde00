"""Stacks that are a queue each, and what is heard while they are deployed."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from stranglerfig.aws.session import Session
from stranglerfig.aws.stacks.deploy import Deploying, deploy
from stranglerfig.aws.stacks.values import Ended, StackEvent, StackOrder, to_order


@dataclass
class Heard:
    said: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    events: list[tuple[str, str]] = field(default_factory=list)
    seen: threading.Condition = field(default_factory=threading.Condition)

    def begin(self, order: StackOrder) -> None:
        self._add(self.said, order.name)

    def say(self, text: str) -> None:
        self._add(self.said, text)

    def note(self, text: str) -> None:
        self._add(self.notes, text)

    def event(self, path: tuple[str, ...], event: StackEvent) -> None:
        self._add(self.events, ("/".join(path), event.status))

    def service(self, path: tuple[str, ...], lines: tuple[str, ...]) -> None:
        self._add(self.said, "\n".join(lines))

    def wait_for(self, event: tuple[str, str]) -> None:
        with self.seen:
            assert self.seen.wait_for(lambda: event in self.events, 60), self.events

    def _add(self, where: list[Any], what: object) -> None:
        with self.seen:
            where.append(what)
            self.seen.notify_all()


class Beside(threading.Thread):
    """Does it in a thread of its own; ``result`` is what it gave or raised."""

    def __init__(self, do: Callable[[], Any]) -> None:
        super().__init__(daemon=True)
        self._do = do
        self.result: Any = None
        self.start()

    def run(self) -> None:
        try:
            self.result = self._do()
        except Exception as error:  # noqa: BLE001 - looked at by the test
            self.result = error

    def ended(self) -> Any:
        self.join(60)
        assert not self.is_alive()
        return self.result


def queue(delay: int = 0, *, name: str = "", **others: Any) -> dict[str, object]:
    properties = {"DelaySeconds": delay, **({"QueueName": name} if name else {})}
    described = {"aws:copilot:description": "A queue"}
    return {
        "Parameters": {"Unused": {"Type": "String", "Default": "a"}},
        "Resources": {"Queue": {"Type": "AWS::SQS::Queue", "Metadata": described, "Properties": properties}, **others},
        "Outputs": {"Url": {"Value": {"Ref": "Queue"}, "Export": {"Name": {"Fn::Sub": "${AWS::StackName}-Url"}}}},
    }


def order(name: str, tree: dict[str, object], **parameters: str | None) -> StackOrder:
    return to_order(name, tree, parameters=parameters, tags={"copilot-application": "shop"})


def deployed(session: Session, name: str) -> None:
    assert deploy(order(name, queue()), Deploying(session)).ended is Ended.DEPLOYED


def status(session: Session, name: str) -> str:
    found = Deploying(session).stacks.find(name)
    return found.status if found else "none"
