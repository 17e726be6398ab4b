"""Real targets: what the tap sent, beside what they stored."""
