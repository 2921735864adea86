"""Referral: another system's bundle becomes a patient and a course, on confirmation."""
