"""Small manifests that are right, one or two a kind, and what to break them with."""

from __future__ import annotations

SEEDS = (
    b"""name: shop
type: Strangler Proxy
default: http://127.0.0.1:8000
port: 8080
owner: web
routes:
  users: {path: /api/users, to: users, weight: 5, sticky: cookie, methods: [GET], headers: [X-A: b*]}
  posts: {path: "/p/{id}", exact: true, to: posts, strip: true, state: inactive, expires: 2027-01-31}
environments:
  test: {port: 0, routes: {users: {weight: 0}}}
""",
    b"""name: web
type: Load Balanced Web Service
image: {build: web/Dockerfile, port: 8080}
http:
  path: /api
  healthcheck: {path: /ok, interval: 5s}
  additional_rules: [{path: b, target_port: 81}]
environments:
  test: {http: false, nlb: {port: 80/tcp}}
""",
    b"""name: web
type: Load Balanced Web Service
image: {location: "nginx:${TAG}", port: 80}
http: true
nlb: {port: 443/tls, healthcheck: {interval: 10s}}
count: {range: 1-10, cpu_percentage: 70, memory_percentage: {value: 30}}
network: {vpc: {placement: private}, connect: {alias: x}}
storage: {volumes: {v: {path: /v, efs: {uid: 1, gid: 2}}}}
""",
    b"""name: api
type: Backend Service
image:
  build: {dockerfile: Dockerfile, args: {A: b}}
  port: 8080
sidecars:
  nginx: {image: nginx, port: "80", depends_on: {api: start}}
variables: {A: 1, B: {from_cfn: x}}
secrets: {S: {secretsmanager: y}}
""",
    b"""name: eater
type: Worker Service
image: {build: Dockerfile}
command: ["a", "b"]
subscribe:
  topics: [{name: t, service: api, queue: {retention: 96h}}]
  queue: {dead_letter: {tries: 3}, fifo: true}
count: {range: {min: 1, max: 2}, queue_delay: {acceptable_latency: 1m, msg_processing_time: 1s}}
""",
    b"""name: nightly
type: Scheduled Job
image: {location: x}
on: {schedule: "@every 1h"}
retries: 2
timeout: 5m
environments: {prod: {on: {schedule: none}}, test: null}
""",
    b"""name: rd
type: Request-Driven Web Service
image: {location: public.ecr.aws/a/b, port: 80}
http: {healthcheck: {path: /, timeout: 2s}, private: true}
cpu: 1024
tags: {a: b}
""",
    b"""name: site
type: Static Site
http: {alias: a.example.com}
files:
- {source: dist, recursive: true, exclude: ["*.map"]}
- source: x.html
  destination: y
""",
    b"""name: test
type: Environment
network: {vpc: {cidr: 10.0.0.0/16, flow_logs: on}}
http: {public: {certificates: [a], ingress: {source_ips: [1.2.3.4/32]}}}
cdn: {certificate: "arn:aws:acm:us-east-1:123456789012:certificate/a", terminate_tls: true}
observability: {container_insights: true}
""",
    b"""name: release
version: 1
source: {provider: GitHub, properties: {branch: main}}
stages:
- {name: test, test_commands: [make], deployments: {a: {depends_on: [b]}, b: {}}}
- name: prod
  requires_approval: true
""",
)

ENVIRON = {"A": "a", "TAG": "1", "LIST": '["x", "y"]', "N": "3"}

#: Put where a value, a key or a line was.
SHARDS = (
    *(b"", b"null", b"~", b"true", b"no", b"0", b"-1", b"1e9", b"99999999999999999999", b"1.5", b"''", b"[]", b"{}"),
    *(b"[[]]", b"{a: b}", b"[a, 1, null]", b"{<<: {a: b}}", b"{? a : b}", b"*a", b"&a b", b"&a [*a]", b"!!int x"),
    *(
        b"!Ref y",
        b"!!binary aGk=",
        b"|\n  x",
        b">-\n  y",
        b"'",
        b'"',
        b'"\\ud800"',
        b'"\\U0010FFFF"',
        b"${A}",
        b"\\${A}",
    ),
    *(b"${UNSET}", b"${COPILOT_ENVIRONMENT_NAME}", b'\'["a", "b"]\'', b"${LIST}", b"5d", b"1h30m", b"10s", b"80/udp"),
    *(b"1-10", b"10-1", b"private", b"\t", b"\x00", b"\xff\xfe", b"\xc3\xa9", b"\xe2\x80\xa8", b"# x", b"---", b"..."),
    *(
        b"%YAML 1.1",
        b": ",
        b"- ",
        b"? ",
        b", ",
        b"[",
        b"}",
        b"@x",
        b"`",
        b"=",
        b"<<",
        b"012",
        b"0x1F",
        b"1:30",
        b".inf",
    ),
    *(b"2024-01-01", b"a" * 300, b"9" * 50, b"environments", b"image", b"http", b"name", b"type", b"healthcheck"),
    *(b"build", b"location", b"port", b"count", b"range", b"spot", b"efs", b"queue", b"from_cfn", b"on", b"path"),
)
