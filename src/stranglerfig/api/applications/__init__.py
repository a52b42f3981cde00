"""The endpoints of applications: one resource a module."""
