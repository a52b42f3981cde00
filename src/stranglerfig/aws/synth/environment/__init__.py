"""The stack of an environment: what all its workloads stand on. Pure."""

from stranglerfig.aws.synth.environment.assembly import (
    bootstrap_parameters,
    bootstrap_template,
    environment_parameters,
    environment_template,
)
from stranglerfig.aws.synth.environment.certificates import cdn_certificate_template, wants_cdn_certificate
from stranglerfig.aws.synth.environment.features import Features, both, features_of, without
from stranglerfig.aws.synth.environment.rights import services_of
from stranglerfig.aws.synth.environment.shape import EnvironmentShape, shape_of
from stranglerfig.aws.synth.environment.values import shaped

__all__ = [
    "EnvironmentShape",
    "Features",
    "bootstrap_parameters",
    "bootstrap_template",
    "both",
    "cdn_certificate_template",
    "environment_parameters",
    "environment_template",
    "features_of",
    "services_of",
    "shape_of",
    "shaped",
    "wants_cdn_certificate",
    "without",
]
