"""Debian's nginx as a reverse proxy: one worker, keep-alive to the upstream, no access log."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

from bench.contenders.contender import SingleProcess, answering
from bench.processes import BenchError, Process
from bench.values import Side, Site


def render(site: Site, side: Side) -> str:
    folder = site.folder
    return f"""worker_processes 1;
daemon off;
pid {folder}/nginx.pid;
error_log {folder}/nginx.error.log crit;
events {{ worker_connections 8192; }}
http {{
  access_log off;
  keepalive_requests 1000000000;
  client_body_temp_path {folder}/body;
  proxy_temp_path {folder}/proxy;
  fastcgi_temp_path {folder}/fastcgi;
  uwsgi_temp_path {folder}/uwsgi;
  scgi_temp_path {folder}/scgi;
  upstream old {{ server 127.0.0.1:{site.old_port}; keepalive 64; keepalive_requests 1000000000; }}
  upstream new {{ server 127.0.0.1:{site.new_port}; keepalive 64; keepalive_requests 1000000000; }}
  server {{
    listen 127.0.0.1:{site.port} backlog=4096;
    proxy_http_version 1.1;
    proxy_set_header Connection "";
    proxy_set_header Host $host;
    location / {{ proxy_pass http://old; }}
    location /api/posts {{ proxy_pass http://{side.value}; }}
  }}
}}
"""


class RunningNginx(SingleProcess):
    def __init__(self, site: Site, process: Process, config: Path) -> None:
        super().__init__(site, process)
        self._config = config

    def switch(self, side: Side) -> None:
        """Write the configuration anew and ``nginx -s reload``, which only sends the signal."""
        self._config.write_text(render(self.site, side))
        command = ["nginx", *_arguments(self.site.folder), "-s", "reload"]
        done = subprocess.run(command, capture_output=True, text=True, timeout=10, check=False)
        if done.returncode:
            raise BenchError(f"nginx refused the reload: {done.stderr.strip()[:200]}")


def _arguments(folder: Path) -> list[str]:
    return ["-c", str(folder / "nginx.conf"), "-e", str(folder / "nginx.error.log")]


class Nginx:
    name = "nginx"
    label = "nginx"
    path = "/api/posts"
    measured = True
    switches = True

    def missing(self) -> str | None:
        return None if shutil.which("nginx") else "nginx is not installed (Debian: apt-get install nginx)"

    def version(self) -> str:
        said = subprocess.run(["nginx", "-v"], capture_output=True, text=True, timeout=10, check=True).stderr
        return "nginx " + said.strip().rpartition("/")[2]

    def start(self, site: Site, side: Side) -> RunningNginx:
        config = site.folder / "nginx.conf"
        config.write_text(render(site, side))
        process = Process(["nginx", *_arguments(site.folder)], cpu=site.proxy_cpu, log=site.folder / "nginx.log")
        return answering(RunningNginx(site, process, config), self.path, side)
