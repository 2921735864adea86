"""Published concentrations to hold the models against: one row each, with how it was obtained."""
