"""From time windows to Singer lines."""
