"""Commands where a task runs: in its container, or in its folder with its variables."""
