"""What is told while rows flow."""

from __future__ import annotations

import io
import json
import logging
import sys
from typing import TYPE_CHECKING

from tap_daktela.logs import JsonLines
from tap_daktela.sync import progress
from tap_daktela.sync.progress import Progress, log_metric, log_table

if TYPE_CHECKING:
    import pytest


class Terminal(io.StringIO):
    """A stderr that somebody watches."""

    def isatty(self) -> bool:
        """Say so."""
        return True


def test_plain_lines_where_nobody_watches(monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    monkeypatch.setattr(progress, "EVERY_SECONDS", 0.0)
    shown = Progress()
    shown.stream("tickets")
    shown.expect(4000)
    shown.add(1000)
    shown.add(3000)
    shown.close()
    first, second = (record.getMessage() for record in caplog.records)
    assert first.startswith("tickets: 1,000 rows so far, ")
    assert ", 25% of what is known, about " in first
    assert second.startswith("tickets: 4,000 rows so far, ")
    assert "of what is known" not in second


def test_not_one_line_for_each_page(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    shown = Progress()
    for _ in range(100):
        shown.add(1000)
    assert not caplog.records


def test_a_live_line_on_a_terminal(monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    monkeypatch.setattr(progress, "EVERY_SECONDS", 0.0)
    terminal = Terminal()
    monkeypatch.setattr(sys, "stderr", terminal)
    shown = Progress()
    shown.stream("tickets")
    shown.expect(10)
    shown.add(12)  # more than promised
    shown.expect(5)
    shown.close()
    assert "tickets" in terminal.getvalue()
    assert not caplog.records


def test_no_live_line_among_json_lines(monkeypatch: pytest.MonkeyPatch) -> None:
    handler = logging.NullHandler()
    handler.setFormatter(JsonLines())
    monkeypatch.setattr(logging.getLogger(), "handlers", [handler])
    terminal = Terminal()
    monkeypatch.setattr(sys, "stderr", terminal)
    shown = Progress()
    shown.stream("tickets")
    shown.add(12)
    shown.close()
    assert terminal.getvalue() == ""


def test_metrics_are_as_singer_has_them(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    log_metric("counter", "record_count", 12, endpoint="tickets")
    [line] = [record.getMessage() for record in caplog.records]
    assert json.loads(line.removeprefix("METRIC: ")) == {
        "type": "counter",
        "metric": "record_count",
        "value": 12,
        "tags": {"endpoint": "tickets"},
    }


def test_the_closing_table(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    log_table([("tickets", 12, 3, 0, 1, 0.25, "2024-11-05T11:30:00Z"), ("users", 5, None, None, None, None, None)])
    lines = [record.getMessage() for record in caplog.records]
    assert lines[0].split() == [
        "stream",
        "rows",
        "requests",
        "retries",
        "invalid",
        "values",
        "seconds",
        "new",
        "bookmark",
    ]
    assert lines[2].split() == ["tickets", "12", "3", "0", "1", "0.2", "2024-11-05T11:30:00Z"]
    assert lines[3].split() == ["users", "5"]
