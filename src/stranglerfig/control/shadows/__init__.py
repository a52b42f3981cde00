"""Shadows of routes: copies of live requests, sent out of the users' sight, and what their answers show."""
