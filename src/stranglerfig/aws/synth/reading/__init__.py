"""What only AWS reads of a manifest, as values: one section a module. Pure."""
