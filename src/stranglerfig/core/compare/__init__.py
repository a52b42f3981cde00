"""Two answers to one request, compared: what differs, what of it is noise, and what of it may be kept."""
