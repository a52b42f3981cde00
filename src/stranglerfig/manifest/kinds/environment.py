"""Environment: on AWS a VPC, its balancers and its content network; here one port. Pure."""

from __future__ import annotations

from dataclasses import replace

from stranglerfig.manifest.rules.environment import (
    cdn_is_on,
    certificates_agree,
    internal_subnets_are_imported,
    one_way_to_restrict,
)
from stranglerfig.manifest.rules.forms import all_or_none
from stranglerfig.manifest.rules.texts import wrong_cidr, wrong_edge_certificate, wrong_name, wrong_port_range
from stranglerfig.manifest.rules.vpc import imported_or_managed
from stranglerfig.manifest.schema import Boolean, Effect, Field, Integer, KindDeclaration, ListOf, OneOf, Section, Text

ENVIRONMENT_TYPE = "Environment"
_CIDR = Text(check=wrong_cidr)
_SUBNETS = ListOf(
    Section(
        (
            Field("id", Text(), doc="A subnet that exists already."),
            Field("cidr", _CIDR, doc="The addresses of a new subnet."),
            Field("az", Text(), doc="The availability zone of a new subnet."),
        )
    )
)
_TRAFFIC = ListOf(
    Section(
        (
            Field("cidr", _CIDR, required=True, doc="From or to which addresses."),
            Field("ip_protocol", Text(), required=True, doc="`tcp`, `udp`, `icmp`, or `-1` for all."),
            Field("ports", Text(check=wrong_port_range), required=True, doc="A port, or a range: `8000-8100`."),
        )
    )
)
_SECURITY_GROUP = Section(
    (
        Field("ingress", _TRAFFIC, doc="What may come in besides."),
        Field("egress", _TRAFFIC, doc="What may go out."),
    )
)
_VPC = Section(
    (
        Field("id", Text(), doc="A VPC that exists already."),
        Field("cidr", _CIDR, doc="The addresses of a new VPC; `10.0.0.0/16` if absent."),
        Field(
            "subnets",
            Section((Field("public", _SUBNETS, doc="Public ones."), Field("private", _SUBNETS, doc="Private ones."))),
            doc="Its subnets.",
        ),
        Field("security_group", _SECURITY_GROUP, doc="Rules for the security group of the environment."),
        Field(
            "flow_logs",
            OneOf((Boolean(), Section((Field("retention", Integer(least=1), default=14, doc="Days."),)))),
            doc="Whether connections are logged, and for how many days.",
        ),
    ),
    rules=(imported_or_managed,),
)
_NETWORK = Field("network", Section((Field("vpc", _VPC, doc="The VPC."),)), doc="The environment's network.")
_OBSERVABILITY = Field(
    "observability",
    Section((Field("container_insights", Boolean(), doc="Whether CloudWatch measures containers."),)),
    doc="What is measured.",
)
_RESTRICT_TO = Field(
    "restrict_to",
    Section(
        (
            Field("cdn", Boolean(), doc="The content network alone."),
            Field("source_ips", ListOf(_CIDR), doc="These networks alone."),
        )
    ),
    doc="Who may connect. `http.public.ingress` says it today.",
)
_FROM_VPC = Field(
    "from_vpc", Boolean(), doc="Whether the whole VPC may connect. `http.private.ingress.vpc` says it today."
)
#: Copilot's own scaffold writes the older name here
_VPC_MAY_CONNECT = Field("vpc", Boolean(), spelt="from_vpc", doc="Whether the whole VPC may connect.")
_SECURITY_GROUPS = Field(
    "security_groups",
    Section((Field("ingress", Section((_RESTRICT_TO, _FROM_VPC)), doc="What may come in."),)),
    doc="How the balancer's ingress was written once.",
)
_CERTIFICATES = Field("certificates", ListOf(Text()), doc="ARNs of certificates; with them there is HTTPS.")
_SSL_POLICY = Field("ssl_policy", Text(), doc="The policy for TLS.")
_ACCESS_LOGS = Section(
    (
        Field("bucket_name", Text(), doc="A bucket that exists already."),
        Field("prefix", Text(), doc="Where in the bucket."),
    )
)
_PUBLIC = Section(
    (
        _SECURITY_GROUPS,
        _CERTIFICATES,
        Field("access_logs", OneOf((Boolean(), _ACCESS_LOGS)), doc="Whether requests are logged to a bucket."),
        Field(
            "ingress",
            Section(
                (
                    Field("cdn", Boolean(), doc="Whether requests come by the content network alone."),
                    Field("source_ips", ListOf(_CIDR), doc="Networks that requests may come from."),
                )
            ),
            doc="Who may connect.",
        ),
        _SSL_POLICY,
    )
)
_PRIVATE = Section(
    (
        Field("subnets", ListOf(Text()), doc="Ids of imported subnets that the balancer stands in."),
        _CERTIFICATES,
        _SECURITY_GROUPS,
        Field(
            "ingress",
            Section((_VPC_MAY_CONNECT,)),
            doc="Who may connect.",
        ),
        _SSL_POLICY,
    )
)
_HTTP = Field(
    "http",
    Section(
        (
            Field("public", _PUBLIC, doc="The balancer for requests from the internet."),
            Field("private", _PRIVATE, doc="The balancer for requests from inside."),
        )
    ),
    doc="The environment's application load balancers.",
)
_STATIC_ASSETS = Section(
    (
        Field("location", Text(), doc="The bucket."),
        Field("alias", Text(), doc="The host."),
        Field("path", Text(), doc="The path pattern."),
    ),
    rules=(all_or_none("alias", "location", "path"),),
)
_CDN = Field(
    "cdn",
    OneOf(
        (
            Boolean(),
            Section(
                (
                    Field(
                        "certificate",
                        Text(check=wrong_edge_certificate),
                        doc="The ARN of a certificate of CloudFront's.",
                    ),
                    Field("terminate_tls", Boolean(), doc="Whether TLS ends at the content network."),
                    Field("static_assets", _STATIC_ASSETS, doc="A bucket that is served beside the balancer."),
                )
            ),
        )
    ),
    doc="Whether there is a content network before the public balancer.",
)
_LOCAL = Section(
    (
        Field(
            "runtime",
            Text(choices=("docker", "process")),
            doc="What runs tasks: Docker, or plain processes. If absent, Docker where its engine answers.",
        ),
        Field(
            "port",
            Integer(least=0, most=65_535),
            doc="The port on 127.0.0.1 that the environment listens on; a free one if absent or 0.",
        ),
    )
)
ENVIRONMENT = KindDeclaration(
    ENVIRONMENT_TYPE,
    Section(
        (
            Field("name", Text(check=wrong_name), required=True, doc="The environment's name: that of its folder."),
            Field("type", Text(choices=(ENVIRONMENT_TYPE,)), required=True, doc="The kind of manifest."),
            Field(
                "target",
                Text(choices=("local", "aws")),
                default="aws",
                doc="Where the environment is: on this machine, or on AWS. Not of Copilot's language.",
            ),
            Field("local", _LOCAL, doc="How this machine runs the environment. Not of Copilot's language."),
            *(replace(field, effect=Effect.AWS) for field in (_NETWORK, _OBSERVABILITY, _HTTP, _CDN)),
        ),
    ),
    rules=(one_way_to_restrict, cdn_is_on, certificates_agree, internal_subnets_are_imported),
    has_environments=False,
)
