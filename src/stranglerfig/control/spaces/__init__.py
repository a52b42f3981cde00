"""Refactor Spaces at work: its books, and what makes proxies, routes and target groups follow them."""
