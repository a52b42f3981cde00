"""The keeper: owns the listening sockets, keeps HAProxy running on them, and knows nothing else.

Run as ``python -m stranglerfig.dataplane.keeper [--detach] RUN_DIR``. HAProxy's master and workers die together, so
somebody else must hold the sockets if no connection is to be refused meanwhile. This process and HAProxy can each be
killed and come back without the other: HAProxy has its own session, and a new keeper takes the sockets out of it.

In RUN_DIR: ``keeper.lock`` (held while a keeper lives, with its pid), ``keeper.sock`` (see ``control``),
``keeper.json`` (what a successor needs), ``keeper.log`` and ``haproxy.log``. SIGTERM ends the keeper alone. One thread,
the standard library and ``dataplane.sockets`` only: it must be small enough to be right.
"""
