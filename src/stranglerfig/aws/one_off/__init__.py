"""One-off tasks on AWS: their stacks, what runs of them, and their end."""
