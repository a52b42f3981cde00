"""Access lines of HAProxy: read, and passed on to whoever wants them."""
