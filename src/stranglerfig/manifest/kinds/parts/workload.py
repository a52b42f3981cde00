"""What every kind that runs as containers has, besides its image. Pure."""

from __future__ import annotations

from stranglerfig.manifest.kinds.parts.container import COMMAND, ENTRYPOINT, ENV_FILE, SECRETS, VARIABLES
from stranglerfig.manifest.kinds.parts.log_router import LOGGING
from stranglerfig.manifest.kinds.parts.network import NETWORK
from stranglerfig.manifest.kinds.parts.publish import PUBLISH
from stranglerfig.manifest.kinds.parts.sidecars import SIDECARS
from stranglerfig.manifest.kinds.parts.storage import STORAGE
from stranglerfig.manifest.kinds.parts.task import EXEC, LOCAL, PLATFORM, TASKDEF_OVERRIDES, size
from stranglerfig.manifest.rules.containers import dependencies, mounted_volumes, own_names
from stranglerfig.manifest.rules.platform import fits_the_platform
from stranglerfig.manifest.rules.ports import owned_ports

CONTAINERS = (
    ENTRYPOINT,
    COMMAND,
    *size(),
    PLATFORM,
    EXEC,
    VARIABLES,
    ENV_FILE,
    SECRETS,
    STORAGE,
    LOGGING,
    SIDECARS,
    NETWORK,
    PUBLISH,
    TASKDEF_OVERRIDES,
    LOCAL,
)
RULES = (own_names, dependencies, mounted_volumes, owned_ports, fits_the_platform)
