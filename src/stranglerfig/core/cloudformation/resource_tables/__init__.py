"""Types of resources as CloudFormation's schemas have them, as short as templates/schemas.py can read them (pure)."""
