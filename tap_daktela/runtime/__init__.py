"""What a run takes from the machine that it runs on, so that a simulation can take its place."""
