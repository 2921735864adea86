"""Synthetic people and recorded devices that show the whole way. Nothing here is a real patient's record."""
