"""Proxies that are deployed from manifests."""
