"""A Singer tap for the Daktela V6 contact-centre API."""

__version__ = "0.2.0"
