"""Refactor Spaces: which function answers which operation."""

from __future__ import annotations

from stranglerfig.api.aws.handler import Handler
from stranglerfig.control.operations.refactor_spaces import (
    applications,
    environments,
    policies,
    routes,
    services,
    tagging,
)

OPERATIONS: dict[str, Handler] = {
    "CreateEnvironment": environments.create_environment,
    "GetEnvironment": environments.get_environment,
    "ListEnvironments": environments.list_environments,
    "ListEnvironmentVpcs": environments.list_environment_vpcs,
    "DeleteEnvironment": environments.delete_environment,
    "CreateApplication": applications.create_application,
    "GetApplication": applications.get_application,
    "ListApplications": applications.list_applications,
    "DeleteApplication": applications.delete_application,
    "CreateService": services.create_service,
    "GetService": services.get_service,
    "ListServices": services.list_services,
    "DeleteService": services.delete_service,
    "CreateRoute": routes.create_route,
    "GetRoute": routes.get_route,
    "ListRoutes": routes.list_routes,
    "UpdateRoute": routes.update_route,
    "DeleteRoute": routes.delete_route,
    "TagResource": tagging.tag_resource,
    "UntagResource": tagging.untag_resource,
    "ListTagsForResource": tagging.list_tags_for_resource,
    "PutResourcePolicy": policies.put_resource_policy,
    "GetResourcePolicy": policies.get_resource_policy,
    "DeleteResourcePolicy": policies.delete_resource_policy,
}
