"""What trials found: the data set, effects, pooling, and how sure one can be. See docs/evidence.md."""
