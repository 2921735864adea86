"""The pharmacy: every milligram of controlled drug, from the supplier to the person, the waste or the safe."""
