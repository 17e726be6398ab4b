"""What is shown while rows flow."""

from __future__ import annotations

import io
import json
import logging
import sys

import pytest

from tap_daktela.logs import JsonLines, log_metric
from tap_daktela.sync.telling.how_far import StreamProgress
from tap_daktela.sync.telling.live import LiveLine, is_watched
from tap_daktela.sync.telling.progress import Progress


class Clock:
    """Seconds that pass only when they are told to."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        """Return the moment."""
        return self.now


class Terminal(io.StringIO):
    """A stderr that somebody watches."""

    def isatty(self) -> bool:
        """Say so."""
        return True


def on_terminal(monkeypatch: pytest.MonkeyPatch) -> Terminal:
    """Return the terminal on which the log is shown from now on, and nothing else."""
    terminal, handler = Terminal(), logging.StreamHandler()
    handler.stream = terminal
    monkeypatch.setattr(logging.getLogger(), "handlers", [handler])
    monkeypatch.setattr(sys, "stderr", terminal)
    monkeypatch.setattr(sys, "stdout", io.StringIO())
    for name in ("NO_COLOR", "CI"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("TERM", "xterm")
    return terminal


def test_a_plain_line_every_half_minute(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    clock = Clock()
    tickets, users = StreamProgress("tickets", total=4000), StreamProgress("users")
    with Progress(clock) as shown:
        shown.say("connecting…")
        shown.follow([tickets, users])
        shown.tick()
        shown.begin(tickets)
        for _ in range(200):
            clock.now += 0.25
            tickets.rows += 10
            shown.tick()
        shown.begin(users)
        users.total = 1000
        for _ in range(100):
            clock.now += 0.25
            shown.tick()
    told = [record.getMessage() for record in caplog.records]
    assert len(told) == 2
    assert told[0] == "[1/2] tickets: 1,200 of 4,000, 40 rows/s, 1:10 left, run 30 s"
    assert told[1] == "[2/2] users: 0 of 1,000, waiting 9 s for the instance, run 40 % in 1:00, 1:30 left"
    assert {record.__dict__["stream_name"] for record in caplog.records} == {"tickets", "users"}


def test_a_live_line_makes_way_for_the_log(monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = on_terminal(monkeypatch)
    clock = Clock()
    tickets = StreamProgress("tickets", total=4000)
    with Progress(clock) as shown:
        assert shown.is_live
        shown.say("connecting to a far instance…")
        shown.follow([tickets])
        shown.begin(tickets)
        tickets.rows = 1355
        clock.now += 1
        shown.tick()
        logging.getLogger().warning("a line of the log")
        shown.tick()
    drawn = terminal.getvalue().split("\r")
    assert "connecting to a far instance…" in drawn
    assert any(line.startswith("[1/1] tickets  1,355 of 4,000") for line in drawn)
    [log] = [place for place, line in enumerate(drawn) if line.startswith("a line of the log\n")]
    assert not drawn[log - 1].strip()
    assert drawn[log + 1].startswith("[1/1] tickets")  # At once, and not only with the next rows.
    assert not drawn[-2].strip()
    assert drawn[-1] == ""
    assert logging.getLogger().handlers[0].stream is terminal  # type: ignore[attr-defined]


@pytest.mark.parametrize("variable", [("NO_COLOR", "1"), ("CI", "true"), ("TERM", "dumb"), ("TERM", "")])
def test_who_wants_no_drawing_gets_none(variable: tuple[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = on_terminal(monkeypatch)
    assert is_watched()
    monkeypatch.setenv(*variable)
    with Progress() as shown:
        assert not shown.is_live
        shown.say("connecting…")
    assert terminal.getvalue() == ""


def test_no_live_line_among_rows(monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = on_terminal(monkeypatch)
    monkeypatch.setattr(sys, "stdout", terminal)
    assert not is_watched()


def test_no_live_line_among_json_lines(monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = on_terminal(monkeypatch)
    logging.getLogger().handlers[0].setFormatter(JsonLines())
    with Progress() as shown:
        assert not shown.is_live
    assert terminal.getvalue() == ""


@pytest.mark.parametrize(
    ("variable", "level"), [("", "DEBUG"), ("0", "DEBUG"), ("no", "DEBUG"), ("1", "INFO"), ("yes", "INFO")]
)
def test_metrics_are_as_singer_has_them_where_they_are_wanted(
    variable: str, level: str, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    caplog.set_level(logging.DEBUG)
    monkeypatch.setenv("TAP_DAKTELA_LOG_METRICS", variable)
    log_metric("counter", "record_count", 12, endpoint="tickets")
    [record] = caplog.records
    assert record.levelname == level
    assert json.loads(record.getMessage().removeprefix("METRIC: ")) == {
        "type": "counter",
        "metric": "record_count",
        "value": 12,
        "tags": {"endpoint": "tickets"},
    }


def test_what_a_narrower_terminal_has_broken_is_removed(monkeypatch: pytest.MonkeyPatch) -> None:
    terminal, widths = on_terminal(monkeypatch), [80]
    monkeypatch.setattr(LiveLine, "width", property(lambda _self: widths[-1]))
    line = LiveLine()
    line.draw("x" * 79)
    widths.append(30)
    begin = len(terminal.getvalue())
    line.draw("y" * 29)
    drawn = terminal.getvalue()[begin:]
    assert drawn.startswith("\r\x1b[J")
    assert drawn.endswith("\r" + "y" * 29 + "\r")  # Without blanks behind it, which would begin another line.
    line.close()


def test_what_others_write_does_not_stand_behind_the_live_line(monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = on_terminal(monkeypatch)
    line = LiveLine()
    line.draw("[1/2] tickets  12 of 800")
    assert terminal.getvalue().endswith("[1/2] tickets  12 of 800\r")
    line.write("12:31:04 INFO users: 16 rows\n")
    assert terminal.getvalue().endswith("12:31:04 INFO users: 16 rows\n\r[1/2] tickets  12 of 800\r")
    line.close()
