"""The parts into which a long backfill is cut: each is read by itself, and their states are joined."""
