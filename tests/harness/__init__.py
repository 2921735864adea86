"""What tests stand on: databases, commands run in their own process, a live server, a browser."""
