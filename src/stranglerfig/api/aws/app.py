"""The application that stock AWS clients speak to: from a request of the wire to an answer that they can read.

In this order: no browser, a signature that holds, not too often, an operation there is, parameters as its model says, a
key that may. Only then is the operation asked, so what is refused has changed nothing.
"""

from __future__ import annotations

import asyncio
import logging
import time
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from starlette.types import ASGIApp, Receive, Scope, Send

from stranglerfig.api.aws import query_xml, rest_json
from stranglerfig.api.aws.asked import Asked
from stranglerfig.api.aws.constraints import check
from stranglerfig.api.aws.guard import refuse_browsers
from stranglerfig.api.aws.models import load_model
from stranglerfig.api.aws.refusals import (
    defect,
    denied,
    to_fault,
    too_large,
    unknown_key,
    unknown_operation,
    wrong_signature,
)
from stranglerfig.api.aws.services import FACES, SERVICES, Handler
from stranglerfig.api.aws.signature import Claim, read_claim, verify
from stranglerfig.api.aws.throttle import Throttle
from stranglerfig.control.context import Control
from stranglerfig.core.access import Caller
from stranglerfig.core.faults import Fault
from stranglerfig.errors import FigError

log = logging.getLogger(__name__)

LARGEST_BODY_BYTES = 1_048_576
#: Operations that change nothing, by how their names begin.
READING = ("Get", "List", "Describe", "Validate", "Estimate")


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    headers: Mapping[str, str]
    body: bytes


class ClientGone(Exception):
    """The other side has closed before its request was complete."""


def build_aws_app(control: Control, rate: float, services: Mapping[str, Mapping[str, Handler]] = SERVICES) -> ASGIApp:
    """``rate`` in requests a second and key; 0 has no limit."""
    return _AwsApp(control, Throttle(rate), services, time.time)


class _AwsApp:
    def __init__(
        self,
        control: Control,
        throttle: Throttle,
        services: Mapping[str, Mapping[str, Handler]],
        wall: Callable[[], float],
    ) -> None:
        self._control = control
        self._throttle = throttle
        self._services = services
        self._wall = wall

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return
        asked, request_id = _to_asked(scope), str(uuid.uuid4())
        try:
            answer = await self._answer(asked, receive, request_id)
        except ClientGone:
            return
        headers = {"x-amzn-requestid": request_id, "content-length": str(len(answer.body)), **answer.headers}
        raw = [(name.encode(), value.encode("latin-1", "replace")) for name, value in headers.items()]
        await send({"type": "http.response.start", "status": answer.status, "headers": raw})
        await send({"type": "http.response.body", "body": answer.body})

    async def _answer(self, asked: Asked, receive: Receive, request_id: str) -> Answer:
        is_query = asked.path == "/"
        try:
            refuse_browsers(asked)
            claim = read_claim(asked)
            if claim.service in FACES:
                is_query = FACES[claim.service].is_query
            caller = await self._authenticate(asked, claim, receive)
            if is_query:
                return await self._answer_query(caller.asked, caller.who, claim.service, request_id)
            return await self._answer_rest(caller.asked, caller.who, claim.service)
        except Fault as fault:
            return _to_answer(fault, request_id, is_query=is_query)
        except FigError as error:
            return _to_answer(to_fault(error), request_id, is_query=is_query)
        except ClientGone:
            raise
        except Exception as error:
            log.error("%s %s: a defect in fig", asked.method, asked.path[:256], exc_info=error)
            return _to_answer(defect(), request_id, is_query=is_query)

    async def _authenticate(self, asked: Asked, claim: Claim, receive: Receive) -> _Signed:
        key = self._control.keys.find(claim.key_id)
        if key is None:
            raise unknown_key()
        if claim.service not in self._services:
            raise wrong_signature(f"Credential should be scoped to correct service: {', '.join(self._services)}.")
        complete = await _with_body(asked, receive)
        # Off the loop, for the first one loads botocore.
        await asyncio.to_thread(load_model, claim.service)
        verify(complete, claim, key.secret, self._control.identity.region, self._wall())
        self._throttle.take(key.id, claim.service)
        return _Signed(complete, Caller(key.account, key.id, key.read_only, key.path_prefix))

    async def _answer_rest(self, asked: Asked, caller: Caller, service: str) -> Answer:
        found = rest_json.find(load_model(service), asked.method, asked.path)
        name = found.operation.name
        handler = self._services[service].get(name)
        if handler is None:
            raise unknown_operation(f"{name} is not offered here")
        parameters = rest_json.read(found, asked)
        check(found.operation.input_shape, parameters)
        members = await self._ask(handler, name, caller, parameters)
        body = rest_json.write(found.operation.output_shape, members)
        return Answer(200, {"content-type": "application/json"}, body)

    async def _answer_query(self, asked: Asked, caller: Caller, service: str, request_id: str) -> Answer:
        if asked.path != "/" or asked.method not in ("GET", "POST"):
            raise unknown_operation(f"{asked.method} {asked.path[:256]}: this service is asked at / by POST or GET")
        fields = query_xml.read_fields(asked)
        operation = query_xml.find(load_model(service), fields)
        handler = self._services[service].get(operation.name)
        if handler is None:
            raise query_xml.no_action(operation.name, fields["Version"])
        parameters = query_xml.read(operation, fields)
        check(operation.input_shape, parameters)
        members = await self._ask(handler, operation.name, caller, parameters)
        return Answer(200, {"content-type": "text/xml"}, query_xml.write(operation, members, request_id))

    async def _ask(self, handler: Handler, name: str, caller: Caller, parameters: dict[str, Any]) -> dict[str, Any]:
        if caller.read_only and not name.startswith(READING):
            raise denied(f"User: {caller.arn} is not authorized to perform: {name}: its key is for reading only.")
        return await handler(self._control, caller, parameters)


@dataclass(frozen=True, slots=True)
class _Signed:
    """``asked`` with its body, and who signed it."""

    asked: Asked
    who: Caller


def _to_asked(scope: Scope) -> Asked:
    headers = tuple((name.decode("latin-1").lower(), value.decode("latin-1")) for name, value in scope["headers"])
    host, port = (scope.get("server") or ("", 0))[:2]
    return Asked(
        method=scope["method"],
        path=scope["raw_path"].decode("latin-1"),
        query=scope["query_string"].decode("latin-1"),
        headers=headers,
        server=(host, port or 0),
    )


async def _with_body(asked: Asked, receive: Receive) -> Asked:
    parts, size, is_more = [], 0, True
    while is_more:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise ClientGone
        parts.append(message.get("body", b""))
        size += len(parts[-1])
        if size > LARGEST_BODY_BYTES:
            raise too_large(LARGEST_BODY_BYTES)
        is_more = message.get("more_body", False)
    return Asked(asked.method, asked.path, asked.query, asked.headers, b"".join(parts), asked.server)


def _to_answer(fault: Fault, request_id: str, *, is_query: bool) -> Answer:
    if is_query:
        named = query_xml.rename(fault)
        headers, body = query_xml.write_fault(named, request_id)
        return Answer(named.http_status, {"content-type": "text/xml", **headers}, body)
    headers, body = rest_json.write_fault(fault)
    return Answer(fault.http_status, {"content-type": "application/json", **headers}, body)
