"""What buckets of ours have in common: encrypted, closed to the public, spoken to by TLS alone. Pure."""

from __future__ import annotations

from stranglerfig.aws.synth.policies import ANY, deny
from stranglerfig.aws.synth.template import GetAtt, Sub, Value

NOT_PUBLIC: Value = {
    "BlockPublicAcls": True,
    "BlockPublicPolicy": True,
    "IgnorePublicAcls": True,
    "RestrictPublicBuckets": True,
}


def only_by_tls(bucket: str) -> Value:
    """A statement: nobody speaks to the bucket with that logical id in the clear."""
    all_of_it: list[Value] = [GetAtt(bucket, "Arn"), Sub(f"${{{bucket}.Arn}}/*")]
    return deny("s3:*", on=all_of_it, sid="ForceHTTPS", by=ANY, when={"Bool": {"aws:SecureTransport": False}})


def encrypted(key: Value | None = None) -> Value:
    """At rest: by that key of KMS, else by S3's own."""
    if key is None:
        return {"ServerSideEncryptionConfiguration": [{"ServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}}]}
    by_key: Value = {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": key}
    return {"ServerSideEncryptionConfiguration": [{"ServerSideEncryptionByDefault": by_key, "BucketKeyEnabled": True}]}
