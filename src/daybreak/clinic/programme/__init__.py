"""The restricted programme of the nasal spray (US): who is enrolled, the form of each session, serious events."""
