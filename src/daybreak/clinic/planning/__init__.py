"""The plan: regimen, psychotherapy, other medicines, goals."""
