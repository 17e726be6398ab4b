"""A small Daktela of our own: a server to try the tap on and to test it against, without an account.

It imports nothing of the tap, so that the two cannot share a mistake.
"""
