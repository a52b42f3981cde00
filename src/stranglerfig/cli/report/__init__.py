"""``fig report``: a migration on one page."""
