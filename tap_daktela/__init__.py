"""A Singer tap and a Python client for the Daktela V6 contact-centre API."""

import importlib

__version__ = "0.2.0"

_CLIENT = {
    "Daktela": "python_client.daktela",
    "F": "python_client.filters",
    "Health": "python_client.health",
    "Retry": "daktela.http.retry",
    "RowPage": "python_client.list_reading",
    "where": "daktela.query",
}
"""The names that a program imports from here, and their modules."""


def __getattr__(name: str) -> object:
    """Return a name of the Python client. Its modules are imported with the first of them: commands need not wait."""
    if name not in _CLIENT:
        raise AttributeError(f"module 'tap_daktela' has no attribute '{name}'")
    return getattr(importlib.import_module(f"tap_daktela.{_CLIENT[name]}"), name)


def __dir__() -> list[str]:
    """Offer these names where somebody types."""
    return sorted([*globals(), *_CLIENT])
