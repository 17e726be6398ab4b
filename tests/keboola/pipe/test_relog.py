"""Log lines of the pipe's processes, told again."""

from __future__ import annotations

import io
import logging

import pytest

from tap_daktela.keboola.pipe.relog import Relogger
from tap_daktela.redaction import redactor

LINES = b"""first words of a process
INFO singer's way
08:42:38 INFO our way
  in a block
08:42:38 INFO METRIC: {"type": "counter"}
WARNING careful
2024-11-05 12:00:00,123 | ERROR    | target-csv           | the SDK's way
Traceback (most recent call last):
  File "x.py", line 1

2026-11-21T08:42:38+00:00 | WARNING | target-csv.metrics | later, and less
CRITICAL tickets: what went wrong \xff
INFO after all
INFORMATION is no level
"""


@pytest.fixture
def told(caplog: pytest.LogCaptureFixture) -> tuple[Relogger, list[tuple[str, int, str]]]:
    caplog.set_level(logging.DEBUG)
    relogger = Relogger("tap-daktela", io.BytesIO(LINES))
    relogger.join()
    return relogger, caplog.record_tuples


def test_each_line_keeps_its_level(told: tuple[Relogger, list[tuple[str, int, str]]]) -> None:
    assert told[1] == [
        ("tap-daktela", logging.INFO, "first words of a process"),
        ("tap-daktela", logging.INFO, "singer's way"),
        ("tap-daktela", logging.INFO, "our way"),
        ("tap-daktela", logging.INFO, "  in a block"),
        ("tap-daktela", logging.DEBUG, 'METRIC: {"type": "counter"}'),
        ("tap-daktela", logging.WARNING, "careful"),
        ("tap-daktela", logging.ERROR, "the SDK's way"),
        ("tap-daktela", logging.ERROR, "Traceback (most recent call last):"),
        ("tap-daktela", logging.ERROR, '  File "x.py", line 1'),
        ("tap-daktela", logging.WARNING, "later, and less"),
        ("tap-daktela", logging.CRITICAL, "tickets: what went wrong \ufffd"),
        ("tap-daktela", logging.INFO, "after all"),
        ("tap-daktela", logging.INFO, "INFORMATION is no level"),
    ]


def test_the_worst_line_is_kept(told: tuple[Relogger, list[tuple[str, int, str]]]) -> None:
    assert told[0].worst_line == "tickets: what went wrong \ufffd"


def test_no_message_is_too_long_for_the_platform(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    Relogger("target-csv", io.BytesIO(b"ERROR " + b"x" * 200_000 + b"\nINFO short\n")).join()
    assert max(len(message.encode()) for _, _, message in caplog.record_tuples) < 64_000
    assert sum(message.count("x") for _, level, message in caplog.record_tuples if level == logging.ERROR) == 200_000
    assert caplog.record_tuples[-1][2] == "short"


def test_secrets_are_taken_out(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    redactor.add("canary-of-the-relogger")
    relogger = Relogger("target-csv", io.BytesIO(b"ERROR it said canary-of-the-relogger aloud\n"))
    relogger.join()
    assert relogger.worst_line == "it said *** aloud"
    assert "canary" not in caplog.text


def test_a_secret_is_not_cut_in_two_by_the_length_of_a_message(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    redactor.add("canary-of-the-relogger")
    for place in range(9_970, 10_010, 5):
        Relogger("target-csv", io.BytesIO(b"ERROR " + b"x" * place + b" canary-of-the-relogger\n")).join()
    assert "canary" not in caplog.text
    assert "relogger" not in caplog.text.replace("test_relog", "")


def test_the_rest_of_a_very_long_line_is_no_line_of_its_own(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    relogger = Relogger("target-csv", io.BytesIO(b"INFO " + b"x" * ((1 << 20) - 5) + b"CRITICAL forged\nINFO short\n"))
    relogger.join()
    assert relogger.worst_line == ""
    assert caplog.record_tuples[-1][2] == "short"


def test_what_a_process_writes_is_printable(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    relogger = Relogger("target-csv", io.BytesIO("ERROR \x1b[2J\rCRITICAL x\u2028\u202e\x85ž\n".encode()))
    relogger.join()
    assert relogger.worst_line == r"\x1b[2J\rCRITICAL x\u2028\u202e\x85ž"
    assert caplog.record_tuples == [("target-csv", logging.ERROR, relogger.worst_line)]
