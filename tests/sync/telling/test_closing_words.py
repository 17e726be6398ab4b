"""The words with which a run ends."""

from __future__ import annotations

import io
import sys

import pytest

from tap_daktela.sync.telling.closing_words import Brought, Ending, closing_words, table
from tap_daktela.sync.telling.signs import Signs, signs

MARK = "2025-03-01T11:30:00Z"
SIGNS = Signs("✓", "✗", "·")
TICKETS = Brought("tickets", 31_000, 256, 7.25, MARK, is_complete=True)
USERS = Brought("users", 470, 0, 0.5, None, is_complete=True)
QUEUES = Brought("queues", 0, 0, 0.5, None, is_complete=True)


def ending(*brought: Brought, reasons: tuple[str, ...] = (), failed: int = 0, is_whole: bool = True) -> Ending:
    """Return how a run of nine seconds ended."""
    return Ending(brought, reasons, failed, 9.0, 1234, 3, is_whole)


def lines(told: Ending) -> list[str]:
    """Return all lines, as in a log."""
    return [line for words in closing_words(told, SIGNS) for line in (words.line, *(f"  {one}" for one in words.block))]


def test_streams_with_rows_are_a_table_and_the_others_one_line() -> None:
    assert lines(ending(TICKETS, USERS, QUEUES, QUEUES)) == [
        "Rows written:",
        "  stream      rows    invalid    seconds  bookmark written",
        "  tickets   31,000        256        7.2  2025-03-01T11:30:00Z",
        "  users        470                   0.5",
        "2 streams: nothing new",
        "✓ 31,470 rows of 4 streams in 9.0 s (256 invalid values, 1,234 requests, 3 repeated requests)",
    ]


def test_nothing_new_at_all() -> None:
    told = lines(ending(QUEUES))
    assert told == [
        "1 stream: nothing new",
        "✓ 0 rows of 1 stream in 9.0 s (1,234 requests, 3 repeated requests)",
    ]


def test_failures_come_first() -> None:
    failed = Brought("activities_call", 12, 0, 1.0, None, is_complete=False)
    reason = "activities_call: HTTP 500 " + "x" * 1000
    told = lines(ending(failed, TICKETS, reasons=(reason,), failed=1, is_whole=False))
    assert told[0] == "Failed:"
    assert told[1].startswith("  ✗ activities_call: HTTP 500 xxx")
    assert len(told[1]) < 320
    assert told[2] == "Rows written:"
    assert told[-1].startswith("✗ 31,012 rows of 2 streams in 9.0 s; 1 stream failed (")


def test_what_was_not_read_is_not_called_nothing_new() -> None:
    unread = Brought("queues", 0, 0, None, MARK, is_complete=False)
    told = lines(ending(USERS, unread, unread, is_whole=False))
    assert not any("nothing new" in line for line in told)
    assert told[-1].startswith("✗ 470 rows of 3 streams in 9.0 s; 2 streams not read to the end (")


@pytest.mark.parametrize("invalid", [0, 12_345])
@pytest.mark.parametrize("rows", [1, 12_345_678])
def test_the_table_fits(rows: int, invalid: int) -> None:
    longest = Brought("campaigns_records_custom_fields", rows, invalid, 12_345.6, MARK, is_complete=True)
    told = table([longest])
    assert max(map(len, told)) <= 78
    assert f"{rows:,}" in told[1]
    assert ("invalid" in told[0]) == bool(invalid)
    assert told[1].endswith(MARK)


@pytest.mark.parametrize(
    ("encoding", "shown"),
    [("utf-8", SIGNS), ("iso8859-2", Signs("OK:", "FAILED:", "-")), ("ascii", Signs("OK:", "FAILED:", "-"))],
)
def test_signs_that_the_terminal_has(encoding: str, shown: Signs, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "__stderr__", io.TextIOWrapper(io.BytesIO(), encoding=encoding))
    assert signs() == shown


def test_signs_without_a_stderr(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "__stderr__", None)
    assert signs().good == "OK:"
