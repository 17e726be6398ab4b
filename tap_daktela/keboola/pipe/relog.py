"""Log lines of the processes in the pipe, logged again by us with the level that they had."""

import logging
import re
import threading
from typing import BinaryIO

from tap_daktela.redaction import redactor

# The tap writes `time LEVEL message`, the Meltano SDK `time | LEVEL | logger | message`.
_LINE = re.compile(
    r"(?:[0-9]{2}:[0-9]{2}:[0-9]{2} |[0-9][0-9T:,.+Z -]*\|\s*)?(?P<level>DEBUG|INFO|WARNING|ERROR|CRITICAL)\b\s*"
    r"(?:\|\s*[\w.-]+\s*\|\s*)?(?P<text>.*)",
    re.DOTALL,
)
_METRIC = "METRIC:"
"""The mark of Singer's measurements, which it logs as INFO. Here they become DEBUG: people do not need them."""

_LONGEST_LINE = 1 << 20
"""Bytes that are read of one line; the rest is left out. Cut into pieces before, a secret could be cut in two."""

_LONGEST = 10_000
"""Characters of one message. Keboola's log takes up to 64 KB, and a character may count as six bytes."""


class Relogger(threading.Thread):
    """Reads the standard error of a process, from the moment it is made, and logs its lines by the logger `name`.

    `worst_line` is the last line of the highest level so far, from WARNING up; empty if there is none. A line without
    a level of its own, such as that of a stack trace, has the level of the line before.
    """

    def __init__(self, name: str, stream: BinaryIO) -> None:
        super().__init__(name=f"{name}-log", daemon=True)
        self.worst_line = ""
        self._highest = logging.NOTSET
        self._level: int = logging.INFO
        self._logger = logging.getLogger(name)
        self._stream = stream
        self.start()

    def run(self) -> None:
        """Read to the end of the stream."""
        while line := self._stream.readline(_LONGEST_LINE):
            text = redactor.line(line.decode(errors="replace").rstrip())
            while line and not line.endswith(b"\n"):
                line = self._stream.readline(_LONGEST_LINE)
            if not text:
                continue
            if match := _LINE.match(text):
                text = match["text"]
                self._level = logging.DEBUG if text.startswith(_METRIC) else getattr(logging, match["level"])
            if self._level >= max(self._highest, logging.WARNING):
                self._highest = self._level
                self.worst_line = text.strip()
            for begin in range(0, len(text), _LONGEST):
                self._logger.log(self._level, "%s", text[begin : begin + _LONGEST])
