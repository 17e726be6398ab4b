"""A line at the foot of a terminal that is drawn again and again, and makes way for the lines of the log.

The cursor rests at its beginning. So what others write there, such as a target or the echo of Ctrl-C, is on a line of
its own, and a terminal that is made narrower breaks the line below the cursor.
"""

import logging
import os
import sys
from typing import Any

WIDEST = 10_000
"""Columns and lines that no terminal has."""

WIDTH = 80
"""Columns of a terminal that does not say how many it has."""


def is_watched() -> bool:
    """Tell whether somebody sees a live line: on a terminal that can draw, and only the log goes there."""
    if os.environ.get("NO_COLOR") or os.environ.get("CI") or os.environ.get("TERM", "") in {"", "dumb"}:
        return False
    return sys.stderr.isatty() and not sys.stdout.isatty()


class LiveLine:
    """Draws on stderr. As long as it is open, handlers of the log write above it."""

    def __init__(self) -> None:
        from tqdm import tqdm  # noqa: PLC0415 - only a terminal needs it

        tqdm.monitor_interval = 0  # It would start a thread, which draws when nobody has called.
        self._tqdm: Any = tqdm
        # Texts fit already. tqdm would cut them by a size that it asks for, and show none on a terminal without one.
        self._bar: Any = tqdm(bar_format="{desc}", file=sys.stderr, leave=False, position=0, ncols=WIDEST, nrows=WIDEST)
        self._shown = self._columns = 0  # The length of the text, and what was drawn with it.
        ours = [one for one in logging.getLogger().handlers if isinstance(one, logging.StreamHandler)]
        self._handlers: list[logging.StreamHandler[Any]] = [one for one in ours if one.stream is sys.stderr]
        for handler in self._handlers:
            handler.setStream(self)

    @property
    def width(self) -> int:
        """The columns of the terminal, as they are now."""
        try:
            return os.get_terminal_size(sys.stderr.fileno()).columns or WIDTH
        except OSError:
            return WIDTH

    def draw(self, text: str) -> None:
        """Show `text` in the place of what was shown before."""
        with self._tqdm.get_lock():
            self._gather()
            self._columns = max(self._shown, len(text))  # tqdm covers the longer text before with blanks.
            self._shown = len(text)
            self._bar.set_description_str(text)
            sys.stderr.write("\r")

    def write(self, text: str) -> None:
        """Write lines of the log above the live line."""
        with self._tqdm.get_lock():
            self._gather()
            self._tqdm.write(text, file=sys.stderr, end="")
            sys.stderr.write("\r")
            self._columns = self._shown

    def _gather(self) -> None:
        """Remove what was drawn if a terminal that is narrower now has broken it into several lines."""
        if self._columns > self.width:
            sys.stderr.write("\r\x1b[J")
            self._bar.sp = self._tqdm.status_printer(self._bar.fp)  # Else it would cover the old length with blanks.
            self._columns = self._shown = 0

    def flush(self) -> None:
        """Do nothing: stderr keeps nothing back."""

    def close(self) -> None:
        """Remove the line, and give the log its stderr back."""
        for handler in self._handlers:
            handler.setStream(sys.stderr)
        self._handlers = []
        self._bar.close()
