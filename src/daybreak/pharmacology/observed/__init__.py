"""What was measured in people and published, frozen before any parameter was tuned.

`published.csv` has one value a row. `eligible` says whether the row is scored, `reason` why not. `use` says
what an eligible row may serve: `tuning` (numbers of the project's own model may be fitted to it) or `testing`
(nothing may). Whole studies are on one side, but for one quantity of Hasan 2021, so that a test is of other
people. `reported`: directly, from a figure, or computed by a model. `matrix` is where the blood was drawn.
A regimen of several doses says from which minute each later one runs.

`response.csv` and `safety.csv` hold published courses and treatment days, frozen in the same way, with their split into
tuning and testing, before the first fit.
"""
