"""From checked manifests to CloudFormation templates. Pure; no template has a Lambda function."""
