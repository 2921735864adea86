"""Daybreak: ketamine treatment in mental health, from referral to long-term follow-up."""

__version__ = "0.1.0"
