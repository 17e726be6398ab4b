"""Log lines of the processes in the pipe, told again through Python's logging with the level that they had."""

from __future__ import annotations

import logging
import re
import threading
from typing import BinaryIO

from tap_daktela.redaction import redactor

__all__ = ["Relogger"]

# singer-python writes `LEVEL message`, the Meltano SDK `time | LEVEL | logger | message`.
_LINE = re.compile(
    r"(?:[0-9][0-9T:,.+Z -]*\|\s*)?(?P<level>DEBUG|INFO|WARNING|ERROR|CRITICAL)\b\s*"
    r"(?:\|\s*[\w.-]+\s*\|\s*)?(?P<text>.*)",
    re.DOTALL,
)
_LEVELS = {name: getattr(logging, name) for name in ("DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL")}
_METRIC = "METRIC:"
"""How Singer marks its measurements, which it logs as information; people who watch a run need none of them."""

_LONGEST = 30_000
"""Bytes of one message; Keboola's log takes up to 64 KB, and what a character is escaped to counts."""


class Relogger(threading.Thread):
    """Drains the standard error of a process; `last_words` is its last line of the highest level so far.

    A line without a level of its own, such as that of a stack trace, belongs to the line before.
    """

    def __init__(self, name: str, stream: BinaryIO) -> None:
        """Tell lines under the logger `name`; begin at once."""
        super().__init__(name=f"{name}-log", daemon=True)
        self.last_words = ""
        self._highest = logging.NOTSET
        self._level: int = logging.INFO
        self._logger = logging.getLogger(name)
        self._stream = stream
        self.start()

    def run(self) -> None:
        """Read to the end of the stream."""
        while line := self._stream.readline(_LONGEST):
            self._tell(redactor.clean(line.decode(errors="replace")).rstrip())

    def _tell(self, line: str) -> None:
        if not line.strip():
            return
        match = _LINE.match(line)
        text = line
        if match:
            text = match["text"]
            self._level = logging.DEBUG if text.startswith(_METRIC) else _LEVELS[match["level"]]
        if self._level >= max(self._highest, logging.WARNING):
            self._highest = self._level
            self.last_words = text.strip()
        self._logger.log(self._level, "%s", text)
