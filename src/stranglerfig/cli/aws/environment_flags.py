"""What flags of `env init` say of an environment on AWS, as its manifest has it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import zip_longest
from typing import TYPE_CHECKING

from stranglerfig.errors import UsageError
from stranglerfig.manifest.paths import upwards
from stranglerfig.manifest.problems import ManifestInvalid
from stranglerfig.manifest.rules.given import text
from stranglerfig.manifest.rules.vpc import VPC

if TYPE_CHECKING:
    from stranglerfig.aws.synth.problems import NotDeployable

Given = Mapping[str, object]
#: Flags that only make sense on AWS: with one of them an environment is meant to be there.
NETWORK = (
    *("import_vpc_id", "import_public_subnets", "import_private_subnets", "import_cert_arns", "override_vpc_cidr"),
    *("override_az_names", "override_public_cidrs", "override_private_cidrs", "internal_alb_subnets"),
)
SWITCHES = ("internal_alb_allow_vpc_ingress", "container_insights")
_SUBNETS = "network.vpc.subnets"
FLAGS = {
    "network.vpc.id": "--import-vpc-id",
    "network.vpc.cidr": "--override-vpc-cidr",
    _SUBNETS: "the subnets",
    **{f"{_SUBNETS}.{kind}": f"the {kind} subnets" for kind in ("public", "private")},
    "http.public.certificates": "--import-cert-arns",
    "http.private.certificates": "--import-cert-arns",
    "http.private.subnets": "--internal-alb-subnets",
}


def to_settings(given: Given) -> dict[str, object]:
    """Sections of the manifest. Raises ``UsageError`` for flags that exclude each other."""
    found: dict[str, object] = {}
    if vpc := _vpc(given):
        found["network"] = {"vpc": vpc}
    if http := _http(given):
        found["http"] = http
    if given.get("container_insights"):
        found["observability"] = {"container_insights": True}
    return found


def by_flags(refused: ManifestInvalid | NotDeployable) -> UsageError:
    """What is wrong with the manifest that flags make, told by the flags."""
    if isinstance(refused, ManifestInvalid):
        problems = [(one.path, one.message) for one in refused.problems if not one.is_warning]
    else:
        problems = [*refused.problems]
    told = "".join(f"\n{flag_of(path)}: {message}" for path, message in problems)
    return UsageError(f"no environment can be as these flags say:{told}")


def flag_of(path: str) -> str:
    """That says what stands at a path of the manifest; the path itself, where none does."""
    return next((FLAGS[one] for one in upwards(path) if one in FLAGS), path)


def _vpc(given: Given) -> dict[str, object]:
    imported, cidr = given.get("import_vpc_id"), given.get("override_vpc_cidr")
    ids = {kind: listed(given, f"import_{kind}_subnets") for kind in ("public", "private")}
    cidrs = {kind: listed(given, f"override_{kind}_cidrs") for kind in ("public", "private")}
    zones = listed(given, "override_az_names")
    if (imported or any(ids.values())) and (cidr or zones or any(cidrs.values())):
        raise UsageError(
            "--import-… and --override-… exclude each other: a VPC is there already, or is to be made",
            hint="Leave the flags of one kind out.",
        )
    if any(ids.values()) and not imported:
        raise UsageError("--import-…-subnets without a VPC", hint="Add `--import-vpc-id`.")
    vpc: dict[str, object] = {"id": imported} if imported else {"cidr": cidr} if cidr else {}
    subnets = {kind: [{"id": one} for one in found] for kind, found in ids.items() if found}
    if zones and not any(cidrs.values()):
        cidrs = blocks(text(given, "override_vpc_cidr") or VPC, len(zones))
    for kind, found in cidrs.items():
        if found:
            pairs = zip_longest(found, zones) if zones else ((one, None) for one in found)
            subnets[kind] = [subnet(one, zone) for one, zone in pairs]
    return {**vpc, **({"subnets": subnets} if subnets else {})}


def blocks(cidr: str, zones: int) -> dict[str, list[str]]:
    """Of the subnets of a kind, one for each zone, as an environment has them that says nothing of its subnets."""
    from stranglerfig.aws.synth.environment.shape import first_subnets

    try:
        found = first_subnets(cidr, 2 * zones)
    except ValueError:
        # What is wrong with the addresses is said of the manifest.
        found = []
    return {"public": found[:zones], "private": found[zones:]}


def subnet(cidr: str | None, zone: str | None) -> dict[str, str]:
    if cidr is None:
        raise UsageError(
            f"--override-az-names has {zone} without a network", hint="Give as many CIDRs as availability zones."
        )
    return {"cidr": cidr, **({"az": zone} if zone else {})}


def _http(given: Given) -> dict[str, object]:
    certificates, subnets = listed(given, "import_cert_arns"), listed(given, "internal_alb_subnets")
    has_public = bool(listed(given, "import_public_subnets")) or not given.get("import_vpc_id")
    public: dict[str, object] = {"certificates": certificates} if certificates and has_public else {}
    private: dict[str, object] = {"certificates": certificates} if certificates and not has_public else {}
    if subnets:
        private["subnets"] = subnets
    if given.get("internal_alb_allow_vpc_ingress"):
        private["ingress"] = {"vpc": True}
    return {name: one for name, one in (("public", public), ("private", private)) if one}


def listed(given: Given, name: str) -> list[str]:
    """Each flag may be repeated, and may hold several with commas between them."""
    found = given.get(name)
    parts: Sequence[object] = found if isinstance(found, (list, tuple)) else [found] if found else []
    return [one for part in parts for one in str(part).split(",") if one]


def means_aws(given: Given) -> bool:
    """Whether any flag asks for an environment on AWS."""
    return any(given.get(name) for name in ("profile", "region", "aws_access_key_id", *NETWORK, *SWITCHES))
