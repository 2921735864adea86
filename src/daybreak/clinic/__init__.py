"""The record of care and its pages: one app per stage of care, on one ground floor (`record`)."""
