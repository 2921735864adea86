"""Measures, response, side effects, relapse."""
