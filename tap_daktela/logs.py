"""Log lines on stderr, without secrets: text for people, or JSON for machines."""

import json
import logging
import os
import sys
import threading
from typing import Any

import singer
import urllib3

from tap_daktela.errors import ConfigError, TapError
from tap_daktela.redaction import redactor
from tap_daktela.runtime.files import read_json

LOGGER = logging.getLogger(__name__)

LEVEL_VARIABLES = ("TAP_DAKTELA_LOGLEVEL", "LOGLEVEL")
"""Environment variables for the level of the log, as taps of the Meltano SDK have them. The first one wins."""

FORMAT_VARIABLE = "TAP_DAKTELA_LOG_FORMAT"
"""Environment variable for the form of the log."""

FORMATS = ("text", "json")

METRICS_VARIABLE = "TAP_DAKTELA_LOG_METRICS"
"""Environment variable by which Singer's measurements are shown at the level INFO among text, too."""

ASKED = "SINGER_SDK_LOG_CONFIG"
"""Environment variable by which Meltano names a file with the form and the level that it wants."""

_METRIC = "METRIC: "
"""What a measurement begins with."""


class TextLines(logging.Formatter):
    """Writes a record as `12:04:31 INFO message`, by the clock and in the zone of this machine.

    People compare it with the clock on their wall. A date would take half of a narrow line: the first line has it.
    Records with the attribute `in_block` follow the line before them, and have two blanks in the place of all that.
    """

    def __init__(self) -> None:
        super().__init__("%(asctime)s %(levelname)s %(message)s", "%H:%M:%S")

    def format(self, record: logging.LogRecord) -> str:
        """Return the line of a record that the redactor has cleaned."""
        return f"  {record.getMessage()}" if getattr(record, "in_block", False) else super().format(record)


class JsonLines(logging.Formatter):
    """Writes a record as one line of ASCII, with the fields that Meltano's parser wants of taps of its SDK.

    A stack trace follows the message, line by line. A measurement is the object `metric_info`.
    """

    def format(self, record: logging.LogRecord) -> str:
        """Return the line of a record that the redactor has cleaned."""
        message = super().format(record)
        point = _measurement(message)
        stream = getattr(record, "stream_name", None)
        line: dict[str, Any] = {
            "level": record.levelname.lower(),
            "pid": record.process,
            "logger_name": record.name,
            "ts": record.created,
            "thread_name": record.threadName,
            "app_name": "tap-daktela",
            "stream_name": None if stream is None else redactor.line(stream),  # It may be a name of the user's.
            "message": message,
            "extra": {},
        }
        if point is not None:
            line |= {"stream_name": point["tags"].get("endpoint"), "message": "METRIC", "metric_info": point}
        return json.dumps(line)


def _measurement(message: str) -> dict[str, Any] | None:
    """Return what singer-python logged as a measurement; None for other messages."""
    if not message.startswith(_METRIC):
        return None
    try:
        point = json.loads(message.removeprefix(_METRIC))
    except ValueError:
        return None  # A secret was hidden in it: it is told as text.
    match point:
        case {"type": _, "metric": _, "value": _, "tags": {}}:
            return dict(point)
        case _:
            return None


def start() -> None:
    """Begin to log, in the form and at the level that the environment sets, or else Meltano asks for."""
    singer.get_logger()
    problems: list[str] = []
    asked = _asked(problems)
    form = _form(asked, problems)
    for handler in logging.getLogger().handlers:
        handler.setFormatter(JsonLines() if form == "json" else TextLines())
        redactor.install(handler)
        _let_stops_through(handler)
    _set_level(asked, problems)
    # It warns of broken headers with a stack trace, and of certificates with each request: the tap says it, once.
    logging.getLogger("urllib3.connection").setLevel(logging.ERROR)
    urllib3.disable_warnings(urllib3.exceptions.InsecureRequestWarning)
    _take_what_others_print()
    for problem in problems:
        LOGGER.warning("%s", problem)


def _let_stops_through(handler: logging.Handler) -> None:
    """Let a handler pass on what stops the run. It takes every exception in a write for a trouble of its own."""
    usual = handler.handleError

    def handle(record: logging.LogRecord) -> None:
        if isinstance(sys.exc_info()[1], TapError):
            raise  # noqa: PLE0704 - logging calls this while it handles the exception
        usual(record)

    handler.handleError = handle  # type: ignore[method-assign]


def _take_what_others_print() -> None:
    """Log warnings and uncaught errors of threads and finalizers, which Python would write to stderr as they are."""
    logging.captureWarnings(True)
    threading.excepthook = lambda failed: LOGGER.error(
        "The thread %s failed", getattr(failed.thread, "name", "?"), exc_info=failed.exc_value
    )
    sys.unraisablehook = lambda failed: LOGGER.error(
        "%s %r", failed.err_msg or "Exception ignored in", failed.object, exc_info=failed.exc_value
    )


def _asked(problems: list[str]) -> Any:
    """Return the content of the file that Meltano names; None if there is none, or if it is a problem."""
    path = os.environ.get(ASKED)
    try:
        return read_json(path, ASKED) if path else None
    except ConfigError as error:
        problems.append(f"{error}; it is ignored. {FORMAT_VARIABLE} and {LEVEL_VARIABLES[0]} set form and level")
        return None


def _form(asked: Any, problems: list[str]) -> str:
    if wanted := os.environ.get(FORMAT_VARIABLE, "").strip():
        if wanted.lower() in FORMATS:
            return wanted.lower()
        problems.append(f"{FORMAT_VARIABLE}: there is no form {wanted}; there are {' and '.join(FORMATS)}")
    match asked:
        case {"formatters": {"singer_formatter": {"()": "singer_sdk.logging.StructuredFormatter"}}}:
            return "json"
    return "text"


def _set_level(asked: Any, problems: list[str]) -> None:
    wanted = {variable: os.environ.get(variable, "").strip().upper() for variable in LEVEL_VARIABLES}
    match asked:
        case {"root": {"level": str(level)}}:
            wanted[ASKED] = level
    for variable, level in wanted.items():
        if level:
            try:
                logging.getLogger().setLevel(level)
            except ValueError:
                problems.append(f"{variable}: there is no level {level}; there is, for example, DEBUG")
            return


def log_metric(kind: str, metric: str, value: float, **tags: str) -> None:
    """Write one line as `singer.metrics` does; `kind` is `counter` or `timer` (in seconds).

    Its level is INFO for machines and for whoever asks for measurements, else DEBUG.
    """
    is_asked = os.environ.get(METRICS_VARIABLE, "").strip().lower() not in {"", "0", "false", "no"}
    level = logging.INFO if is_asked or not are_for_people() else logging.DEBUG
    point = {"type": kind, "metric": metric, "value": value, "tags": tags}
    LOGGER.log(level, "%s%s", _METRIC, json.dumps(point))


def are_for_people() -> bool:
    """Tell whether log lines are text."""
    return not any(isinstance(handler.formatter, JsonLines) for handler in logging.getLogger().handlers)
