"""What a balancer would refuse is refused before anything is deployed, by the field of the manifest."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from textwrap import indent
from typing import Any

import pytest

from stranglerfig.aws.synth.balancing import http_fragment, nlb_fragment
from stranglerfig.aws.synth.facts import ImportedBalancer, Release
from stranglerfig.errors import UsageError
from tests.aws.releases import a_release

DOMAIN = {"app": {"domain": "example.com", "hosted_zone": "Z0HOSTEDZONE"}}
CERTIFICATES = {"env": {"public_certificates": True}}
COMPANY = ImportedBalancer("arn:lb", "lb.example.com", "Z0LB", {"HTTP": "arn:listener"})


def behind(kind: str, http: str, facts: Mapping[str, Any]) -> Release:
    head = f"name: web\ntype: {kind}\nimage: {{location: nginx, port: 80}}\nhttp:\n"
    return a_release(head + indent(http, "  "), **facts)


def web(http: str, **facts: Any) -> Release:
    return behind("Load Balanced Web Service", http, facts)


def backend(http: str, **facts: Any) -> Release:
    return behind("Backend Service", http, facts)


def mqtt(nlb: str, **facts: Any) -> Release:
    head = "name: mqtt\ntype: Load Balanced Web Service\nimage: {location: mqtt, port: 1883}\nhttp: false\nnlb:\n"
    return a_release(head + indent(nlb, "  "), **facts)


def refusal(release: Release) -> str:
    balancing = nlb_fragment if release.manifest.nlb else http_fragment
    with pytest.raises(UsageError) as refused:
        balancing(release)
    first, *lines = refused.value.message.splitlines()
    assert first == f"{release.manifest.name} cannot be deployed to test:"
    return "\n".join(lines)


@pytest.mark.parametrize(
    ("release", "told"),
    [
        pytest.param(
            web(
                "path: /x\nalias: [a.io, b.io, c.io]\nallowed_source_ips: [10.0.0.0/8]",
                **CERTIFICATES,
            ),
            "http.alias: the rule has 6 values with its path and hosts, and AWS allows 5; split it with"
            ' "additional_rules" on the same path: alias: [a.io, b.io], allowed_source_ips: [10.0.0.0/8];'
            " alias: [c.io], allowed_source_ips: [10.0.0.0/8]",
            id="values",
        ),
        pytest.param(
            backend("path: /x\nallowed_source_ips: [10.0.0.0/16, 10.1.0.0/16]"),
            "http.allowed_source_ips: the rule has 6 values with its path and hosts, and AWS allows 5; split it with"
            ' "additional_rules" on the same path: allowed_source_ips: [10.0.0.0/16];'
            " allowed_source_ips: [10.1.0.0/16]",
            id="values beside the hosts of the internal balancer",
        ),
        pytest.param(
            web("path: /\nadditional_rules:\n  - path: /caf\u00e9"),
            "http.additional_rules[0].path: '/caf\u00e9' cannot be matched on AWS: at most 126 of the characters"
            " A-Z a-z 0-9 and _-.$/~\"'@:+&*?",
            id="characters of a path",
        ),
        pytest.param(
            web("path: '/a*/b*/c?'"),
            "http.path: the rule has 7 wildcards with those of /a*/b*/c? and /a*/b*/c?/*, and AWS allows 5",
            id="wildcards",
        ),
        pytest.param(
            web("path: /\nalias: www.example.com"),
            "http.alias: needs HTTPS, and test has neither a domain nor certificates (`http.public.certificates` of its"
            " manifest)",
            id="alias without HTTPS",
        ),
        pytest.param(
            backend("path: /\nalias: api.example.com"),
            "http.alias: needs HTTPS, and test has no certificates for its private balancer"
            " (`http.private.certificates` of its manifest)",
            id="alias of a backend without certificates",
        ),
        pytest.param(
            backend("path: /", env={"private_certificates": True}),
            "http.alias: must be specified, for test has imported certificates and thus no names of its own",
            id="no alias of a backend with certificates",
        ),
        pytest.param(
            web("path: /\nalias: www.example.com\nadditional_rules:\n  - path: /api", **CERTIFICATES),
            "http.additional_rules[0].alias: must be specified, for test has imported certificates and thus no names of"
            " its own",
            id="a rule without alias, with imported certificates",
        ),
        pytest.param(
            web("path: /\nalias: www.example.net", **DOMAIN),
            "http.alias: www.example.net is not below the application's domain example.com",
            id="alias of another domain",
        ),
        pytest.param(
            web("path: /\nalias: localhost", **CERTIFICATES),
            "http.alias: 'localhost' is no host for a balancer: it needs a dot, and only letters after the last one",
            id="alias that is no host",
        ),
        pytest.param(
            web("path: /\nredirect_to_https: true"),
            "http.redirect_to_https: needs HTTPS, and test has neither a domain nor certificates",
            id="redirect without HTTPS",
        ),
        pytest.param(
            web("path: /", **DOMAIN, env={"has_cdn": True, "cdn_ends_tls": True}),
            "http.redirect_to_https: must be false: TLS ends at the content network of test, which asks by HTTP and"
            " would be redirected for ever",
            id="redirect behind a content network that ends TLS",
        ),
        pytest.param(
            web("path: /\nversion: grpc"),
            "http.version: gRPC needs HTTPS, and there is none for this balancer in test",
            id="gRPC without HTTPS",
        ),
        pytest.param(
            web("path: /\nversion: http2"),
            "http.version: HTTP/2 needs HTTPS, and there is none for this balancer in test",
            id="HTTP/2 without HTTPS",
        ),
        pytest.param(
            web("path: /\nversion: grpc\nredirect_to_https: false", **DOMAIN),
            "http.redirect_to_https: must not be false: gRPC needs HTTPS, and a balancer forwards it by that alone",
            id="gRPC by HTTP beside HTTPS",
        ),
        pytest.param(
            web("path: /\nversion: http2\nredirect_to_https: false", **DOMAIN, env={"cdn_ends_tls": True}),
            "http.version: HTTP/2 needs HTTPS, and the content network of test asks by HTTP",
            id="HTTP/2 behind a content network that ends TLS",
        ),
        pytest.param(
            web("path: /", **DOMAIN, env={"only_cdn": True}),
            "http.alias: must be specified, for test is reached through its content network alone, and that one's own"
            " certificate is for other names",
            id="no alias behind a content network with a certificate for others",
        ),
        pytest.param(
            web("path: /\nalias: [{name: www.example.com, hosted_zone: Z0ONE}]", **DOMAIN),
            "http.hosted_zone: is for imported certificates; records of test stand in its own zones",
            id="hosted zone with a domain",
        ),
        pytest.param(
            web(
                "path: /\nalias: [{name: www.example.com, hosted_zone: Z0ONE}]",
                env={"public_certificates": True, "has_cdn": True},
            ),
            "http.hosted_zone: is not possible in test, which has a content network before it",
            id="hosted zone behind a content network",
        ),
        pytest.param(
            web("path: /\nhealthcheck: {interval: 4s, timeout: 5s, healthy_threshold: 1, unhealthy_threshold: 11}"),
            "http.healthcheck.healthy_threshold: must be 2 to 10 on AWS, but is 1\n"
            "http.healthcheck.unhealthy_threshold: must be 2 to 10 on AWS, but is 11\n"
            "http.healthcheck.interval: must be 5 to 300 s on AWS, but is 4 s\n"
            "http.healthcheck.timeout: must be shorter than the interval of 4 s, but is 5 s",
            id="health checks",
        ),
        pytest.param(
            mqtt('port: 1883\nadditional_listeners:\n  - {port: "1883", target_port: 1884}'),
            "nlb.additional_listeners[0].port: 1883 is another listener's already, whatever protocol it speaks",
            id="two listeners of one port",
        ),
        pytest.param(
            mqtt("port: 8883/tls"),
            "nlb.port: TLS needs a certificate below the application's domain, and test has none",
            id="TLS without a domain",
        ),
        pytest.param(
            mqtt("port: 1883\nalias: mqtt.example.com\nhealthcheck: {timeout: 1s}"),
            "nlb.healthcheck.timeout: must be 2 to 120 s on AWS, but is 1 s\n"
            "nlb.alias: needs names below the application's domain, and test has none of its own",
            id="alias of a network balancer without a domain",
        ),
        pytest.param(
            mqtt("port: 1883\nalias: mqtt.example.net", **DOMAIN),
            "nlb.alias: mqtt.example.net is not below the application's domain example.com",
            id="alias of a network balancer in another domain",
        ),
        pytest.param(
            mqtt("port: 8883/tls\nalias: [mqtt.test.forum.example.com, mqtt.forum.example.com]", **DOMAIN),
            "nlb.alias: mqtt.forum.example.com cannot have a certificate: its zone is out of reach for test, so that"
            " nothing proves the name; one below test.forum.example.com can",
            id="a zone that is not known",
        ),
    ],
)
def test_it_is_refused_by_its_field(release: Release, told: str) -> None:
    assert refusal(release) == told


@pytest.mark.parametrize(
    "release",
    [
        pytest.param(web("path: /\nalias: [a.b.io, b.b.io, c.b.io, d.b.io]", **CERTIFICATES), id="five values"),
        pytest.param(backend("path: /x\nallowed_source_ips: [10.0.0.0/16]"), id="five values of a backend"),
        pytest.param(web("path: /\nalias: '*.example.com'", **DOMAIN), id="a wildcard"),
        pytest.param(web("path: /\nredirect_to_https: false", **DOMAIN), id="no redirect"),
        pytest.param(web("path: /\nversion: http2", **DOMAIN), id="HTTP/2"),
        pytest.param(
            web("path: /", **DOMAIN, env={"only_cdn": True, "cdn_has_names": True}),
            id="no alias behind a content network that has a certificate for its names",
        ),
        pytest.param(web("path: /~a/$b_c-d.e", **DOMAIN), id="strange characters"),
    ],
)
def test_what_the_balancer_takes_is_not_refused(release: Release) -> None:
    assert http_fragment(release).resources


def test_a_balancer_of_somebody_else_s_has_names_and_certificates_of_its_own() -> None:
    release = replace(web("path: /\nalias: www.example.net"), balancer=COMPANY)

    assert "HTTPListenerRuleForImportedALB" in http_fragment(release).resources
