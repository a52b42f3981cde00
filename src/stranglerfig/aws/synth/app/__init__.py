"""What an application has beside its environments: roles, zone, and in each region a place for artifacts. Pure."""

from stranglerfig.aws.synth.app.resources import AppWorkload, resources_template
from stranglerfig.aws.synth.app.roles import roles_parameters, roles_template

__all__ = ["AppWorkload", "resources_template", "roles_parameters", "roles_template"]
