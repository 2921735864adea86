"""What trials found. Empty until the evidence is built: see docs/architecture.md."""
