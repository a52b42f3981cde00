from tests.docker_engine import docker_engine, docker_host

__all__ = ["docker_engine", "docker_host"]
