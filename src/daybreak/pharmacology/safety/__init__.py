"""The treatment day: dissociation, sedation, blood pressure, heart rate and nausea after one dose."""
