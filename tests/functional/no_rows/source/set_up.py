"""Prepare the case."""

from __future__ import annotations

from tests.helpers.keboola import keboola_datadir


def run(case: keboola_datadir.Case) -> None:
    """Start a small instance, for a project with native types."""
    keboola_datadir.begin(case, "--rows", "20")
    case.environment["KBC_DATA_TYPE_SUPPORT"] = "hints"
