"""What each path's traffic did over time, and who answered it. Pure."""
