"""Routes that are being moved by evidence: looked at again and again, decided in ``core.shift``."""
