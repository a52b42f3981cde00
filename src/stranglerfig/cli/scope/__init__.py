"""Which application, environment and workload a command is about: flags first, then the workspace, then a question."""
