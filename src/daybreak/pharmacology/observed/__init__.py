"""Published concentrations, courses and treatment days to hold the models against, one row a number.

Each row says how it was obtained, whether it is used and, if not, why. `response.csv` and `safety.csv` were frozen,
with their split into tuning and testing, before the first fit.
"""
