"""Copilot's exclusive forms, on the real kinds: setting one side in an override clears the other."""

from __future__ import annotations

import json

import pytest

from stranglerfig.manifest.kinds import KINDS
from stranglerfig.manifest.load import Request, load_manifest
from stranglerfig.manifest.problems import ManifestInvalid

LBWS, WORKER, STATIC = "Load Balanced Web Service", "Worker Service", "Static Site"
IMAGE = {"build": "Dockerfile", "port": 80}
HTTP = {"path": "/"}
SCALING = {"range": "1-10", "cpu_percentage": 70}
Fields = dict[str, object]

#: What it shows, kind, base, override, path of a field, what that is then; None: it is gone.
ROWS: tuple[tuple[str, str, Fields, Fields, str, object], ...] = (
    ("location for build", LBWS, {}, {"image": {"location": "x"}}, "image.build", None),
    (
        "build for location",
        LBWS,
        {"image": {"location": "x", "port": 80}},
        {"image": {"build": "D"}},
        "image.location",
        None,
    ),
    ("build mapping for text", LBWS, {}, {"image": {"build": {"target": "t"}}}, "image.build", {"target": "t"}),
    (
        "build text for mapping",
        LBWS,
        {"image": {"build": {"target": "t"}, "port": 80}},
        {"image": {"build": "D"}},
        "image.build",
        "D",
    ),
    (
        "alias list for text",
        LBWS,
        {"http": {"path": "/", "alias": "a"}},
        {"http": {"alias": ["b"]}},
        "http.alias",
        ["b"],
    ),
    (
        "alias mappings for list",
        LBWS,
        {"http": {"path": "/", "alias": ["a"]}},
        {"http": {"alias": [{"name": "b"}]}},
        "http.alias",
        [{"name": "b"}],
    ),
    ("entrypoint", LBWS, {"entrypoint": "a b"}, {"entrypoint": ["c"]}, "entrypoint", ["c"]),
    ("command", LBWS, {"command": ["a"]}, {"command": "b"}, "command", "b"),
    (
        "platform",
        LBWS,
        {"platform": "linux/amd64"},
        {"platform": {"osfamily": "linux", "architecture": "arm64"}},
        "platform",
        {"osfamily": "linux", "architecture": "arm64"},
    ),
    (
        "security groups",
        LBWS,
        {"network": {"vpc": {"security_groups": ["a"]}}},
        {"network": {"vpc": {"security_groups": {"deny_default": True}}}},
        "network.vpc.security_groups",
        {"deny_default": True},
    ),
    (
        "placement",
        LBWS,
        {"network": {"vpc": {"placement": "private"}}},
        {"network": {"vpc": {"placement": {"subnets": ["a"]}}}},
        "network.vpc.placement",
        {"subnets": ["a"]},
    ),
    (
        "subnets",
        LBWS,
        {"network": {"vpc": {"placement": {"subnets": ["a"]}}}},
        {"network": {"vpc": {"placement": {"subnets": {"from_tags": {"k": "v"}}}}}},
        "network.vpc.placement.subnets",
        {"from_tags": {"k": "v"}},
    ),
    (
        "connect",
        LBWS,
        {"network": {"connect": {"alias": "a"}}},
        {"network": {"connect": False}},
        "network.connect",
        False,
    ),
    ("count number for mapping", LBWS, {"count": SCALING}, {"count": 2}, "count", 2),
    ("count mapping for number", LBWS, {"count": 2}, {"count": SCALING}, "count", SCALING),
    ("spot for scaling", LBWS, {"count": SCALING}, {"count": {"spot": 2}}, "count", {"spot": 2}),
    ("scaling for spot", LBWS, {"count": {"spot": 2}}, {"count": SCALING}, "count", SCALING),
    (
        "range",
        LBWS,
        {"count": SCALING},
        {"count": {"range": {"min": 1, "max": 2}}},
        "count.range",
        {"min": 1, "max": 2},
    ),
    (
        "metric mapping for value",
        LBWS,
        {"count": SCALING},
        {"count": {"cpu_percentage": {"value": 60}}},
        "count.cpu_percentage",
        {"value": 60},
    ),
    (
        "metric value for mapping",
        LBWS,
        {"count": {"range": "1-2", "cpu_percentage": {"value": 60}}},
        {"count": {"cpu_percentage": 5}},
        "count.cpu_percentage",
        5,
    ),
    (
        "efs",
        LBWS,
        {"storage": {"volumes": {"v": {"path": "/v", "efs": True}}}},
        {"storage": {"volumes": {"v": {"efs": {"id": "f"}}}}},
        "storage.volumes.v.efs.id",
        "f",
    ),
    (
        "efs uid for id",
        LBWS,
        {"storage": {"volumes": {"v": {"path": "/v", "efs": {"id": "f", "root_dir": "/"}}}}},
        {"storage": {"volumes": {"v": {"efs": {"uid": 1, "gid": 2}}}}},
        "storage.volumes.v.efs.id",
        None,
    ),
    (
        "efs id for uid",
        LBWS,
        {"storage": {"volumes": {"v": {"path": "/v", "efs": {"uid": 1, "gid": 2}}}}},
        {"storage": {"volumes": {"v": {"efs": {"id": "f"}}}}},
        "storage.volumes.v.efs.uid",
        None,
    ),
    (
        "queue",
        WORKER,
        {"subscribe": {"topics": [], "queue": {"retention": "1h"}}},
        {"subscribe": {"queue": {"fifo": True}}},
        "subscribe.queue.fifo",
        True,
    ),
    ("http off", LBWS, {}, {"http": False, "nlb": {"port": "80"}}, "http", False),
    ("http on", LBWS, {"http": False, "nlb": {"port": "80"}}, {"http": {"path": "x"}}, "http.path", "x"),
    (
        "secret",
        LBWS,
        {"secrets": {"A": "x"}},
        {"secrets": {"A": {"secretsmanager": "y"}}},
        "secrets.A",
        {"secretsmanager": "y"},
    ),
    (
        "health check mapping for text",
        LBWS,
        {"http": {"path": "/", "healthcheck": "/x"}},
        {"http": {"healthcheck": {"interval": "5s"}}},
        "http.healthcheck.interval",
        5.0,
    ),
    (
        "health check text for mapping",
        LBWS,
        {"http": {"path": "/", "healthcheck": {"path": "/x"}}},
        {"http": {"healthcheck": "/y"}},
        "http.healthcheck",
        "/y",
    ),
    (
        "variables unite",
        LBWS,
        {"variables": {"A": "1", "B": "2"}},
        {"variables": {"B": {"from_cfn": "x"}}},
        "variables",
        {"A": "1", "B": {"from_cfn": "x"}},
    ),
    (
        "sidecars merge",
        LBWS,
        {"sidecars": {"n": {"image": "x", "port": "1"}}},
        {"sidecars": {"n": {"port": "2"}}},
        "sidecars.n.image",
        "x",
    ),
    (
        "additional rules are replaced",
        LBWS,
        {"http": {"path": "/", "additional_rules": [{"path": "a"}, {"path": "b"}]}},
        {"http": {"additional_rules": []}},
        "http.additional_rules",
        [],
    ),
    (
        "topics are replaced",
        LBWS,
        {"publish": {"topics": [{"name": "a"}]}},
        {"publish": {"topics": [{"name": "b"}]}},
        "publish.topics",
        [{"name": "b"}],
    ),
    (
        "an empty text of a site does not override",
        STATIC,
        {"http": {"alias": "a"}},
        {"http": {"alias": ""}},
        "http.alias",
        "a",
    ),
    ("files are replaced", STATIC, {}, {"files": [{"source": "b"}]}, "files", [{"source": "b"}]),
    (
        "exclude",
        STATIC,
        {"files": [{"source": "a", "exclude": "x"}]},
        {"files": [{"source": "a", "exclude": ["y"]}]},
        "files",
        [{"source": "a", "exclude": ["y"]}],
    ),
)


def effective(kind: str, base: Fields, override: Fields) -> Fields:
    required: dict[str, Fields] = {
        LBWS: {"image": IMAGE, "http": HTTP},
        WORKER: {"image": {"build": "D"}},
        STATIC: {"files": [{"source": "a"}]},
    }
    manifest = {"name": "api", "type": kind, **required[kind], **base, "environments": {"test": override}}
    # JSON is YAML
    return load_manifest(json.dumps(manifest).encode(), Request("m.yml", KINDS, "shop", "test")).body


@pytest.mark.parametrize(
    ("kind", "base", "override", "path", "wanted"), [row[1:] for row in ROWS], ids=[row[0] for row in ROWS]
)
def test_an_override_in_another_form_clears_the_base(
    kind: str, base: Fields, override: Fields, path: str, wanted: object
) -> None:
    found: object = effective(kind, base, override)
    for key in path.split("."):
        found = found.get(key) if isinstance(found, dict) else None

    assert found == wanted


@pytest.mark.parametrize(
    "override",
    [
        {"image": {"build": "D", "location": "x"}},
        {"count": {"spot": 1, "range": "1-2"}},
        {"storage": {"volumes": {"v": {"path": "/v", "efs": {"id": "f", "uid": 1, "gid": 1}}}}},
    ],
)
def test_both_sides_in_an_override_are_an_error(override: Fields) -> None:
    with pytest.raises(ManifestInvalid, match=r"environments\.test\."):
        effective(LBWS, {}, override)
