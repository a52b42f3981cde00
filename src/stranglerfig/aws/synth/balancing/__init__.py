"""What stands in front of a workload: target groups, the rules of application balancers, network balancers. Pure."""

from __future__ import annotations

from stranglerfig.aws.synth.balancing.http import http_fragment as http_fragment
from stranglerfig.aws.synth.balancing.nlb import nlb_fragment as nlb_fragment
