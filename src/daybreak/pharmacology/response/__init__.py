"""From concentrations to symptoms: the reduced core, its trial data and its predictions."""
