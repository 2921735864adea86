"""Screening: history, findings, the prescriber's decision. May this person be treated?"""
