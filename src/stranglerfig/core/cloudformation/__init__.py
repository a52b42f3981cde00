"""AWS CloudFormation: what templates say, and what becomes of stacks (pure)."""
