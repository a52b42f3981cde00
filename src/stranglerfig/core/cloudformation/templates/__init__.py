"""Templates of CloudFormation as values: read, checked, and evaluated (pure)."""
