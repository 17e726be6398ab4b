"""A run that was interrupted begins with the stream that it was in, and forgets none."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from tap_daktela.sync.run import _rotated

LANES: list[Any] = [
    SimpleNamespace(outputs=[SimpleNamespace(name=name) for name in names.split()])
    for names in ("activities activities_statuses", "tickets tickets_followers", "users")
]


@pytest.mark.parametrize(
    ("interrupted", "first"),
    [(None, 0), ("activities", 0), ("tickets", 1), ("tickets_followers", 1), ("users", 2), ("no longer selected", 0)],
)
def test_rotation(interrupted: str | None, first: int) -> None:
    assert _rotated(LANES, interrupted) == LANES[first:] + LANES[:first]


def test_nothing_is_selected() -> None:
    assert _rotated([], "tickets") == []
