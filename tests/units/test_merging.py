"""States of units and of daily runs, joined: never ahead of what was read, whatever was read, in any order."""

from __future__ import annotations

import json
import random
from collections import defaultdict
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tap_daktela.daktela.clock import utc_text
from tap_daktela.errors import ConfigError
from tap_daktela.sync.singer.state import State
from tap_daktela.sync.singer.unit_state import UnitState
from tap_daktela.units.merging import merge, merge_files
from tap_daktela.units.state_parts import StateParts
from tap_daktela.units.unit import Unit

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

URL = "https://x.daktela.com"
BEGIN = datetime(2024, 1, 1, tzinfo=timezone.utc)
HOURS = 12
AXES = {"tickets": ("edited", "created"), "tickets_statuses": ("edited", "created"), "calls": ("time",), "users": ()}


def at(hour: int) -> datetime:
    return BEGIN + timedelta(hours=hour)


def unit(start: int, end: int, *streams: str, since: int = 0, url: str = URL) -> Unit:
    return Unit("u", url, streams or ("tickets",), at(since), at(start), at(end))


def unit_state(start: int, end: int, *streams: str, **changes: Any) -> dict[str, Any]:
    """Return the state of a unit that was read to its end."""
    one = unit(start, end, *streams, **changes)
    state = UnitState(one, AXES)
    for name in one.streams:
        for axis in AXES[name]:
            state.advance(name, axis, at(end))
        state.complete(name)
    return copied(state.value)


def copied(value: dict[str, Any]) -> dict[str, Any]:
    copy: dict[str, Any] = json.loads(json.dumps(value))
    return copy


def merged(*values: dict[str, Any], since: datetime | None = None) -> dict[str, Any]:
    """Return the state that joins others, as it comes back from its file."""
    return copied(merge([StateParts.parse(value, f"{number}.json") for number, value in enumerate(values)], since))


# --- whatever is read -------------------------------------------------------------------------------------------------


@dataclass
class Backfill:
    """What was read of each stream and axis, hour by hour, and the states that the runs left."""

    read: defaultdict[tuple[str, str], set[int]] = field(default_factory=lambda: defaultdict(set))
    begun: set[str] = field(default_factory=set)
    states: list[dict[str, Any]] = field(default_factory=list)

    def unit(self, streams: Iterable[str], start: int, end: int, reached: Sequence[int]) -> None:
        """Read a unit; along each axis up to one of the hours `reached`, where it fails."""
        one = unit(start, end, *sorted(streams))
        state = UnitState(one, AXES)
        for name in one.streams:
            self.begun.add(name)
            hours = [min(reached[place], end) for place, _ in enumerate(AXES[name])]
            for axis, hour in zip(AXES[name], hours, strict=True):
                state.advance(name, axis, at(hour))
                self.read[name, axis].update(range(start, hour))
            if all(hour == end for hour in hours):
                state.complete(name)
        self.states.append(copied(state.value))

    def daily(self, number: int, reached: Sequence[int]) -> None:
        """Merge all states, go on from there, and keep the state of that run, too."""
        state = State(self.merged(number), AXES)
        for name in self.begun:
            for axis, hour in zip(AXES[name], reached, strict=False):
                mark = state.bookmark(name, axis)
                assert mark is not None
                state.advance(name, axis, at(hour))
                self.read[name, axis].update(hour for hour in range(hour) if at(hour) >= mark)
        self.states.append(copied(state.value))

    def merged(self, seed: int = 0) -> dict[str, Any]:
        """Return the joined state: of some order and grouping of the states, which `seed` chooses."""
        order = list(self.states)
        random.Random(seed).shuffle(order)  # noqa: S311 - a seed is the point
        place = seed % len(order) if order else 0
        groups = [group for group in (order[:place], order[place:], order[: seed % 3]) if group]
        return merged(*(merged(*group) for group in groups)) if groups else {"bookmarks": {}}


hours = st.integers(0, HOURS)
streams = st.sets(st.sampled_from(sorted(AXES)), min_size=1)
units = st.tuples(streams, st.lists(hours, min_size=2, max_size=2, unique=True).map(sorted), st.tuples(hours, hours))
whole_units = st.tuples(
    streams, st.lists(hours, min_size=2, max_size=2, unique=True).map(sorted), st.just((HOURS,) * 2)
)
dailies = st.tuples(st.none(), st.integers(0, 99), st.tuples(hours, hours))
runs = st.lists(st.one_of(units, whole_units, whole_units, dailies), max_size=8)


def played(some: Iterable[Any]) -> Backfill:
    backfill = Backfill()
    for names, where, reached in some:
        if names is None:
            backfill.daily(where, reached)
        else:
            backfill.unit(names, *where, reached)
    return backfill


@given(runs)
def test_a_bookmark_is_the_first_instant_that_was_not_read(some: list[Any]) -> None:
    backfill = played(some)
    marks = backfill.merged()["bookmarks"]
    for name in backfill.begun:
        for axis in AXES[name]:
            unread = min(set(range(HOURS + 1)) - backfill.read[name, axis])
            assert marks[name][axis] == utc_text(at(unread)), (name, axis)


@given(runs, st.integers(0, 99), st.integers(0, 99))
def test_the_order_and_the_grouping_of_merges_do_not_matter(some: list[Any], one: int, other: int) -> None:
    backfill = played(some)
    assert backfill.merged(one) == backfill.merged(other)


@given(runs)
def test_a_merged_state_merges_to_itself(some: list[Any]) -> None:
    backfill = played(some)
    once = backfill.merged()
    assert merged(once) == once == merged(once, once, *backfill.states)


@given(st.permutations(range(4)), st.integers(1, HOURS - 1), st.integers(1, HOURS - 1))
def test_a_plan_that_was_read_ends_where_it_was_to_end(order: list[int], cut: int, other: int) -> None:
    edges = sorted({0, cut, other, HOURS})
    states = [unit_state(*edge, "tickets", "tickets_statuses") for edge in pairwise(edges)]
    states.append(unit_state(0, HOURS, "calls", "users"))
    one = merged(*(states[place] for place in order if place < len(states)))
    assert one["bookmarks"]["tickets"] == {axis: utc_text(at(HOURS)) for axis in AXES["tickets"]}
    assert one["backfill"]["streams"]["users"] == {"since": utc_text(BEGIN), "windows": {}}


# --- single cases -----------------------------------------------------------------------------------------------------


def marks_of(value: dict[str, Any], stream: str = "calls", axis: str = "time") -> Any:
    return value["bookmarks"][stream][axis]


def daily_state(mark: int, stream: str = "calls", **more: Any) -> dict[str, Any]:
    """Return the state of a daily run that knows of no unit."""
    return {"bookmarks": {stream: {**{axis: utc_text(at(mark)) for axis in AXES[stream]}, **more}}}


def test_a_gap_holds_the_bookmark_back() -> None:
    one = merged(unit_state(8, 12, "calls"), unit_state(0, 4, "calls"))
    assert marks_of(one) == utc_text(at(4))
    assert marks_of(merged(one, unit_state(4, 8, "calls"))) == utc_text(at(12))


def test_an_axis_that_failed_at_once_is_held_at_the_beginning() -> None:
    state = UnitState(unit(0, 4, "tickets"), AXES)
    state.advance("tickets", "edited", at(4))
    assert merged(state.value)["bookmarks"]["tickets"] == {"created": utc_text(at(0)), "edited": utc_text(at(4))}


def test_a_backfill_that_begins_earlier_counts_from_there() -> None:
    one = merged(unit_state(4, 8, "calls", since=4), unit_state(0, 2, "calls"))
    assert marks_of(one) == utc_text(at(2))
    assert one["backfill"]["streams"]["calls"]["since"] == utc_text(at(0))


def test_a_table_that_is_read_whole_has_no_bookmark() -> None:
    one = merged(unit_state(0, 4, "users"))
    assert one["bookmarks"] == {}
    assert list(one["backfill"]["streams"]) == ["users"]


def test_a_daily_run_moves_on_beside_later_units() -> None:
    one = merged(unit_state(0, 4, "calls"), unit_state(8, 10, "calls"))
    state = State(one, AXES)
    state.advance("calls", "time", at(11))
    assert marks_of(merged(state.value, unit_state(11, 12, "calls"))) == utc_text(at(12))


def test_a_bookmark_without_a_beginning_is_kept_where_nobody_else_has_the_stream() -> None:
    one = merged(daily_state(9, anonymized={"2024-01": 4}), unit_state(0, 4, "tickets"))
    assert one["bookmarks"]["calls"] == {"time": utc_text(at(9)), "anonymized": {"2024-01": 4}}
    assert merged(one, one, daily_state(9, anonymized={"2024-01": 4})) == one


@pytest.mark.parametrize("other", [unit_state(0, 4, "calls"), daily_state(8), unit_state(9, 12, "calls")])
def test_a_bookmark_without_a_beginning_cannot_be_joined(other: dict[str, Any]) -> None:
    with pytest.raises(ConfigError, match=r"0\.json: the bookmarks of 'calls' do not say from when on") as caught:
        merged(daily_state(9), other)
    assert "add --since with the start_date of that run" in str(caught.value)


@pytest.mark.parametrize(("since", "mark"), [(4, 9), (3, 9), (5, 4)])
def test_since_says_from_when_on_a_daily_run_has_read(since: int, mark: int) -> None:
    one = merged(daily_state(9), unit_state(0, 4, "calls"), since=at(since))
    assert marks_of(one) == utc_text(at(mark))
    assert merged(one, unit_state(0, 4, "calls")) == one


def test_since_does_not_count_where_the_state_says_it() -> None:
    one = unit_state(0, 4, "calls")
    assert merged(one, since=at(-9)) == merged(one)


def test_the_newest_table_version_stays() -> None:
    states = [{"bookmarks": {"users": {"version": version}}} for version in (5, 9, 7)]
    assert merged(*states)["bookmarks"] == {"users": {"version": 9}}


def test_two_instances_are_not_joined() -> None:
    with pytest.raises(
        ConfigError, match=r"0\.json is of https://x\.daktela\.com, and 1\.json of https://y\.daktela\.com"
    ):
        merged(unit_state(0, 4), unit_state(4, 8, url="https://y.daktela.com"))


# --- files ------------------------------------------------------------------------------------------------------------


def test_of_what_a_target_printed_the_last_line_counts(tmp_path: Path) -> None:
    first, second = unit_state(0, 2, "calls"), unit_state(0, 4, "calls")
    (tmp_path / "a.jsonl").write_text(f"{json.dumps(first)}\n{json.dumps(second)}\n\n")
    (tmp_path / "b.json").write_text(json.dumps(unit_state(4, 8, "calls"), indent=2))
    text = merge_files([str(tmp_path / "a.jsonl"), str(tmp_path / "b.json")])
    assert "\n" not in text
    assert marks_of(json.loads(text)) == utc_text(at(8))


def test_since_is_an_instant(tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text(json.dumps(daily_state(9)))
    (tmp_path / "b.json").write_text(json.dumps(unit_state(0, 4, "calls")))
    paths = [str(tmp_path / "a.json"), str(tmp_path / "b.json")]
    assert marks_of(json.loads(merge_files(paths, since="2024-01-01T05:00:00+01:00"))) == utc_text(at(9))
    with pytest.raises(ConfigError, match="merge-state: --since: '2024-01-01' has no time zone; write the instant"):
        merge_files(paths, since="2024-01-01")


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("", "is empty; the target printed no state: run that unit again"),
        ('{"bookmarks": {}}\n{"bookm', "is not JSON"),
        ("[1]", "is not a state; hand over what the target printed"),
        ('{"type": "STATE", "value": {"bookmarks": {}}}', "is not a state"),
        ('{"start_date": "2024-01-01"}', "is not a state"),
        ('{"bookmarks": 5}', "'bookmarks' is not an object"),
        ('{"bookmarks": {"calls": 5}}', "'calls' is not an object"),
        ('{"bookmarks": {"calls": {"time": "x"}}}', "'calls' has a value of 'time' that is not usable: 'x' is neither"),
        ('{"bookmarks": {"calls": {"time": []}}}', "'calls' has a value of 'time' that is not usable"),
        ('{"backfill": {"url": 5}}', "the url of 'backfill' is not text"),
        ('{"backfill": {"streams": {"calls": {"windows": {}}}}}', "'calls' has a value of 'since'"),
        (
            '{"backfill": {"streams": {"calls": {"since": "2024-01-01T00:00:00Z", "windows": {"time": [["2024"]]}}}}}',
            "'calls' has a value of 'time'",
        ),
    ],
)
def test_what_cannot_be_used_is_named(tmp_path: Path, text: str, complaint: str) -> None:
    path = tmp_path / "u7.jsonl"
    path.write_text(text)
    with pytest.raises(ConfigError) as caught:
        merge_files([str(path)])
    assert str(path) in str(caught.value)
    assert complaint in str(caught.value)


def test_empty_objects_that_came_as_lists_are_empty() -> None:
    assert merged({"bookmarks": [], "backfill": {"url": URL, "streams": []}})["bookmarks"] == {}
