"""The commands that look: status, logs, journal, metrics."""
