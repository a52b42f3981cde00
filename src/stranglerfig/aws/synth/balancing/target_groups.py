"""Target groups of application balancers: where requests go, and how tasks are checked. Pure."""

from __future__ import annotations

from collections.abc import Mapping

from stranglerfig.aws.synth.names import env_export
from stranglerfig.aws.synth.template import Resource, Value, import_value, present
from stranglerfig.manifest.model import HttpHealth, HttpRule

HTTPS_PORT = 443
GRPC, HTTP1 = "grpc", "http1"
#: where a connection was enough for App Runner: any answer but a failure
ANY_ANSWER = "200-499"
TARGET_GROUP = "AWS::ElasticLoadBalancingV2::TargetGroup"


def target_group(rule: HttpRule) -> Resource:
    return plain_target_group(
        rule.target_port,
        present(
            **health_properties(rule),
            Protocol=_protocol(rule.target_port),
            ProtocolVersion=rule.version.upper() if rule.version != HTTP1 else None,
            TargetGroupAttributes=attributes(
                rule.deregistration_delay_s, {"stickiness.enabled": _text(rule.stickiness)}
            ),
        ),
        "load balancer",
    )


def plain_target_group(port: int, properties: Mapping[str, Value], balancer: str) -> Resource:
    return Resource(
        TARGET_GROUP,
        {**properties, "Port": port, "TargetType": "ip", "VpcId": import_value(env_export("VpcId"))},
        description=f"A target group to connect the {balancer} to your service on port {port}",
    )


def attributes(deregistration_delay_s: float, others: Mapping[str, Value]) -> list[Value]:
    pairs: Mapping[str, Value] = {
        "deregistration_delay.timeout_seconds": str(int(deregistration_delay_s)),
        **others,
    }
    return [{"Key": key, "Value": value} for key, value in pairs.items()]


def health_properties(rule: HttpRule) -> dict[str, Value]:
    health = rule.health
    port = health.port or rule.target_port
    return present(
        HealthCheckPath=health.path or "/",
        HealthCheckPort=check_port(health),
        HealthCheckProtocol=_protocol(port),
        Matcher=_matcher(rule),
        **threshold_properties(health),
    )


def check_port(health: HttpHealth) -> str:
    return str(health.port) if health.port else "traffic-port"


def threshold_properties(health: HttpHealth) -> dict[str, Value]:
    return {
        "HealthyThresholdCount": health.healthy_threshold,
        "UnhealthyThresholdCount": health.unhealthy_threshold,
        "HealthCheckIntervalSeconds": int(health.interval_s),
        "HealthCheckTimeoutSeconds": int(health.timeout_s),
    }


def _matcher(rule: HttpRule) -> Value | None:
    """Codes of gRPC are others than those of HTTP, and AWS's own is right for who does not know the path."""
    codes = rule.health.success_codes
    if rule.version == GRPC:
        return None if codes == HttpHealth().success_codes else {"GrpcCode": codes}
    return {"HttpCode": codes if rule.health.path is not None else ANY_ANSWER}


def _protocol(port: int) -> str:
    return "HTTPS" if port == HTTPS_PORT else "HTTP"


def _text(value: bool) -> str:
    return "true" if value else "false"
