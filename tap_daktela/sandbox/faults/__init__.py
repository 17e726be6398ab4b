"""Broken replies on purpose: which request is broken, and what the client gets instead of the right reply."""
