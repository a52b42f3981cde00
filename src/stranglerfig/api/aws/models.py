"""The services' models, botocore's own: what operations there are, and what goes in and comes out of them.

botocore is loaded with the first signed request: the daemon is to answer soon after it was started, and most never hear
of AWS. Only the models that ship with it count, none that a user keeps for other clients.
"""

from __future__ import annotations

from functools import cache
from typing import Any

from stranglerfig.api.aws.services import FACES


@cache
def load_model(service: str) -> Any:
    """A ``botocore.model.ServiceModel``, by the name that clients sign for."""
    from botocore.loaders import Loader  # type: ignore[import-untyped]
    from botocore.model import ServiceModel  # type: ignore[import-untyped]

    loader = Loader(extra_search_paths=[Loader.BUILTIN_DATA_PATH], include_default_search_paths=False)
    return ServiceModel(loader.load_service_model(FACES[service].model, "service-2"), service)
