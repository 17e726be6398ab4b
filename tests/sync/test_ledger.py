"""The ledger of a run: what was counted, as records of a stream beside the rows that they tell of."""

from __future__ import annotations

from collections import Counter, defaultdict
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from tap_daktela.catalog.streams.runs import STREAMS
from tap_daktela.errors import IncompleteError, RemoteError
from tests.helpers.engine import erased_notes
from tests.helpers.engine.reading_driver import ListServer, at
from tests.helpers.engine.stream_driver import (
    CALLS,
    END,
    TICKETS,
    USERS,
    WORDS,
    Ran,
    edited,
    ran,
    ticket,
    users,
    utc,
)

if TYPE_CHECKING:
    from tap_daktela.catalog.fields import Stream

[LEDGER] = STREAMS
NAME = LEDGER.name
START = utc(0)


def read(servers: dict[str, ListServer], *streams: Stream, **changes: Any) -> Ran:
    return ran(servers, *streams, LEDGER, **changes)


def lines(one: Ran, *columns: str) -> list[tuple[Any, ...]]:
    """Return the given columns of the ledger."""
    return [tuple(record[column] for column in columns) for record in one.records(NAME)]


def check_sums(one: Ran, written: Counter[str]) -> None:
    """Fail unless the ledger has all rows that were written, and at no time more than there were."""
    seen: Counter[str] = Counter()
    noted: Counter[str] = Counter()
    for message in one.messages:
        if message["type"] == "RECORD" and message["stream"] == NAME:
            noted[message["record"]["stream"]] += message["record"]["written"]
            assert noted <= seen
        elif message["type"] == "RECORD":
            seen[message["stream"]] += 1
    assert noted == seen == written


def test_every_range_has_a_line_and_the_ranges_follow_one_another() -> None:
    rows = [*edited(130, every=20), *(ticket(200 + number, None, number) for number in range(5))]
    servers = {"tickets": ListServer(rows), "users": ListServer(users(12))}
    one = read(servers, TICKETS, USERS, names=["tickets", "tickets_statuses", "users", NAME])
    assert len(one.records("tickets_statuses")) == 135
    noted: Counter[str] = Counter()
    for stream, written, promised in lines(one, "stream", "written", "promised"):
        assert promised == written
        noted[stream] += written
    assert noted == {"tickets": len(one.records("tickets")), "users": 12} == {"tickets": 135, "users": 12}
    ranges = defaultdict(list)
    for stream, axis, begin, end in lines(one, "stream", "axis", "window_start", "window_end"):
        ranges[stream, axis].append((begin, end))
    assert set(ranges) == {("tickets", "edited"), ("tickets", "created"), ("users", None)}
    assert set(ranges["users", None]) == {(None, None)}
    for axis in ("edited", "created"):
        along = ranges["tickets", axis]
        assert (along[0][0], along[-1][1]) == (START, END)
        assert all(before[1] == behind[0] for before, behind in pairwise(along))
    assert len(ranges["tickets", "edited"]) > 1
    assert set(lines(one, "flag", "settled")) == {(None, True)}
    assert NAME not in one.bookmarks
    assert one.state.keys() == {"bookmarks"}


def test_a_line_follows_the_rows_that_it_counts() -> None:
    one = read({"tickets": ListServer(edited(130, every=20)), "users": ListServer(users(12))}, TICKETS, USERS,
               names=["tickets", "users", NAME])  # fmt: skip
    check_sums(one, Counter(tickets=130, users=12))
    schemas = [message["stream"] for message in one.messages if message["type"] == "SCHEMA"]
    assert schemas == [NAME, "tickets", "users"]


def test_what_is_empty_is_told_too() -> None:
    empty = {"tickets": ListServer([]), "users": ListServer([])}
    one = read(empty, TICKETS, USERS, names=["tickets", "users", NAME])
    assert lines(one, "stream", "axis", "window_start", "window_end", "promised", "written", "settled") == [
        ("tickets", "edited", START, END, 0, 0, True),
        ("tickets", "created", START, END, 0, 0, True),
        ("users", None, None, None, 0, 0, True),
    ]


def test_runs_of_one_moment_have_lines_of_their_own() -> None:
    runs = [read({"users": ListServer(users(130))}, USERS) for _ in range(2)]
    keys = [key for one in runs for key in lines(one, *LEDGER.key)]
    assert len({key for key, _ in keys}) == 2
    assert len(set(keys)) == len(keys) > 2
    assert len({moment for one in runs for moment in lines(one, "run_at")}) == 1


def test_a_stream_that_fails_tells_all_that_was_written_of_it() -> None:
    servers = {"tickets": ListServer(edited(60, every=50)), "users": ListServer(users(12))}
    servers["tickets"].instead = dict.fromkeys(range(8, 1000), RemoteError("no answer"))
    one = read(servers, TICKETS, USERS, names=["tickets", "users", NAME])
    assert one.failure is not None
    count = len(one.records("tickets"))
    assert 0 < count < 60
    check_sums(one, Counter(tickets=count, users=12))
    unsettled = [line for line in lines(one, "settled", "stream", "axis", "window_start", "promised") if not line[0]]
    assert unsettled == [(False, "tickets", None, None, None)]


def test_numbers_that_contradict_each_other_are_not_settled() -> None:
    one = read({"users": ListServer(users(12), total=lambda right, _here: right + 1)}, USERS)
    assert isinstance(one.failure, IncompleteError)
    first, last = lines(one, "promised", "written", "settled")
    assert first == (13, 12, False)
    assert last == (None, 0, False)


def test_children_have_the_ranges_of_their_parents() -> None:
    calls = [
        {"name": n, "time": at(20 * n), "type": "CALL", "item": {"name": f"i{n}", "title": "t"}} for n in range(1, 131)
    ]
    words = [{"name": 100 * n + i, "call": f"i{n}", "text": "x"} for n in range(1, 131) for i in range(2)]
    servers = {"calls": ListServer(calls), "words": ListServer(words)}
    one = read(servers, CALLS, WORDS, names=["words", NAME])
    check_sums(one, Counter(words=260))
    assert set(lines(one, "stream", "axis")) == {("words", "time")}
    starts = [begin for (begin,) in lines(one, "window_start")]
    assert starts[0] == START
    assert len(starts) > 1
    assert all(promised == written for promised, written in lines(one, "promised", "written"))


def test_rows_that_were_anonymised_since_are_marked() -> None:
    state = {"bookmarks": {"notes": {"time": "2024-01-01T00:30:00Z", "erased": {}}}}
    changes: Any = {"state": state, "start_date": "2023-11-01", "names": ["notes", NAME]}
    # Pages of two rows, so that the month with three is read in pieces.
    server = erased_notes.server(0, 1, 2)
    one = read({"notes": server}, erased_notes.NOTES, page_size=2, date_window_size=1, **changes)
    check_sums(one, Counter(notes=3))
    found = lines(one, "axis", "flag", "written")
    assert len(found) > 3
    assert {line[:2] for line in found[:-2]} == {("time", "erased")}
    assert found[-2:] == [("time", None, 0), ("closed", None, 0)]


def test_rows_of_a_failed_search_for_anonymised_ones_are_told() -> None:
    state = {"bookmarks": {"notes": {"time": erased_notes.BOOKMARK, "erased": {}}}}
    server = erased_notes.server(1, 2, 4)
    servers = {"notes": server}
    changes: Any = {"state": state, "start_date": "2023-11-15", "names": ["notes", NAME]}
    asked = len(read(servers, erased_notes.NOTES, **changes).client.endpoints)
    for number in range(1, asked):
        server = erased_notes.server(1, 2, 4)
        server.instead = {number: RemoteError("no answer")}
        one = read({"notes": server}, erased_notes.NOTES, **changes)
        check_sums(one, Counter(notes=len(one.records("notes"))))


def test_times_are_those_of_the_rows() -> None:
    rows = ListServer(edited(5, every=50))
    changes: Any = {"zone": "Europe/Prague", "names": ["tickets", NAME]}
    at_home = read({"tickets": rows}, TICKETS, timestamps="local", **changes)
    assert lines(at_home, "window_start", "window_end")[0] == ("2024-01-01 00:00:00", "2024-01-01 02:00:00")
    assert lines(at_home, "run_at", "read_at")[0] == ("2024-11-05 13:00:00", "2024-11-05 13:00:00")
    [one] = [message["schema"] for message in at_home.messages if message.get("schema") and message["stream"] == NAME]
    assert "format" not in one["properties"]["window_start"]
    in_utc = read({"tickets": rows}, TICKETS, **changes)
    assert lines(in_utc, "window_start", "window_end")[0] == ("2023-12-31T23:00:00Z", "2024-01-01T01:00:00Z")
    assert lines(in_utc, "run_at", "read_at")[0] == ("2024-11-05T12:00:00Z", "2024-11-05T12:00:00Z")


def test_a_state_is_the_same_without_a_ledger() -> None:
    servers = {"tickets": ListServer(edited(130, every=20)), "users": ListServer(users(12))}
    with_it = read(servers, TICKETS, USERS, names=["tickets", "users", NAME])
    without = read(servers, TICKETS, USERS, names=["tickets", "users"])
    assert without.messages == [message for message in with_it.messages if message.get("stream") != NAME]
