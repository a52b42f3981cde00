"""What workloads need of their environment, together with what the stack has for others."""

from __future__ import annotations

from typing import Any

from stranglerfig.aws.additions import Additions
from stranglerfig.aws.release import WorkloadText
from stranglerfig.aws.synth.addons import read_addons
from stranglerfig.aws.synth.environment import Features, both, features_of, services_of, without
from stranglerfig.aws.synth.environment.features import read, written
from stranglerfig.aws.synth.overrides import read_patches
from stranglerfig.aws.workloads import needs_of
from stranglerfig.manifest.build_model import build_workload
from stranglerfig.manifest.kinds import KINDS
from stranglerfig.manifest.load import Request, load_manifest
from stranglerfig.manifest.model import WorkloadManifest

IMAGE = "{location: public.ecr.aws/example/api, port: 80}"


def manifest(name: str, kind: str, *lines: str, image: str = IMAGE) -> WorkloadManifest:
    text = "\n".join([f"name: {name}", f"type: {kind}", f"image: {image}", *lines])
    return build_workload(load_manifest(text.encode(), Request("manifest.yml", KINDS)))


def needs(*manifests: WorkloadManifest, **known: str) -> dict[str, str]:
    return {name: value for name, value in written(features_of(manifests, known)).items() if value}


def test_who_is_reached_from_the_internet_needs_the_public_balancer() -> None:
    api = manifest("api", "Load Balanced Web Service", "http: {path: api}")
    web = manifest("web", "Request-Driven Web Service")

    assert needs(api, web) == {"ALBWorkloads": "api,web"}


def test_who_is_reached_from_inside_alone_needs_the_internal_balancer_only_if_it_asks_for_one() -> None:
    with_http = manifest("rates", "Backend Service", "http: {path: /}")
    without_http = manifest("store", "Backend Service")
    private = manifest("admin", "Request-Driven Web Service", "http: {private: true}")

    assert needs(with_http, without_http, private) == {"InternalALBWorkloads": "admin,rates"}


def test_who_brings_a_balancer_or_wants_none_needs_none() -> None:
    brings = manifest("api", "Load Balanced Web Service", "http: {path: api, alb: my-balancer}")
    wants_none = manifest("game", "Load Balanced Web Service", "http: false", "nlb: {port: 443/tcp}")

    assert needs(brings, wants_none) == {}


def test_private_tasks_need_a_way_out_and_managed_volumes_a_file_system() -> None:
    files = "storage: {volumes: {data: {efs: true, path: /data}}}"
    job = manifest("nightly", "Worker Service", "network: {vpc: {placement: private}}", files, image="{location: x}")

    assert needs(job) == {"EFSWorkloads": "nightly", "NATWorkloads": "nightly"}


def test_a_volume_with_a_file_system_of_its_own_needs_none_of_the_environment() -> None:
    own = manifest("api", "Backend Service", "storage: {volumes: {data: {efs: {id: fs-1}, path: /data}}}")
    owned = manifest("web", "Backend Service", "storage: {volumes: {data: {efs: {uid: 7, gid: 7}, path: /data}}}")

    assert needs(own, owned) == {"EFSWorkloads": "web"}


def test_aliases_are_those_of_all_rules_each_once() -> None:
    rules = "additional_rules: [{path: two, alias: [b.example.com, a.example.com]}]"
    api = manifest("api", "Load Balanced Web Service", f"http: {{path: one, alias: a.example.com, {rules}}}")

    assert needs(api)["Aliases"] == '{"api":["a.example.com","b.example.com"]}'


def test_what_workloads_of_other_repositories_need_is_kept() -> None:
    api = manifest("api", "Load Balanced Web Service", "http: {path: api}")
    known = {"ALBWorkloads": "other", "NATWorkloads": "api,other", "Aliases": '{"other":["o.example.com"]}'}

    found = needs(api, **known)

    assert found == {"ALBWorkloads": "api,other", "NATWorkloads": "other", "Aliases": '{"other":["o.example.com"]}'}


def test_who_is_gone_needs_nothing_any_more() -> None:
    known = {"ALBWorkloads": "api,other", "AppRunnerPrivateWorkloads": "api", "Aliases": '{"api":["o.example.com"]}'}

    assert written(features_of([], known, gone=["api"])) == written(Features(public_balancer=frozenset({"other"})))


def test_while_workloads_are_deployed_a_stack_has_what_it_had_and_what_it_will_have() -> None:
    had = read({"NATWorkloads": "api", "Aliases": '{"api":["old.example.com"]}'})
    wanted = Features(file_system=frozenset({"api"}), aliases={"api": ("new.example.com",)})

    found = both(had, wanted)

    assert written(found)["NATWorkloads"] == written(found)["EFSWorkloads"] == "api"
    assert found.aliases == {"api": ("old.example.com", "new.example.com")}


def test_what_is_written_is_read_as_the_same() -> None:
    names: dict[str, Any] = {"public_balancer": frozenset({"a", "b"}), "nat": frozenset({"b"})}
    features = Features(
        **names, addons={"a": frozenset({"es", "dax"})}, aliases={"a": ("x.example.com", "y.example.com")}
    )

    assert read(written(features)) == features


def test_rights_that_addons_need_go_with_the_last_who_has_such() -> None:
    both_need = Features(addons={"es": frozenset({"es"}), "api": frozenset({"es", "dax"}), "environments": frozenset()})

    assert without(both_need, ["es"]).services == {"es", "dax"}
    assert without(both_need, ["api"]).services == {"es"}
    assert written(without(both_need, ["api", "es"]))["AddonServices"] == ""


def test_rights_of_nobody_knows_who_stay() -> None:
    """As they were written before it was said who needs them."""
    assert without(read({"AddonServices": "dax,es"}), ["api"]).services == {"es", "dax"}


def test_a_workload_that_has_its_addons_no_more_needs_no_rights_for_them_once_it_is_deployed() -> None:
    api = WorkloadText(manifest("api", "Backend Service"), "")
    known = {"AddonServices": '{"api":["es"],"web":["dax"]}'}

    assert both(read(known), needs_of([api], known)).services == {"es", "dax"}
    assert needs_of([api], known).services == {"dax"}


def test_services_of_addons_are_those_that_no_template_of_ours_has() -> None:
    types = ["AWS::OpenSearchService::Domain", "AWS::DynamoDB::Table", "AWS::S3::Bucket", "AWS::ElastiCache::User"]

    assert services_of([*types, "AWS::IAM::ManagedPolicy", "Custom::Thing", "AWS::EFS::AccessPoint"]) == {
        "es",
        "elasticache",
    }


def test_what_stands_beside_a_workload_says_which_services_it_makes_things_of() -> None:
    addons = read_addons({"cache.yml": CACHE})
    patches = read_patches(b"- {op: add, path: /Resources/Shield, value: {Type: 'AWS::WAFv2::WebACLAssociation'}}", "p")

    found = needs_of([WorkloadText(manifest("api", "Backend Service"), "", Additions(addons, patches))])

    assert found.services == {"elasticache", "wafv2"}


CACHE = b"""
Parameters: {App: {Type: String}, Env: {Type: String}, Name: {Type: String}}
Resources:
  Cache: {Type: AWS::ElastiCache::ServerlessCache, Properties: {Engine: redis, ServerlessCacheName: forum-test-api}}
  Rows: {Type: AWS::DynamoDB::Table}
"""
