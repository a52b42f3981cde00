"""The nested stack of what a workload has beside its tasks: tables, buckets, policies of the user's own. Pure."""

from __future__ import annotations

from stranglerfig.aws.synth.facts import Release
from stranglerfig.aws.synth.template import Fragment, Ref, Resource, Value
from stranglerfig.aws.synth.workload.variables import ADDONS


def addons_stack(release: Release) -> Fragment:
    """Empty for a workload without addons."""
    if release.addons is None:
        return Fragment()
    parameters: dict[str, Value] = {"App": Ref("AppName"), "Env": Ref("EnvName"), "Name": Ref("WorkloadName")}
    stack = Resource(
        "AWS::CloudFormation::Stack",
        {"Parameters": {**parameters, **release.addons.parameters}, "TemplateURL": Ref("AddonsTemplateURL")},
        description="An Addons CloudFormation Stack for your additional AWS resources",
    )
    return Fragment({ADDONS: stack})
