"""Shifts: begin one, look at it, steer it, take a route back."""
