"""Strangler Fig: break a monolith into microservices without dropping a request."""

__version__ = "0.1.0"
