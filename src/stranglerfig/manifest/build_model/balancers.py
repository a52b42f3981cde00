"""Rules of the application balancer and listeners of the network's. Pure."""

from __future__ import annotations

from stranglerfig.manifest.model import HttpHealth, HttpRule, NlbListener
from stranglerfig.manifest.rules.given import Body, number, seconds, section, text, texts, value
from stranglerfig.manifest.rules.http_rules import aliases_of
from stranglerfig.manifest.rules.targets import Target, http_targets, listener_of, nlb_targets

DEREGISTRATION_S = 60.0
_NLB_HEALTH = HttpHealth(path=None, healthy_threshold=3, unhealthy_threshold=3, timeout_s=10.0)


def http_rules(body: Body) -> tuple[HttpRule, ...]:
    return tuple(_rule(target) for target in http_targets(body))


def nlb_listeners(body: Body) -> tuple[NlbListener, ...]:
    return tuple(_listener(target) for target in nlb_targets(body))


def health(rule: Body, absent: HttpHealth) -> HttpHealth:
    """Times are whole seconds, as AWS has them."""
    found = rule.get("healthcheck")
    return _with_defaults({"path": found} if isinstance(found, str) else section(rule, "healthcheck"), absent)


def with_slash(path: str) -> str:
    return path if path.startswith("/") else f"/{path}"


def _with_defaults(check: Body, absent: HttpHealth) -> HttpHealth:
    path = text(check, "path")
    return HttpHealth(
        path=absent.path if path is None else with_slash(path),
        port=number(check, "port"),
        success_codes=text(check, "success_codes") or absent.success_codes,
        healthy_threshold=number(check, "healthy_threshold") or absent.healthy_threshold,
        unhealthy_threshold=number(check, "unhealthy_threshold") or absent.unhealthy_threshold,
        interval_s=_whole(check, "interval", absent.interval_s),
        timeout_s=_whole(check, "timeout", absent.timeout_s),
        grace_s=_whole(check, "grace_period", absent.grace_s),
    )


def _whole(check: Body, name: str, absent: float) -> float:
    found = seconds(check, name)
    return absent if found is None else float(int(found))


def _rule(target: Target) -> HttpRule:
    rule = target.body
    redirect = value(rule, "redirect_to_https")
    return HttpRule(
        path=with_slash(text(rule, "path") or ""),
        target_container=target.container,
        target_port=target.port or 0,
        aliases=aliases_of(rule),
        health=health(rule, HttpHealth()),
        deregistration_delay_s=_whole(rule, "deregistration_delay", DEREGISTRATION_S),
        stickiness=value(rule, "stickiness") is True,
        allowed_source_ips=texts(rule, "allowed_source_ips"),
        version=(text(rule, "version") or "http1").lower(),
        redirect_to_https=redirect if isinstance(redirect, bool) else None,
    )


def _listener(target: Target) -> NlbListener:
    port, protocol = listener_of(target.body)
    return NlbListener(
        port=port,
        protocol=protocol,
        target_container=target.container,
        target_port=target.port or 0,
        health=health(target.body, _NLB_HEALTH),
        deregistration_delay_s=_whole(target.body, "deregistration_delay", DEREGISTRATION_S),
    )
