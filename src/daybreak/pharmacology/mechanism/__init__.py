"""From concentration to synapse: the numerics every later state uses, and the illustrated chain."""
