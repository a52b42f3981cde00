"""What a service answers at, and how that is checked (pure)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from stranglerfig.core.desired import TargetGroup, UrlTargets
from stranglerfig.core.refactor_spaces.faults import invalid
from stranglerfig.core.topology import HealthCheck, Tls
from stranglerfig.core.urls import TargetUrl, parse_target_url, require_checkable, to_address, to_host_header
from stranglerfig.errors import UsageError

#: a load balancer's usual check: any answer that is no error
HEALTHY = "200-399"
#: ends of host names that no public name server knows
_PRIVATE_ENDS = ("localhost", ".local", ".internal", ".test", ".lan", ".home.arpa")


def check_endpoint(parameters: Mapping[str, Any]) -> None:
    """Of CreateService. Raises the API's ValidationException."""
    kind = parameters["EndpointType"]
    wanted, other = ("UrlEndpoint", "LambdaEndpoint") if kind == "URL" else ("LambdaEndpoint", "UrlEndpoint")
    if parameters.get(wanted) is None:
        raise invalid(f"EndpointType is {kind}, so {wanted} has to be given.")
    if parameters.get(other) is not None:
        raise invalid(f"EndpointType is {kind}, so {other} cannot be given.")
    if kind == "URL":
        endpoint = parameters["UrlEndpoint"]
        url = to_url("Url", endpoint["Url"])
        health_url = endpoint.get("HealthUrl")
        if health_url is not None and to_url("HealthUrl", health_url).host != url.host:
            raise invalid(f"HealthUrl {health_url} has another host than Url {endpoint['Url']}.")


def to_url(what: str, text: str) -> TargetUrl:
    try:
        # A query may stand in a health check; of a target's URL nothing but its path can be put in front.
        url = parse_target_url(text.partition("?")[0] if what == "HealthUrl" else text)
        require_checkable(url)
    except UsageError as error:
        raise invalid(f"{what} cannot be used: {error.message}.") from error
    return url


def to_group(name: str, url_text: str, health_url: str | None) -> TargetGroup:
    url = to_url("Url", url_text)
    tls = Tls() if url.scheme == "https" else None
    targets = UrlTargets((url.text,), to_host_header(url), tls)
    return TargetGroup(name, targets, to_health(url, health_url))


def to_health(url: TargetUrl, health_url: str | None) -> HealthCheck:
    """A request only where there is a URL for it, at a private address and spoken to as the service is; else it is
    enough that a connection opens."""
    if health_url is None:
        return HealthCheck()
    checked = to_url("HealthUrl", health_url)
    port = None if checked.port == url.port else checked.port
    if checked.scheme != url.scheme or not is_private(url):
        return HealthCheck(port=port)
    _, mark, query = health_url.partition("?")
    return HealthCheck((checked.base_path or "/") + mark + query, HEALTHY, port=port)


def is_private(url: TargetUrl) -> bool:
    address = to_address(url.host)
    if address is not None:
        return not address.is_global
    name = url.host.rstrip(".").lower()
    return "." not in name or name.endswith(_PRIVATE_ENDS)
