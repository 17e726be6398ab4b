"""Singer on the way out: lines on stdout and the state."""
