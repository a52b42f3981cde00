"""How the AWS API is reached: its listener, whose port stays the same."""
