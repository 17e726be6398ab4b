"""Prepare the case."""

from __future__ import annotations

import datadir


def run(case: datadir.Case) -> None:
    """Start a small instance, for a project with native types."""
    datadir.begin(case, "--rows", "20")
    case.environment["KBC_DATA_TYPE_SUPPORT"] = "hints"
