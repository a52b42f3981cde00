"""AWS Migration Hub Refactor Spaces: its resources, its rules, and how its API shows them (pure)."""
