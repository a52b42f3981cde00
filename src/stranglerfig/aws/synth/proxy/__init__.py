"""A Strangler Proxy as rules of the environment's balancer. Pure."""

from __future__ import annotations

from stranglerfig.aws.synth.proxy.release import ProxyRelease as ProxyRelease
from stranglerfig.aws.synth.proxy.template import proxy_parameters as proxy_parameters
from stranglerfig.aws.synth.proxy.template import proxy_template as proxy_template
