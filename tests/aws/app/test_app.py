"""An application's own stacks: its roles and zone, and its artifacts in each region."""

from __future__ import annotations

import json

from stranglerfig.aws.synth import names
from stranglerfig.aws.synth.app import AppWorkload, resources_template, roles_parameters, roles_template
from stranglerfig.aws.synth.facts import AppFacts
from stranglerfig.aws.synth.template import to_tree
from tests.aws.trees import part, properties

APP = AppFacts("demo", "111122223333", "eu-west-1", domain="example.com", hosted_zone="Z1", accounts=("444455556666",))


def test_the_parameters_of_the_roles_are_those_that_their_template_has() -> None:
    assert roles_parameters(APP).keys() == part(roles_template(APP), "Parameters").keys()
    assert roles_parameters(APP)["AppDNSDelegatedAccounts"] == "111122223333,444455556666"


def test_an_application_without_a_domain_gets_no_zone_and_no_role_for_it() -> None:
    of_domains = {name: one.get("Condition") for name, one in part(roles_template(APP), "Resources").items()}

    assert of_domains == {
        "AdministrationRole": None,
        "ExecutionRole": None,
        "DNSDelegationRole": "DelegateDNS",
        "AppHostedZone": "DelegateDNS",
        "AppDomainDelegationRecordSet": "DelegateDNS",
    }
    assert roles_parameters(AppFacts("demo", "111122223333", "eu-west-1"))["AppDomainName"] == ""


def test_each_workload_with_images_has_a_repository() -> None:
    found = resources_template(APP, [AppWorkload("my-api"), AppWorkload("site", has_images=False)], version=7)

    assert [one for one in part(found, "Resources") if one.startswith("ECR")] == ["ECRRepomyDASHapi"]
    assert properties(found, "ECRRepomyDASHapi")["RepositoryName"] == "demo/my-api"
    metadata = part(found, "Metadata")
    assert metadata["Workloads"] == [{"Name": "my-api", "WithECR": True}, {"Name": "site", "WithECR": False}]
    assert metadata["Version"] == 7


def test_old_images_expire_but_never_one_that_an_environment_runs() -> None:
    policy = properties(resources_template(APP, [AppWorkload("api")]), "ECRRepoapi")["LifecyclePolicy"]
    first, second = json.loads(policy["LifecyclePolicyText"])["rules"]

    # An image that has what the first rule asks for is not for the second.
    assert names.tag_in_use("test").startswith(tuple(first["selection"]["tagPrefixList"]))
    assert first["rulePriority"] < second["rulePriority"]
    assert second["selection"] == {"tagStatus": "any", "countType": "imageCountMoreThan", "countNumber": 100}


def test_other_accounts_with_environments_may_use_key_bucket_and_repositories() -> None:
    found = resources_template(APP, [AppWorkload("api")])

    for logical_id in ("KMSKey", "PipelineBuiltArtifactBucketPolicy", "ECRRepoapi"):
        assert "444455556666" in json.dumps(properties(found, logical_id)), logical_id
    assert "444455556666" not in json.dumps(to_tree(resources_template(AppFacts("demo", "1", "eu-west-1"), [])))
