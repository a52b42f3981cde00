"""The service behind every contender: nginx on the load's processor, two ports that answer 120 bytes of JSON."""

from __future__ import annotations

import json
from pathlib import Path

from bench.processes import Process, wait_for_answer
from bench.values import Side

BODY_BYTES = 120


def body(side: Side) -> str:
    """The JSON of this side, filled up to exactly 120 bytes."""
    start = {"id": 1, "side": side.value, "text": ""}
    missing = BODY_BYTES - len(json.dumps(start, separators=(",", ":")))
    return json.dumps({**start, "text": "x" * missing}, separators=(",", ":"))


def render(folder: Path, ports: dict[Side, int]) -> str:
    servers = "\n".join(
        f"  server {{ listen 127.0.0.1:{port} backlog=4096; location / {{ return 200 '{body(side)}'; }} }}"
        for side, port in ports.items()
    )
    return f"""worker_processes 1;
daemon off;
pid {folder}/upstream.pid;
error_log {folder}/upstream.error.log crit;
events {{ worker_connections 8192; }}
http {{
  access_log off;
  default_type application/json;
  keepalive_requests 1000000000;
  keepalive_timeout 300s;
  client_body_temp_path {folder}/upstream.body;
  proxy_temp_path {folder}/upstream.proxy;
  fastcgi_temp_path {folder}/upstream.fastcgi;
  uwsgi_temp_path {folder}/upstream.uwsgi;
  scgi_temp_path {folder}/upstream.scgi;
{servers}
}}
"""


def start_upstream(folder: Path, ports: dict[Side, int], cpu: int) -> Process:
    config = folder / "upstream.conf"
    config.write_text(render(folder, ports))
    process = Process(
        ["nginx", "-c", str(config), "-e", str(folder / "upstream.error.log")], cpu=cpu, log=folder / "upstream.log"
    )
    for side, port in ports.items():
        process.wait_for_port(port)
        wait_for_answer(port, "/", side.value.encode())
    return process
