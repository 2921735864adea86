"""The session: checks, doses, readings, discharge, note."""
