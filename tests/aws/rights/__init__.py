"""Whether roles may do what is done as them: what AWS asks for, and what policies allow."""
