"""Everyone who takes part, in the order of the tables and of each round."""

from __future__ import annotations

from bench.contenders.caddy import Caddy
from bench.contenders.contender import Contender
from bench.contenders.direct import Direct
from bench.contenders.envoy import Envoy
from bench.contenders.fig import fig_contenders
from bench.contenders.haproxy import Haproxy
from bench.contenders.nginx import Nginx
from bench.contenders.traefik import Traefik


def contenders() -> list[Contender]:
    return [Direct(), Haproxy(), *fig_contenders(), Nginx(), Envoy(), Traefik(), Caddy()]
