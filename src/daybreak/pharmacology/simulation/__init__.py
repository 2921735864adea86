"""What a simulation is made of: its people, what is computed of them, what is kept, where it runs, what is shown."""
