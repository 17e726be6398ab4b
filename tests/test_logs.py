"""JSON lines, each from one record."""

from __future__ import annotations

import json
import logging
import subprocess
import sys
from typing import Any

import pytest

from tap_daktela.logs import JsonLines
from tap_daktela.redaction import redactor
from tests.helpers.harness import PATIENCE, untimed

SECRET = 'canary"5f<0e2b'


def fail() -> None:
    raise ValueError(SECRET)


def written(message: str, *args: object, **more: Any) -> dict[str, Any]:
    """Return the line of a record as the handler writes it: cleaned, then formatted."""
    record = logging.makeLogRecord({"msg": message, "args": args, "levelname": "ERROR", "name": "x", **more})
    handler = logging.NullHandler()
    redactor.install(handler)
    handler.filter(record)
    line = JsonLines().format(record)
    assert line.isascii()
    assert line.isprintable()
    return json.loads(line)


def test_a_line_holds_no_secret_and_no_forged_line() -> None:
    redactor.add(SECRET)
    line = written("said %s", f"{SECRET}\nCRITICAL forged\u202e")
    assert (line["level"], line["message"]) == ("error", r"said ***\nCRITICAL forged\u202e")


def test_a_stack_trace_is_part_of_the_message() -> None:
    redactor.add(SECRET)
    try:
        fail()
    except ValueError:
        line = written("a mistake", exc_info=sys.exc_info())
    first, *trace = line["message"].split("\n")
    assert first == "a mistake"
    assert trace[-1] == " ValueError: ***"


def test_a_measurement_is_told_as_one() -> None:
    point = {"type": "counter", "metric": "record_count", "value": 3, "tags": {"endpoint": "tickets"}}
    line = written("METRIC: %s", json.dumps(point))
    assert (line["message"], line["metric_info"], line["stream_name"]) == ("METRIC", point, "tickets")


@pytest.mark.parametrize("text", ["METRIC: {", "METRIC: 5", 'METRIC: {"tags": 5}', "METRIC: [[["])
def test_what_only_looks_like_a_measurement_stays_a_message(text: str) -> None:
    line = written(text)
    assert line["message"] == text
    assert "metric_info" not in line


def test_the_stream_of_a_line_holds_no_secret() -> None:
    redactor.add(SECRET)
    assert written("5 rows", stream_name=f"{SECRET}\x1b\ud800")["stream_name"] == r"***\x1b\ud800"


def test_the_stream_of_a_line() -> None:
    assert written("tickets: 5 rows", stream_name="tickets")["stream_name"] == "tickets"
    assert written("5 rows")["stream_name"] is None


WARNINGS = """
import logging, warnings, urllib3
from {module} import {begin}
{begin}()
logging.getLogger("urllib3.connection").warning("Failed to parse headers (url=...): a stack trace")
warnings.warn("Unverified HTTPS request", urllib3.exceptions.InsecureRequestWarning)
logging.getLogger("tap_daktela").warning("ours")
"""


@pytest.mark.parametrize(("module", "begin"), [("tap_daktela.logs", "start"), ("tap_daktela.keboola.logs", "begin")])
def test_the_commands_say_by_themselves_what_urllib3_warns_of(module: str, begin: str) -> None:
    """Only the commands silence it: in a program that uses the client, logging belongs to the program."""
    command = [sys.executable, "-c", WARNINGS.format(module=module, begin=begin)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE, check=True)
    assert untimed(done.stdout + done.stderr).splitlines() == ["WARNING ours"]


STOPPED_IN_A_LINE = """
import logging, os, signal
from tap_daktela import logs
from tap_daktela.errors import Interrupted, TargetGone
from tap_daktela.runtime.signals import Stop
from tap_daktela.runtime.standard_streams import take_over

take_over()
logs.start()
write = os.write
for why in (Interrupted(signal.SIGTERM), TargetGone("the target is gone")):
    def stop_and_write(descriptor, content):
        os.write = write
        stop.end(why)
        return write(descriptor, content)
    try:
        with Stop(lambda: None) as stop:
            os.write = stop_and_write
            logging.getLogger().warning("a line")
    except type(why) as stopped:
        print(stopped)
"""


def test_a_signal_that_comes_while_a_line_is_written_stops_the_run() -> None:
    done = subprocess.run(
        [sys.executable, "-c", STOPPED_IN_A_LINE], capture_output=True, text=True, timeout=PATIENCE, check=True
    )
    assert done.stdout.splitlines() == ["stopped by signal 15 (SIGTERM)", "the target is gone"]
    assert done.stderr == ""
