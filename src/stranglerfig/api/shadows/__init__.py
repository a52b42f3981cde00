"""``/v1/shadows``: copies of live requests, and what comparing their answers has shown."""
