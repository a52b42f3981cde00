"""Hosted zones of Route 53, and records that no stack has."""
