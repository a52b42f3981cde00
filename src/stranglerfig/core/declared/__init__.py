"""Proxies in manifests: what is declared, what a deploy of it changes, and any proxy written down."""
