"""What fig itself asks about Refactor Spaces: copies that are brought here, and templates."""
