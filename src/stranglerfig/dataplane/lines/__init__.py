"""Access lines: how HAProxy is told to write them, and where they arrive."""
