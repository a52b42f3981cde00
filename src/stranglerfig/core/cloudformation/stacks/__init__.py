"""Stacks: what is known of them, and what comes next."""
