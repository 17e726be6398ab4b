"""What is remembered between runs: through the platform and back, over changes of the configuration, over gaps."""

from __future__ import annotations

import copy
from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any

import pytest

from tap_daktela.errors import UserError
from tap_daktela.keboola.state import VERSION, RunResult, StoredState, fingerprint

if TYPE_CHECKING:
    from pathlib import Path

MARKS = {"tickets": {"edited": "2024-11-01T00:00:00Z", "created": "2024-11-01T00:00:00Z"}}
STORED = StoredState(MARKS, {"acme_tickets": ["server", "id"]}, {"tickets": "abc"})


def through_php(value: Any) -> Any:
    """Return what becomes of a state in PHP's associative arrays."""
    if isinstance(value, dict):
        if list(value) == [str(number) for number in range(len(value))]:
            return [through_php(inner) for inner in value.values()]
        return {name: through_php(inner) for name, inner in value.items()}
    return [through_php(inner) for inner in value] if isinstance(value, list) else value


@pytest.mark.parametrize("stored", [StoredState(), STORED, StoredState({"tickets": {}}, {}, {})])
def test_a_state_survives_the_platform(stored: StoredState, caplog: pytest.LogCaptureFixture) -> None:
    state = stored.dump("https://acme.daktela.com", "acme")
    assert state["version"] == VERSION
    again = StoredState.load(through_php(copy.deepcopy(state)))
    assert again.bookmarks == stored.bookmarks
    assert again.columns == stored.columns
    assert again.fingerprints == stored.fingerprints
    assert caplog.messages == []


COUNTED = {"activities": {**MARKS["tickets"], "anonymized": {"2024-01": 12}}}


def test_numbers_of_rows_survive_the_platform() -> None:
    state = through_php(StoredState(COUNTED).dump("https://acme.daktela.com", "acme"))
    assert StoredState.load(state).bookmarks == COUNTED
    for nothing in ([], {}):
        state["singer"]["bookmarks"]["activities"]["anonymized"] = nothing
        assert StoredState.load(state).bookmarks == {"activities": MARKS["tickets"]}
    for damaged in ({"2024-01": "many"}, {"2023-12": 1, "2024-01": "many"}):
        state["singer"]["bookmarks"]["activities"]["anonymized"] = damaged
        assert StoredState.load(state).bookmarks == {}


def test_a_run_over_a_period_of_its_own_leaves_the_numbers_of_rows() -> None:
    begin = datetime(2024, 10, 1, tzinfo=timezone.utc)
    marks = {"activities": {"edited": "2024-11-05T00:00:00Z", "anonymized": {"2024-10": 1}}}
    run = RunResult(begin, {}, marks, {"activities": "abc"}, {})
    after = StoredState(COUNTED, {}, {"activities": "abc"}).after(run).bookmarks["activities"]
    assert (after["edited"], after["anonymized"]) == ("2024-11-05T00:00:00Z", {"2024-01": 12})


def test_fingerprints_of_earlier_builds_are_understood() -> None:
    state = STORED.dump("https://acme.daktela.com", "acme")
    state["scopes"] = state.pop("fingerprints")
    assert StoredState.load(state) == STORED


@pytest.mark.parametrize(
    "raw",
    [
        None,
        {},
        [],
        {"version": VERSION, "singer": [], "columns": [], "fingerprints": []},
        {"version": VERSION, "singer": {"bookmarks": []}, "columns": [], "fingerprints": []},
    ],
)
def test_nothing_is_remembered_on_the_first_run_and_after_reset(raw: Any, caplog: pytest.LogCaptureFixture) -> None:
    assert StoredState.load(raw) == StoredState()
    assert caplog.messages == []


@pytest.mark.parametrize(
    "raw",
    [
        {"bookmarks": []},
        {"last_run": "2024-11-01 10:00:00", "tables_extracted": ["tickets"]},
        {"version": 99, "singer": {"bookmarks": MARKS}},
        {"version": "1"},
        ["x"],
        "text",
        7,
        {"version": VERSION, "singer": "x", "columns": {"acme_tickets": ["id"]}},
        {"version": VERSION, "singer": {"bookmarks": 7}, "columns": {"acme_tickets": ["id"]}},
        {
            "version": VERSION,
            "singer": {"bookmarks": {"tickets": {"edited": "soon"}}},
            "columns": {"acme_tickets": ["id"]},
        },
        {"version": VERSION, "singer": {"bookmarks": {"tickets": "soon"}}, "columns": {"acme_tickets": ["id"]}},
        {"version": VERSION, "fingerprints": "x", "columns": {"acme_tickets": ["id"]}},
    ],
)
def test_a_state_that_is_not_ours_means_the_full_window(raw: Any, caplog: pytest.LogCaptureFixture) -> None:
    found = StoredState.load(raw)
    assert found.bookmarks == {}
    assert len(caplog.messages) == 1
    if isinstance(raw, dict) and raw.get("version") == VERSION and "columns" in raw:
        # Columns must not be forgotten: a table that comes back with fewer of them cannot be imported.
        assert found.columns == {"acme_tickets": ["id"]}


def test_a_state_file(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    path = tmp_path / "state.json"
    assert StoredState.read(path) == StoredState()
    path.write_bytes(b" ")
    assert StoredState.read(path) == StoredState()
    path.write_bytes(b'{"version": 1, "columns": {"acme_tickets": ["id"]}}')
    assert StoredState.read(path).columns == {"acme_tickets": ["id"]}
    assert caplog.messages == []


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"{", "is not JSON: "),
        (b"\xff", "is not text in UTF-8; "),
        (b"[" * 100_000, "is nested too deeply; "),
        (b'{"a": "\\ud800"}', "holds half a character"),
    ],
    ids=["cut", "no text", "deep", "half a character"],
)
def test_a_state_file_that_cannot_be_read_is_told(tmp_path: Path, content: bytes, words: str) -> None:
    path = tmp_path / "state.json"
    path.write_bytes(content)
    with pytest.raises(UserError) as caught:
        StoredState.read(path)
    assert str(caught.value).startswith(f"{path} {words}")
    assert str(caught.value).endswith("; reset the state")


def test_one_damaged_stream_does_not_harm_the_others() -> None:
    marks = {**MARKS, "users": 7, "queues": {"time": None}}
    found = StoredState.load({"version": VERSION, "singer": {"bookmarks": marks}})
    assert found.bookmarks == MARKS


def test_bookmarks_of_something_else_are_not_used(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO")
    assert STORED.still_valid({"tickets": "abc", "users": "x"}) == MARKS
    assert caplog.messages == []
    assert STORED.still_valid({"tickets": "other"}) == {}
    assert "tickets" in caplog.text
    assert STORED.still_valid({"users": "x"}) == {}


def test_a_fingertickets_fingerprintchanges_with_every_fact() -> None:
    facts = ["https://acme.daktela.com", "acme", "table", ("tickets", None)]
    changed = [[*facts[:place], "other", *facts[place + 1 :]] for place in range(len(facts))]
    assert len({fingerprint(*facts), *(fingerprint(*one) for one in changed)}) == len(facts) + 1
    assert fingerprint({"a": 1, "b": 2}) == fingerprint({"b": 2, "a": 1})


def ran(start: str, mark: str, *, continued: bool = False, tickets_fingerprint: str = "abc") -> StoredState:
    """Return what is remembered after a run from `start` to `mark`."""
    marks = {"tickets": dict.fromkeys(MARKS["tickets"], mark)}
    begin = datetime.fromisoformat(start).replace(tzinfo=timezone.utc)
    return STORED.after(
        RunResult(begin, MARKS if continued else {}, marks, {"tickets": tickets_fingerprint}, {"acme_users": ["id"]})
    )


@pytest.mark.parametrize(
    ("start", "end", "expected"),
    [
        ("2024-10-01", "2024-11-02T00:00:00Z", "2024-11-02T00:00:00Z"),
        ("2024-11-01", "2024-11-02T00:00:00Z", "2024-11-02T00:00:00Z"),
        ("2024-11-02", "2024-11-03T00:00:00Z", "2024-11-01T00:00:00Z"),
        ("2024-01-01", "2024-02-01T00:00:00Z", "2024-11-01T00:00:00Z"),
    ],
    ids=["overlapping", "adjoining", "behind a gap", "backfill"],
)
def test_a_bookmark_never_claims_what_was_not_read(start: str, end: str, expected: str) -> None:
    assert ran(start, end).bookmarks["tickets"]["edited"] == expected


def test_a_run_that_continues_has_no_gap_wherever_from_is() -> None:
    assert (
        ran("2024-11-02", "2024-11-03T00:00:00Z", continued=True).bookmarks["tickets"]["edited"]
        == "2024-11-03T00:00:00Z"
    )


def test_a_bookmark_of_something_else_is_replaced() -> None:
    stored = ran("2024-11-02", "2024-11-03T00:00:00Z", tickets_fingerprint="other")
    assert stored.bookmarks["tickets"]["edited"] == "2024-11-03T00:00:00Z"
    assert stored.fingerprints == {"tickets": "other"}


def test_columns_that_are_no_list_of_names_are_left_out() -> None:
    columns = {"acme_tickets": ["id"], "acme_users": "id", "acme_queues": [], "acme_calls": {"id": 1}}
    assert StoredState.load({"version": VERSION, "columns": columns}).columns == {"acme_tickets": ["id"]}


def test_a_folder_in_the_place_of_the_state_is_told(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"cannot be read: Is a directory; it should be a file with the state$"):
        StoredState.read(tmp_path)


def test_columns_and_other_streams_are_kept() -> None:
    stored = STORED.after(
        RunResult(datetime.now(timezone.utc), {}, {"users": {"time": "2024-11-03T00:00:00Z"}}, {"users": "u"}, {})
    )
    assert stored.bookmarks == {**MARKS, "users": {"time": "2024-11-03T00:00:00Z"}}
    assert stored.columns == STORED.columns
    assert stored.fingerprints == {"tickets": "abc", "users": "u"}
