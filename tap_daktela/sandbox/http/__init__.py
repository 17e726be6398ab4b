"""Sockets: HTTP in front of the Daktela API and of the control API. The log of requests."""
