"""The operations of AWS CloudFormation, by kind of what they are about. Each is asked with the caller and with
parameters that were checked against the operation's model; those that take a template also with its tree.
"""
