"""Tasks made of containers, in an engine that speaks Docker's API. ``runtime`` satisfies the port."""
