"""The list of prices that comes with fig."""

from __future__ import annotations

import json
from functools import cache
from importlib.resources import files

from stranglerfig.aws.cost.prices import PriceList, read_prices


@cache
def load_prices() -> PriceList:
    return read_prices(json.loads(files(__package__).joinpath("prices.json").read_text(encoding="utf-8")))
