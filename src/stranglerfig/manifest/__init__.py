"""Copilot's manifest language: text to checked values, and on to what runs here."""
