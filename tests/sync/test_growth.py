"""What grows with rows, windows and streams, and what must not: counted in objects and steps, not in seconds."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tap_daktela.sync import run
from tap_daktela.sync.records.moments import Moments
from tests.helpers.engine.reading_driver import ListServer
from tests.helpers.engine.stream_driver import CALLS, TICKETS, edited, ran

if TYPE_CHECKING:
    import pytest


def test_streams_share_what_is_remembered_of_times(monkeypatch: pytest.MonkeyPatch) -> None:
    """Hours of several years take some megabytes, which no stream needs for itself."""
    made = list[Moments]()

    def make(*arguments: Any, **options: Any) -> Moments:
        made.append(Moments(*arguments, **options))
        return made[-1]

    monkeypatch.setattr(run, "Moments", make)
    one = ran({"tickets": ListServer(edited(30)), "calls": ListServer([])}, TICKETS, CALLS)
    assert [*map(len, map(one.keys, ("tickets", "calls")))] == [30, 0]
    assert [len(moments.hours) for moments in made] == [24]
