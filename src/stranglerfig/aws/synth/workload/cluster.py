"""Where a service runs, and what it is called there. Pure."""

from __future__ import annotations

from stranglerfig.aws.synth.names import env_export
from stranglerfig.aws.synth.template import GetAtt, import_value

#: the logical id
SERVICE = "Service"
SERVICE_NAME = GetAtt(SERVICE, "Name")
CLUSTER = import_value(env_export("ClusterId"))
