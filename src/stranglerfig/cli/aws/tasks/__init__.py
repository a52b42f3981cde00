"""`task` on AWS."""
