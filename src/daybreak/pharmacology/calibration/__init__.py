"""Parameters fitted to published data: their priors, their fit, and what the data can say about each."""
