"""Daktela's own Python client and ours, beside each other."""
