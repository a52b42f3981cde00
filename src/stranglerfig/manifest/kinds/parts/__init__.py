"""Sections that several kinds of manifest share, declared once."""
