"""The commands about this machine and everything at once: up, down, doctor, completion, version."""
