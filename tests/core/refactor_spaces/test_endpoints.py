"""What a service's URLs come to."""

from __future__ import annotations

from typing import Any

import pytest

from stranglerfig.core.faults import Fault
from stranglerfig.core.refactor_spaces.endpoints import check_endpoint, to_group, to_health, to_url
from stranglerfig.core.topology import HealthCheck, HostHeader


@pytest.mark.parametrize(
    ("url", "health_url", "check"),
    [
        ("http://10.0.0.1", None, HealthCheck()),
        ("http://10.0.0.1/base", "http://10.0.0.1/health?full=1", HealthCheck("/health?full=1", "200-399")),
        ("http://10.0.0.1", "http://10.0.0.1:8081/", HealthCheck("/", "200-399", port=8081)),
        ("https://svc.internal", "http://svc.internal/health", HealthCheck(port=80)),
        ("https://svc.example.com", "https://svc.example.com/health", HealthCheck()),
    ],
)
def test_a_check_asks_only_where_there_is_a_url_for_it(url: str, health_url: str | None, check: HealthCheck) -> None:
    assert to_health(to_url("Url", url), health_url) == check


def test_a_host_by_name_is_asked_by_its_name() -> None:
    target = to_group("shop-posts", "https://svc.example.com/v2/", None).targets
    assert (target.urls, target.host_header) == (("https://svc.example.com/v2",), HostHeader.TARGET)  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("parameters", "reason"),
    [
        ({"EndpointType": "URL"}, "UrlEndpoint has to be given"),
        ({"EndpointType": "LAMBDA", "UrlEndpoint": {"Url": "http://x"}}, "LambdaEndpoint has to be given"),
        (
            {"EndpointType": "URL", "UrlEndpoint": {"Url": "http://x"}, "LambdaEndpoint": {"Arn": "a"}},
            "LambdaEndpoint cannot be given",
        ),
        ({"EndpointType": "URL", "UrlEndpoint": {"Url": "http://x/a?b"}}, "query"),
        ({"EndpointType": "URL", "UrlEndpoint": {"Url": "http://u@x"}}, "user"),
        ({"EndpointType": "URL", "UrlEndpoint": {"Url": "https://10.0.0.1"}}, "certificate"),
        ({"EndpointType": "URL", "UrlEndpoint": {"Url": "http://x", "HealthUrl": "http://y/"}}, "another host"),
    ],
)
def test_an_endpoint_that_cannot_be_is_refused(parameters: dict[str, Any], reason: str) -> None:
    with pytest.raises(Fault, match=reason) as refused:
        check_endpoint(parameters)
    assert refused.value.code == "ValidationException"
