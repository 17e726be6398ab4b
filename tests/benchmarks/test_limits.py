"""`benchmarks/limits.py`: when a target is called kept."""

from __future__ import annotations

import pytest

from benchmarks.limits import Verdict, least, most


@pytest.mark.parametrize(
    ("rounds", "kept"),
    [
        ([1.0], True),
        ([1.1], False),
        ([1.0, 1.0, 1.1], False),
        ([1.0, 1.0, 1.0, 1.1], False),
        ([0.9, 1.0, 1.0, 1.0, 9.9], True),
        ([0.1, 0.1, 0.1, 1.1, 1.1], False),
        ([0.1] * 8 + [1.1] * 2, True),
    ],
)
def test_at_most_one_round_of_five_may_miss_a_target(rounds: list[float], kept: bool) -> None:
    assert Verdict("tickets", "seconds", rounds, most(1)).kept is kept


def test_a_target_may_be_a_bound_from_below() -> None:
    verdict = Verdict("tickets", "rows/s", [3.9, 4.0, 8.0], least(4))
    assert (verdict.measured, verdict.kept_rounds, verdict.kept, str(verdict.limit)) == (4.0, 2, False, "≥ 4")
