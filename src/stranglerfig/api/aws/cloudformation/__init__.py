"""AWS CloudFormation: its operations by name."""

from __future__ import annotations

from stranglerfig.api.aws.cloudformation.templated import with_tree
from stranglerfig.api.aws.handler import Handler
from stranglerfig.control.operations.cloudformation import change_sets, describing, policies, stacks, templates

OPERATIONS: dict[str, Handler] = {
    "CreateStack": with_tree(stacks.create_stack),
    "UpdateStack": with_tree(stacks.update_stack),
    "DeleteStack": stacks.delete_stack,
    "CancelUpdateStack": stacks.cancel_update_stack,
    "RollbackStack": stacks.rollback_stack,
    "ContinueUpdateRollback": stacks.continue_update_rollback,
    "UpdateTerminationProtection": stacks.update_termination_protection,
    "DescribeStacks": describing.describe_stacks,
    "ListStacks": describing.list_stacks,
    "DescribeStackEvents": describing.describe_stack_events,
    "DescribeStackResources": describing.describe_stack_resources,
    "DescribeStackResource": describing.describe_stack_resource,
    "ListStackResources": describing.list_stack_resources,
    "ListExports": describing.list_exports,
    "ListImports": describing.list_imports,
    "CreateChangeSet": with_tree(change_sets.create_change_set),
    "DescribeChangeSet": change_sets.describe_change_set,
    "ExecuteChangeSet": change_sets.execute_change_set,
    "DeleteChangeSet": change_sets.delete_change_set,
    "ListChangeSets": change_sets.list_change_sets,
    "GetTemplate": templates.get_template,
    "GetTemplateSummary": with_tree(templates.get_template_summary),
    "ValidateTemplate": with_tree(templates.validate_template),
    "SetStackPolicy": policies.set_stack_policy,
    "GetStackPolicy": policies.get_stack_policy,
}
