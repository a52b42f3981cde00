"""Stacks of CloudFormation: changed by change sets, watched while they change, mended where they are stuck."""
