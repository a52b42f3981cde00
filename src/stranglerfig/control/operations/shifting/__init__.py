"""Shifts: begin one, steer it, take it back."""
