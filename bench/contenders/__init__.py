"""Everyone who takes part, in the order of the tables and of each round."""

from __future__ import annotations

from bench.contenders.caddy import Caddy
from bench.contenders.contender import Contender
from bench.contenders.direct import Direct
from bench.contenders.envoy import Envoy
from bench.contenders.fig import fig_contenders
from bench.contenders.fig_spaces import FigSpaces
from bench.contenders.haproxy import hand_written
from bench.contenders.nginx import Nginx
from bench.contenders.traefik import Traefik


def contenders() -> list[Contender]:
    spaces = FigSpaces("fig-1000-spaces", "fig, 1,000 routes, by UpdateRoute of the AWS API", routes=1000)
    return [Direct(), *hand_written(), *fig_contenders(), spaces, Nginx(), Envoy(), Traefik(), Caddy()]
