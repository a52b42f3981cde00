"""What is seen of requests that pass."""
