"""Daktela for Python: reads lists and records of one instance. Knows nothing of Singer."""
