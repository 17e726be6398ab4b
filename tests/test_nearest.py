"""The one rule for "did you mean"."""

from __future__ import annotations

import pytest

from tap_daktela.nearest import hint, nearest

KNOWN = ["users", "tickets", "activitiesCall"]


@pytest.mark.parametrize(
    ("name", "found"),
    [("user", "users"), ("TIKETS", "tickets"), ("activities_call", "activitiesCall"), ("qqq", ""), ("", "")],
)
def test_the_nearest_name(name: str, found: str) -> None:
    assert nearest(name, KNOWN) == found


def test_names_that_others_use_come_first() -> None:
    assert nearest("Agents", KNOWN, {"agents": "users"}) == "users"
    assert nearest("user", KNOWN, {"agents": "users"}) == "users"


def test_the_hint_ends_a_sentence() -> None:
    assert hint("user", KNOWN) == "; the nearest is 'users'"
    assert hint("agents", KNOWN, {"agents": "users"}) == "; the nearest is 'users'"
    assert hint("qqq", KNOWN) == ""
