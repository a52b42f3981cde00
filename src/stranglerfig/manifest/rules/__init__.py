"""What fields of a manifest want of each other, and what texts have to look like.

A rule yields everything that is wrong, each with its path below the section that it is given.
"""
