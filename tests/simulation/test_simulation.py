"""Some seconds of the simulation, with fixed seeds; and that its oracle sees what a broken engine does."""

from __future__ import annotations

import logging
import random
import re
from dataclasses import replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import Phase, given, note, settings

from tap_daktela.sync import run
from tap_daktela.sync.reading import endpoint
from tap_daktela.sync.reading.found import FoundRows
from tap_daktela.sync.records import derived, record_maker
from tap_daktela.sync.records.stream_output import StreamOutput
from tap_daktela.sync.scheduling import backlog, scheduler
from tap_daktela.sync.singer.state import State
from tap_daktela.sync.streams.time_ranges import TimeRanges
from tests.simulation.cases.case import Case, cases, drawn_case
from tests.simulation.cases.grammar import ODDITIES
from tests.simulation.cases.oddities import Churn, Fault, ListWay, Oddities
from tests.simulation.cases.shrink import shrunk
from tests.simulation.oracle import ViolationError, judge, same_at_any_concurrency
from tests.simulation.runner import MemoryWriter, Simulation

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

FEW = ("activities", "activities_statuses", "activities_email", "tickets", "tickets_statuses", "users")


@pytest.fixture(autouse=True)
def silence() -> Iterator[None]:
    """Let nobody log, which takes longer than the runs."""
    logging.disable(logging.CRITICAL)
    yield
    logging.disable(logging.NOTSET)


def odd(streams: tuple[str, ...] = FEW, **oddities: Any) -> Case:
    return Case(oddities=Oddities(**oddities), streams=streams)


# --- the tap ----------------------------------------------------------------------------------------------------------


@given(case=cases())
@settings(max_examples=25, phases=(Phase.generate,))
def test_no_row_is_lost_without_a_word(case: Case) -> None:
    note(f"to shrink it: make simulate REPLAY='{case.to_json()}'")
    judge(case)


@pytest.mark.parametrize("seed", range(8))
def test_no_row_is_lost_in_what_is_drawn_quickly(seed: int) -> None:
    """A handful; `make simulate` draws thousands."""
    dice = random.Random(seed)  # noqa: S311 - a seed is the point
    for _ in range(4):
        judge(drawn_case(dice))


@pytest.mark.parametrize("name", ODDITIES)
def test_no_single_oddity_loses_a_row(name: str) -> None:
    """Every value of each, but for the many that differ only in the request that they hit: every seventh of them."""
    oddity = ODDITIES[name]
    for value in oddity.values[:: 7 if len(oddity.values) > 30 else 1]:
        judge(odd(("activities", "activities_statuses", "tickets"), **{name: (value,) if oddity.many else value}))


def test_an_instance_that_behaves_is_kept() -> None:
    verdict = judge(Case())
    assert (verdict.kept, verdict.told) == (2, [])


@pytest.mark.parametrize(
    "oddities",
    [
        {"total": "absent"},
        {"total": "text"},
        {"serve_at_most": 7},
        {"lists": (ListWay("*", "bare null"),)},
        {"lists": (ListWay("*", "bare absent"),)},
        {"lists": (ListWay("tickets.statuses", "bare []"),)},
        {"lists": (ListWay("*", "dotted names"),)},
        {"relations": "dotted"},
        {"sort": "key unknown"},
        {"fields": "ignored"},
        {"data": "object"},
        {"ties": 60},
        {"churn": (Churn("edit", 0.3),)},
        {"churn": (Churn("delete", 0.3),)},
        {"faults": (Fault("429 seconds", request=3), Fault("500", request=5), Fault("reset", request=8))},
        {"faults": (Fault("empty", request=3),)},
        {"faults": (Fault("half", request=3),)},
        {"faults": (Fault("broken", request=3),)},
        {"faults": (Fault("partial", request=3),)},
        {"collation": "case-insensitive"},
        {"names": "old"},
        {"night": "autumn"},
        {"night": "spring"},
    ],
    ids=str,
)
def test_what_is_mild_is_kept_and_not_only_told(oddities: dict[str, Any]) -> None:
    verdict = judge(odd(**oddities))
    assert (verdict.kept, verdict.told) == (2, [])


def test_what_cannot_be_read_is_told() -> None:
    verdict = judge(odd(("tickets", "users"), denied=("users",)))
    assert verdict.kept == 0
    assert len(verdict.told) == 2
    sentence = "IncompleteError: 1 of 2 streams failed: users: the user has no right to read it (HTTP 403)"
    assert all(told.startswith(sentence) for told in verdict.told)


@pytest.mark.parametrize("write", [1, 4, 9])
@pytest.mark.parametrize("run", [1, 2])
def test_a_run_that_is_killed_loses_nothing(run: int, write: int) -> None:
    verdict = judge(replace(odd(), kill=(run, write), page_size=7))
    assert (verdict.runs, verdict.kept) == (3, 2)


@pytest.mark.parametrize(
    "oddities",
    [{}, {"ties": 60}, {"total": "absent"}, {"serve_at_most": 7}, {"lists": (ListWay("*", "bare null"),)}],
    ids=str,
)
def test_the_bytes_are_the_same_at_any_concurrency(oddities: dict[str, Any]) -> None:
    same_at_any_concurrency(replace(odd(**oddities), page_size=7))


def test_the_same_case_gives_the_same_bytes() -> None:
    case = odd(churn=(Churn("edit", 0.3),), faults=(Fault("500", rate=0.1),))
    one, other = (re.sub(rb'"run_id":"\w+"', b"", Simulation(case).run().text) for _ in range(2))
    assert one == other


# --- cases ------------------------------------------------------------------------------------------------------------


@given(case=cases())
def test_a_case_comes_back_from_its_line(case: Case) -> None:
    assert Case.from_json(case.to_json()) == case


def test_a_case_shrinks_to_what_matters() -> None:
    case = drawn_case(random.Random(3))  # noqa: S311 - a seed is the point
    guilty = Churn("edit", 0.3)
    big = replace(case, oddities=replace(case.oddities, churn=(Churn("hot", 1.0), guilty), rows=300, skip="ignored"))
    small = shrunk(big, lambda one: guilty in one.oddities.churn and one.page_size == big.page_size)
    assert small.oddities == Oddities(churn=(guilty,))
    assert small == replace(
        Case(seed=1, oddities=small.oddities, concurrency=1), streams=small.streams, page_size=big.page_size
    )
    assert len(small.streams) == 1


# --- the oracle -------------------------------------------------------------------------------------------------------


def changed(
    monkeypatch: pytest.MonkeyPatch, handler: Any, name: str, change: Callable[..., Any], *, number: int = 0
) -> None:
    """Let a method or function return what `change` makes of its arguments and of what it returned.

    Only call `number` is changed, where one is given.
    """
    right, calls = getattr(handler, name), []

    def wrong(*arguments: Any, **named: Any) -> Any:
        calls.append(None)
        returned = right(*arguments, **named)
        return returned if number and len(calls) != number else change(returned, *arguments)

    monkeypatch.setattr(handler, name, wrong)


def broken(*, page_size: int = 20, streams: tuple[str, ...] = FEW, **oddities: Any) -> str:
    """Return what the oracle says about a tap that was broken."""
    with pytest.raises(ViolationError) as caught:
        judge(replace(odd(streams, **oddities), page_size=page_size))
    return str(caught.value)


def test_a_row_that_is_left_out_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    def fresh(self: FoundRows, rows: list[Any], identities: list[Any]) -> Any:
        new = yield from right(self, rows, identities)
        return new[1:] if self.range.window else new

    right = FoundRows.new_rows
    monkeypatch.setattr(FoundRows, "new_rows", fresh)
    assert "is not written although a state says" in broken()


def test_a_derived_row_that_is_left_out_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    def losing(*arguments: Any) -> Any:
        expand = derived.expansion(*arguments)
        return lambda rows: list(expand(rows))[1:]

    monkeypatch.setattr(record_maker, "expansion", losing)
    assert "tickets_statuses [" in broken(streams=("tickets", "tickets_statuses"))


def test_a_list_that_is_lost_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(endpoint, "unproven", lambda _rows, _lists: frozenset())
    lists = (ListWay("tickets.statuses", "bare []"),)
    assert "statuses: expected [" in broken(streams=("tickets",), lists=lists)
    assert "tickets_statuses [" in broken(streams=("tickets_statuses",), lists=lists)


def test_a_bookmark_that_is_ahead_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    def advance(self: State, stream: str, axis: str, instant: datetime) -> None:
        right(self, stream, axis, instant + timedelta(days=1))

    right = State.advance
    monkeypatch.setattr(State, "advance", advance)
    assert "the bookmark of ('activities', 'time') is 2024-06-13T09:11:07Z, after 2024-06-12 09:11:07" in broken()


def test_a_state_that_comes_before_its_rows_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    """Rows wait behind the next state."""

    def write(self: MemoryWriter, lines: bytes) -> None:
        is_state = lines.startswith(b'{"type":"STATE"')
        if lines.startswith(b'{"type":"RECORD"'):
            waiting.append(lines)
            return
        right(self, lines)
        while is_state and waiting:
            right(self, waiting.pop(0))

    waiting: list[bytes] = []
    right = MemoryWriter.write
    monkeypatch.setattr(MemoryWriter, "write", write)
    assert "comes behind it" in broken(streams=("tickets",))


def test_a_bound_ahead_of_the_clock_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    changed(monkeypatch, run, "begin", lambda begun, *_: replace(begun, bound=begun.bound + timedelta(hours=3)))
    assert "a row changed after run 1" in broken()


def test_a_value_that_is_wrong_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    changed(
        monkeypatch, StreamOutput, "lines", lambda lines, *_: lines._replace(text=lines.text.replace(b"title 7", b"x"))
    )
    assert "title: expected 'title 7', found 'x'" in broken(streams=("tickets",))


def test_a_range_that_begins_late_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    changed(monkeypatch, TimeRanges, "lower", lambda lower, *_: lower + timedelta(minutes=50))
    assert "run 2: tickets" in broken(streams=("tickets",))


def test_counts_that_do_not_add_up_are_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    def count(self: StreamOutput, lines: Any) -> Any:
        self.rows += 1
        return right(self, lines)

    right = StreamOutput.count
    monkeypatch.setattr(StreamOutput, "count", count)
    monkeypatch.setattr("tap_daktela.sync.streams.row_counts.RowCounts.check", lambda *_: None)
    assert "records are counted" in broken()


def test_records_that_break_their_schema_are_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    schema = {"type": "object", "properties": {"title": {"type": "integer"}}}
    changed(monkeypatch, StreamOutput, "schema", lambda *_: schema)
    assert "is not of type 'integer' in ['title']" in broken(streams=("tickets",))


def test_more_requests_than_may_be_under_way_are_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tap_daktela.daktela.client.Client.allowed", lambda _: 9)
    assert "requests are under way, which may be 4" in broken(page_size=3)


def test_more_pages_than_may_be_held_are_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scheduler.Backlog, "has_room", lambda *_: True)
    monkeypatch.setattr(backlog, "SMALL_BYTES", 0)
    assert "things wait for their turn, which may be 17" in broken(page_size=2, streams=("tickets", "users"))


def test_a_run_without_an_end_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    def ask(self: endpoint.Endpoint, get: Any) -> Any:
        while True:
            yield from right(self, replace(get))

    right = endpoint.Endpoint.ask
    monkeypatch.setattr(endpoint.Endpoint, "ask", ask)
    assert "run 1 has no end: more than" in broken(streams=("users",))


def test_an_order_that_depends_on_the_answers_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    stamps = iter(range(10**6))
    changed(monkeypatch, StreamOutput, "schema", lambda schema, *_: {**schema, "stamp": next(stamps)})
    with pytest.raises(ViolationError, match="at concurrency 1, and"):
        same_at_any_concurrency(odd())
