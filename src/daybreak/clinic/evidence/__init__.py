"""What the trials found, beside every decision, and how what they found enters: proposed, checked, versioned."""
