"""Runs one after another, in any zone and at any time: no row is lost between two of them, and few come twice."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from tap_daktela.catalog.entries import entries
from tap_daktela.catalog.streams import STREAMS
from tests.clocks.clock_instances import (
    AROUND,
    DAY,
    Change,
    ClockInstance,
    centres,
    is_repeated,
    read,
    reading,
    utc,
    version,
)

KNOWN = entries(STREAMS)


def ticket(number: int, versions: list[datetime], zone: ZoneInfo, *, untouched: bool) -> list[Change]:
    """Return a ticket that was created, and then edited some times; an untouched one has never been."""
    created = reading(versions[0], zone)
    first = Change(
        "tickets", number, versions[0],
        {"created": created, "edited": None if untouched else created, "title": "0"},
    )  # fmt: skip
    return [first] + [
        Change("tickets", number, at, {"edited": reading(at, zone), "title": str(index)})
        for index, at in enumerate(versions[1:], start=1)
    ]


def activity(number: int, versions: list[datetime], zone: ZoneInfo) -> list[Change]:
    """Return an activity that was begun, and is closed later if it has a second instant."""
    begun = Change("activities", number, versions[0], {"time": reading(versions[0], zone), "title": "0"})
    closed = [Change("activities", number, at, {"time_close": reading(at, zone), "title": "1"}) for at in versions[1:2]]
    return [begun, *closed]


@st.composite
def worlds(draw: st.DrawFn) -> tuple[ZoneInfo, datetime, list[Change]]:
    """Draw a zone, an instant to look around, and what happened to some tickets and activities around it."""
    name, centre = draw(centres())
    zone = ZoneInfo(name)
    moments = st.builds(
        lambda seconds, part: centre + timedelta(seconds=seconds, microseconds=part),
        AROUND,
        st.sampled_from([0, 0, 1, 999_999]),
    )
    histories = st.lists(moments, min_size=1, max_size=3, unique=True).map(sorted)
    # A steady flow, and some that are anywhere.
    flow = [centre + timedelta(minutes=draw(st.integers(5, 13))) * number for number in range(-12, 13)]
    happened = [one for number, at in enumerate(flow, start=100) for one in ticket(number, [at], zone, untouched=False)]
    for number, versions in enumerate(draw(st.lists(histories, min_size=1, max_size=6)), start=1):
        happened += ticket(number, versions, zone, untouched=draw(st.booleans()))
        happened += activity(number, versions, zone)
    return zone, centre, happened


OPTIONS = st.fixed_dictionaries(
    {
        "settle_minutes": st.sampled_from([0, 45, 90]),
        "windows": st.sampled_from([1, 7, 40]),
        "page_size": st.sampled_from([1, 4, 9]),
        "concurrency": st.sampled_from([1, 3]),
    }
)


def stamp(change: Change, after: dict[str, Any]) -> tuple[str, str]:
    """Return the axis, and its reading, under which a run finds a row that has changed so."""
    if change.endpoint == "activities":
        return ("time_close", after["time_close"]) if "time_close" in change.values else ("time", after["time"])
    return ("edited", after["edited"]) if after["edited"] else ("created", after["created"])


def due(instance: ClockInstance, start: datetime, end: datetime) -> set[tuple[str, int, str]]:
    """Return every row, as it is now, whose last change occurred between two instants."""
    last: dict[tuple[str, int], Change] = {}
    for change in sorted(instance.changes, key=lambda change: change.at):
        if change.at <= instance.now:
            last[change.endpoint, change.name] = change
    return {change.version for change in last.values() if start <= change.at < end}


def check_claims(instance: ClockInstance, start: datetime, messages: list[dict[str, Any]], before: set[Any]) -> None:
    """Fail if a state says of a row that it was written while it had not been, at any place of the output."""
    seen = set(before)
    for message in messages:
        if message["type"] == "RECORD":
            seen.add(version(message))
        if message["type"] != "STATE":
            continue
        marks = message["value"].get("bookmarks", {})
        for stream, number, title in due(instance, start, instance.now):
            [change] = [one for one in instance.changes if one.version == (stream, number, title)]
            [row] = [row for row in instance.rows(stream) if row["name"] == number]
            axis, _ = stamp(change, row)
            mark = marks.get(stream, {}).get(axis)
            if mark and change.at < datetime.fromisoformat(mark.replace("Z", "+00:00")):
                assert (stream, number, title) in seen, f"{axis} {mark} is ahead of {change}"


# Without the phase that looks for a smaller example: a chain of runs takes too long for that.
@settings(
    max_examples=25,
    phases=[Phase.explicit, Phase.reuse, Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(
    worlds(),
    st.lists(st.tuples(AROUND, st.none() | st.integers(1, 40)), min_size=1, max_size=4),
    OPTIONS,
    st.sampled_from(["1970-01-01", "change"]),
    st.booleans(),
)
def test_a_chain_of_runs_loses_nothing(
    world: tuple[ZoneInfo, datetime, list[Change]],
    ends: list[tuple[int, int | None]],
    options: dict[str, Any],
    begin: str,
    named: bool,
) -> None:
    """Read once and again, up to an `end_date` that is named or to the clock, with failures on the way."""
    zone, centre, happened = world
    # Windows of some hours around the change; of years and days where the run is as long.
    days = (50 if begin == "change" else 400) / options.pop("windows")
    start_date = begin if begin != "change" else reading(centre, zone)
    start = datetime.min.replace(tzinfo=centre.tzinfo) if begin != "change" else centre
    state, written, failed = None, set(), False
    for end, fails_at in [*sorted(ends, key=lambda one: one[0]), (50 * 86_400, None)]:
        bound = centre + timedelta(seconds=end)
        instance = ClockInstance(zone, happened, bound + timedelta(minutes=options["settle_minutes"]), fails_at)
        options.pop("end_date", None)
        if named and bound > start:
            instance.now += DAY
            options["end_date"] = bound.isoformat()
        done = read(
            instance, state, start_date=start_date, streams="tickets,activities", date_window_size=days, **options
        )
        assert (done.failure is None) == (fails_at is None or instance.asked < fails_at)
        check_claims(instance, start, done.messages, written)
        rows = done.rows
        tickets = [row for row in rows if row[0] == "tickets"]
        assert len(tickets) == len(set(tickets)), "a row came twice in one run"
        if not failed:
            check_repeats(instance, rows, written, done.bound)
        written |= set(rows)
        failed = failed or done.failure is not None
        if done.failure is None:
            lost = due(instance, start, done.bound) - written
            assert not lost, f"up to {done.bound}: {lost}"
        state = done.state


def check_repeats(instance: ClockInstance, rows: list[Any], before: set[Any], bound: datetime) -> None:
    """Fail if a row comes again, or before its time, although the clock shows its reading once.

    An activity that has been closed may come twice: when it is read by its begin, and when by its end.
    """
    for stream, number, title in rows:
        if stream == "activities" and title == "1":
            continue
        [change] = [one for one in instance.changes if one.version == (stream, number, title)]
        if (stream, number, title) in before or change.at >= bound:
            [row] = [row for row in instance.rows(stream) if row["name"] == number]
            _, found_by = stamp(change, row)
            assert is_repeated(found_by, instance.zone), f"up to {bound}: {change}"


def test_runs_in_the_hour_that_comes_twice() -> None:
    """The clock shows the same reading to two runs an hour apart: neither may take the other for a mistake."""
    zone, state, written = ZoneInfo("Europe/Prague"), None, []
    flow = [utc("2024-10-26 20:00:00") + timedelta(minutes=7) * number for number in range(60)]
    happened = [one for number, at in enumerate(flow) for one in ticket(number, [at], zone, untouched=False)]
    for moment in ("2024-10-26 23:55:00", "2024-10-27 00:55:00", "2024-10-27 01:05:00", "2024-10-27 03:05:00"):
        instance = ClockInstance(zone, happened, utc(moment))
        done = read(instance, state, start_date="2024-10-01", streams="tickets", settle_minutes=0)
        assert done.failure is None
        state = done.state
        written += done.rows
    assert set(written) == {change.version for change in happened if change.at < utc("2024-10-27 03:05:00")}
