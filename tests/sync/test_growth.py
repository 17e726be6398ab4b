"""What grows with rows, windows and streams, and what must not: counted in objects and steps, not in seconds."""

from __future__ import annotations

import copy
import sys
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tap_daktela.catalog.entries import entries
from tap_daktela.catalog.streams import STREAMS
from tap_daktela.sync import run
from tap_daktela.sync.records import stream_output
from tap_daktela.sync.records.moments import Moments
from tap_daktela.sync.records.record_maker import BATCH_ELEMENTS
from tap_daktela.sync.run import PAGES_AHEAD
from tap_daktela.sync.scheduling import steps as steps_of_readings
from tap_daktela.sync.scheduling.steps import Fork, Reading
from tap_daktela.sync.singer.writer import record_lines
from tests.helpers.engine.reading_driver import ListServer
from tests.helpers.engine.simulated_workers import RecordingHandler, Said, Simulated, get
from tests.helpers.engine.simulated_workers import run as scheduling
from tests.helpers.engine.stream_driver import CALLS, TICKETS, FakeClient, begun, edited, ran
from tests.helpers.record_helpers import output, records

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from types import FrameType

SCHEDULING = Path(steps_of_readings.__file__).parent
PYTHON = Path(copy.__file__).parent


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


@contextmanager
def calls(folder: Path) -> Iterator[list[int]]:
    """Count the calls that the code in a folder makes in this block; the number is there when the block has ended."""
    counted, found = 0, list[int]()

    def count(frame: FrameType, event: str, _argument: Any) -> None:
        nonlocal counted
        counted += event in {"call", "c_call"} and frame.f_code.co_filename.startswith(str(folder))

    sys.setprofile(count)
    try:
        yield found
    finally:
        sys.setprofile(None)
        found.append(counted)


def steps(streams: int, windows: int, allowed: int, late: Sequence[str] = ()) -> float:
    """Return how many calls the scheduler makes for each request, if each window is a page with few rows."""
    simulated = Simulated(limit=allowed, late=late)

    def window(name: str) -> Reading:
        yield Said((yield get(name)), 1)
        yield Said("counted")

    def group(name: str) -> Reading:
        yield Fork([window(f"{name} {number}") for number in range(8)])

    def stream(name: str) -> Reading:
        yield Fork([group(f"{name} {number}") for number in range(windows // 8)])

    readings = [(RecordingHandler(), stream(str(number))) for number in range(streams)]
    with calls(SCHEDULING) as made:
        scheduling(simulated, readings, max_held=2 * allowed + PAGES_AHEAD)
    assert simulated.started.total() == streams * windows
    return made[0] / simulated.started.total()


@pytest.mark.parametrize("late", [(), ("0 0 0",)], ids=["", "the front waits"])
def test_the_work_for_a_request_does_not_grow_with_what_waits(late: Sequence[str]) -> None:
    """All that waited for its turn was added up and looked through again and again: ten times this bound."""
    assert steps(25, 8, 32, late) < 4000


@pytest.mark.parametrize("count", [0, 1, BATCH_ELEMENTS, 2 * BATCH_ELEMENTS + 1])
def test_elements_of_lists_are_converted_some_at_a_time(count: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """A hundred rows with 500 custom fields are 50,000 records, which took twice as long together."""
    together = list[int]()

    def count_records(stream: str, records: list[Any], *others: Any) -> bytes:
        together.append(len(records))
        return record_lines(stream, records, *others)

    monkeypatch.setattr(stream_output, "record_lines", count_records)
    fields: dict[str, Any] = {f"field {number}": [f"value {number}"] for number in range(count)}
    rows = [{"name": name, "customFields": fields, "edited": "2024-01-02 03:04:05"} for name in ("ann", "bob")]
    made = records(output(entries(STREAMS)["contacts_custom_fields"]), [*rows, {"name": "cyd", "customFields": "none"}])
    assert [(one["contact_name"], one["name"]) for one in made] == [
        (name, f) for name in ("ann", "bob") for f in fields
    ]
    assert sum(together) == 2 * count
    assert all(0 < one <= BATCH_ELEMENTS for one in together)


def test_a_state_of_many_streams_is_written_without_a_walk_over_it() -> None:
    """A STATE comes after each window: a copy of it with Python's own means took as long as a hundred rows."""
    state = {"bookmarks": {f"stream {number}": {"edited": "2024-01-01T00:00:00Z"} for number in range(500)}}
    one = begun(FakeClient({}), TICKETS, state=state)
    with calls(PYTHON) as made:
        for _ in range(3):
            one.write(b"a line")
            one.write_state()
    assert one.writer.text.count(b'"STATE"') == 1  # type: ignore[attr-defined]
    assert made[0] < 500
