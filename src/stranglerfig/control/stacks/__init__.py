"""Stacks of CloudFormation at work."""
