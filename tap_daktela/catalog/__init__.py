"""What can be read from a Daktela instance: streams, their fields, and which of them the user selected."""
