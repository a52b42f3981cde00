"""Copies of requests, sent to legacy and candidate out of the users' sight, and their answers compared."""
