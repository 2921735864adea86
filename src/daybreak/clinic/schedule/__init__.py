"""The calendar: who comes when, to which chair and whom; what is ready for the day."""
