"""Proxies on AWS: what the commands of proxies, routes and shifts do there."""
