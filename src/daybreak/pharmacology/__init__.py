"""What a regimen does in a body."""
