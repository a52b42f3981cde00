"""The operations of AWS Migration Hub Refactor Spaces. Parameters and answers are as botocore's model has them, and
every error is a ``Fault``.
"""
