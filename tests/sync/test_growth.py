"""What grows with rows, windows and streams, and what must not: counted in objects and steps, not in seconds."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tap_daktela.sync import run
from tap_daktela.sync.records.moments import Moments
from tap_daktela.sync.run import PAGES_AHEAD
from tap_daktela.sync.scheduling import steps as steps_of_readings
from tap_daktela.sync.scheduling.steps import Fork, Reading
from tests.helpers.engine.reading_driver import ListServer
from tests.helpers.engine.simulated_workers import RecordingHandler, Said, Simulated, get
from tests.helpers.engine.simulated_workers import run as scheduling
from tests.helpers.engine.stream_driver import CALLS, TICKETS, edited, ran

if TYPE_CHECKING:
    from collections.abc import Sequence
    from types import FrameType

SCHEDULING = str(Path(steps_of_readings.__file__).parent)


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


def steps(streams: int, windows: int, allowed: int, late: Sequence[str] = ()) -> float:
    """Return how many calls the scheduler makes for each request, if each window is a page with few rows."""
    simulated, counted = Simulated(limit=allowed, late=late), 0

    def count(frame: FrameType, event: str, _argument: Any) -> None:
        nonlocal counted
        counted += event in {"call", "c_call"} and frame.f_code.co_filename.startswith(SCHEDULING)

    def window(name: str) -> Reading:
        yield Said((yield get(name)), 1)
        yield Said("counted")

    def group(name: str) -> Reading:
        yield Fork([window(f"{name} {number}") for number in range(8)])

    def stream(name: str) -> Reading:
        yield Fork([group(f"{name} {number}") for number in range(windows // 8)])

    readings = [(RecordingHandler(), stream(str(number))) for number in range(streams)]
    sys.setprofile(count)
    try:
        scheduling(simulated, readings, max_held=2 * allowed + PAGES_AHEAD)
    finally:
        sys.setprofile(None)
    assert simulated.started.total() == streams * windows
    return counted / simulated.started.total()


@pytest.mark.parametrize("late", [(), ("0 0 0",)], ids=["", "the front waits"])
def test_the_work_for_a_request_does_not_grow_with_what_waits(late: Sequence[str]) -> None:
    """All that waited for its turn was added up and looked through again and again: ten times this bound."""
    assert steps(25, 8, 32, late) < 4000
