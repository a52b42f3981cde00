"""Questions on the terminal: only what no flag answered, and only when somebody is there to answer."""
