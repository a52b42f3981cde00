"""On the cloud of the tests a role may ask for what its policies name, and for nothing else."""

from __future__ import annotations

import json

import pytest

from stranglerfig.aws.session import Session
from stranglerfig.errors import FigError
from tests.aws.standin.cloud import ACCOUNT, REGION
from tests.aws.standin.operations import operation_of

TRUST = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "sts:AssumeRole"}],
}
LOOKS = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Action": ["ssm:Get*", "s3:PutObject"], "Resource": "*"}],
}


def test_a_role_is_refused_what_no_policy_of_its_allows(session: Session) -> None:
    iam = session.client("iam")
    iam.create_role(RoleName="looker", AssumeRolePolicyDocument=json.dumps(TRUST))
    iam.put_role_policy(RoleName="looker", PolicyName="looks", PolicyDocument=json.dumps(LOOKS))
    session.client("s3").create_bucket(Bucket="looked", CreateBucketConfiguration={"LocationConstraint": REGION})
    looker = session.assume(f"arn:aws:iam::{ACCOUNT}:role/looker", REGION)

    assert looker.client("ssm").get_parameters_by_path(Path="/none")["Parameters"] == []
    looker.client("s3").put_object(Bucket="looked", Key="a/b", Body=b"")
    with pytest.raises(FigError, match="ssm:PutParameter"):
        looker.client("ssm").put_parameter(Name="a", Value="b", Type="String")
    with pytest.raises(FigError, match="s3:GetObject"):
        looker.client("s3").get_object(Bucket="looked", Key="a/b")
    with pytest.raises(FigError, match="cloudformation:DescribeStacks"):
        looker.client("cloudformation").describe_stacks()


@pytest.mark.parametrize(
    ("service", "asked", "query", "wanted"),
    [
        ("s3", "GET /b/k/l", "", "GetObject"),
        ("s3", "PUT /b/k", "partNumber=1&uploadId=x", "UploadPart"),
        ("s3", "PUT /b/k", "", "PutObject"),
        ("s3", "GET /b", "list-type=2&prefix=x", "ListObjectsV2"),
        ("s3", "GET /b", "versions", "ListObjectVersions"),
        ("s3", "POST /b", "delete", "DeleteObjects"),
        ("cloudfront", "POST /2020-05-31/distribution/E1/invalidation", "", "CreateInvalidation"),
        ("route53", "POST /2013-04-01/hostedzone/Z1/rrset/", "", "ChangeResourceRecordSets"),
        ("ssm", "GetParameter", "", "GetParameter"),
    ],
)
def test_an_operation_is_known_by_its_path_where_it_has_no_name(
    service: str, asked: str, query: str, wanted: str
) -> None:
    assert operation_of(service, asked, query) == wanted
