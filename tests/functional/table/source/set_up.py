"""Prepare the case."""

from __future__ import annotations

import datadir


def run(case: datadir.Case) -> None:
    """Start a small instance."""
    datadir.begin(case, "--rows", "20")
