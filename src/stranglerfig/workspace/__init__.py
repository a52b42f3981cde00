"""The folder with `copilot/` in it: found, read, scaffolded, and what its Dockerfiles say."""
