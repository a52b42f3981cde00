"""What is under way, while it is."""
