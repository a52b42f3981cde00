"""What botocore sends is read as it was meant, and what is written is read by botocore as it was meant."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import quote, urlencode

import pytest
from botocore.parsers import create_parser  # type: ignore[import-untyped]
from botocore.serialize import create_serializer  # type: ignore[import-untyped]

from stranglerfig.api.aws import query_xml, rest_json
from stranglerfig.api.aws.asked import Asked
from stranglerfig.api.aws.models import load_model
from stranglerfig.api.aws.services import SERVICES
from stranglerfig.core.faults import Fault
from tests.api.aws.shapes import Draw, in_seconds

#: Of these every operation, whether it is offered or not; of the others those that are.
WHOLE = "refactor-spaces"
TRIES = 12
HEADERS = {"x-amzn-requestid": "r-1"}


def operations() -> Iterator[tuple[str, str]]:
    for service, offered in SERVICES.items():
        names = load_model(service).operation_names if service == WHOLE else offered
        yield from ((service, name) for name in names)


def test_every_operation_of_the_model_is_offered() -> None:
    assert set(SERVICES[WHOLE]) == set(load_model(WHOLE).operation_names)
    for service, offered in SERVICES.items():
        assert set(offered) <= set(load_model(service).operation_names), service


@pytest.mark.parametrize(("service", "name"), list(operations()))
def test_what_botocore_sends_is_read_as_it_was_meant(service: str, name: str) -> None:
    operation = load_model(service).operation_model(name)
    for number in range(TRIES):
        meant = Draw(f"{name} {number}", is_full=number == 0).structure(operation.input_shape)
        asked = as_sent(operation, meant)
        if service == WHOLE:
            found = rest_json.find(load_model(service), asked.method, asked.path)
            assert found.operation.name == name
            assert rest_json.read(found, asked) == in_seconds(meant)
        else:
            fields = query_xml.read_fields(asked)
            assert query_xml.find(load_model(service), fields).name == name
            assert query_xml.read(operation, fields) == in_seconds(meant)


def as_sent(operation: Any, parameters: dict[str, Any]) -> Asked:
    model = operation.service_model
    serializer = create_serializer(model.metadata["protocol"])
    sent = serializer.serialize_to_request(parameters, operation)
    body = sent["body"]
    if isinstance(body, Mapping):
        body = urlencode(body)
    path, _, query = sent["url_path"].partition("?")
    more = sent["query_string"]
    pairs = more.items() if isinstance(more, Mapping) else more or ()
    flat = [(key, one) for key, value in pairs for one in (value if isinstance(value, list) else [value])]
    joined = "&".join(filter(None, (query, urlencode(flat, quote_via=quote, safe="-_.~"))))
    return Asked(sent["method"], path, joined, (), body.encode() if isinstance(body, str) else body)


@pytest.mark.parametrize(("service", "name"), list(operations()))
def test_what_is_answered_is_read_by_botocore_as_it_was_meant(service: str, name: str) -> None:
    operation = load_model(service).operation_model(name)
    for number in range(TRIES):
        meant = Draw(f"{name} {number}", is_full=number == 0).structure(operation.output_shape)
        members = {**in_seconds(meant), **({"Absent": None} if operation.output_shape else {})}
        if service == WHOLE:
            body = rest_json.write(operation.output_shape, members)
        else:
            body = query_xml.write(operation, members, "r-1")
        read = parsed(operation, 200, body)
        assert read.pop("ResponseMetadata")["RequestId"] == "r-1"
        assert read == meant


@pytest.mark.parametrize("service", list(SERVICES))
def test_errors_are_read_by_botocore_with_all_their_members(service: str) -> None:
    model = load_model(service)
    operation = model.operation_model(next(iter(SERVICES[service]), "") or model.operation_names[0])
    for code in ("ConflictException", "ValidationException", "ThrottlingException", "InternalServerException"):
        fault = Fault(code, "a <b> & 'c' \u4e2d", http_status=409, members={"ResourceId": "env-1", "ResourceType": "X"})
        if service == WHOLE:
            named, (headers, body) = fault, rest_json.write_fault(fault)
        else:
            named = query_xml.rename(fault)
            headers, body = query_xml.write_fault(named, "r-1")
        read = parsed(operation, named.http_status, body, headers)
        assert (read["Error"]["Code"], read["Error"]["Message"]) == (named.code, fault.message)
        assert read["ResponseMetadata"]["RequestId"] == "r-1"
        if (service, code) == (WHOLE, "ConflictException"):
            assert (read["ResourceId"], read["ResourceType"]) == ("env-1", "X")


def parsed(operation: Any, status: int, body: bytes, headers: Mapping[str, str] | None = None) -> dict[str, Any]:
    parser = create_parser(operation.service_model.metadata["protocol"])
    response = {"status_code": status, "headers": {**HEADERS, **(headers or {})}, "body": body}
    found = parser.parse(response, operation.output_shape)
    if status >= 300 and operation.service_model.metadata["protocol"] == "rest-json":
        shape = operation.service_model.shape_for_error_code(found["Error"]["Code"])
        if shape is not None:
            found.update(parser.parse(response, shape))
    return dict(found)
