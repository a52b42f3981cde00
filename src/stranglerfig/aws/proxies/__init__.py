"""Strangler proxies of an environment on AWS: their stacks, and the weights that are in force."""
