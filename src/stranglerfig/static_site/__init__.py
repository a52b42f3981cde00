"""Serves the files of a Static Site as its distribution on AWS would. A task like others, started by fig."""
