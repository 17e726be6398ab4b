"""What the platform's logger gets."""

from __future__ import annotations

import logging
import sys

from pygelf import gelf

from tap_daktela.keboola.logs import sentence
from tap_daktela.redaction import redactor

SECRET = "canary-5f<0e2b"
ATTACK = f"{SECRET}\x1b[2J\nCRITICAL forged\u202e canary-5f&lt;0e2b"


def fail() -> None:
    raise ValueError(ATTACK)


def test_a_stack_trace_holds_no_secret_and_no_forged_line() -> None:
    redactor.add(SECRET)
    handler = logging.NullHandler()
    redactor.install(handler)
    try:
        fail()
    except ValueError:
        record = logging.LogRecord("x", logging.ERROR, __file__, 1, "said %s", (ATTACK,), sys.exc_info())
    handler.filter(record)
    handler.filter(record)
    message = gelf.make(record, "host", False, "1.1", None, None, include_extra_fields=True)
    assert message["short_message"] == r"said ***\x1b[2J\nCRITICAL forged\u202e ***"
    assert message["full_message"].split("\n")[-2:] == [r" ValueError: ***\x1b[2J", r" CRITICAL forged\u202e ***"]
    assert SECRET not in str(message)


def test_the_sentence_of_a_failure_is_one_printable_line() -> None:
    redactor.add(SECRET)
    assert sentence(ValueError(ATTACK)) == r"***\x1b[2J CRITICAL forged\u202e ***"
