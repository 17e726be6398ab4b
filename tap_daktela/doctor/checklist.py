"""The lines of a checklist: shown as soon as they are known, and counted."""

import shutil
import textwrap
from collections.abc import Callable

from tap_daktela.errors import CheckError
from tap_daktela.redaction import redactor

_NAME_WIDTH = len("custom fields")
_WIDTH = 100


class Checklist:
    """Shows what was checked, line by line, through `show`. Each line has a mark.

    `OK`: it is as it should be. `!!`: a run would fail, and the line says how to mend it. `??`: a run works, and the
    line says what to look at. `--`: it could not be checked.
    """

    def __init__(self, show: Callable[[str], None]) -> None:
        self._show = show
        self._width = min(_WIDTH, shutil.get_terminal_size((80, 24)).columns)
        self._wrong: list[str] = []

    def ok(self, check: str, text: str) -> None:
        """Tell what is as it should be."""
        self._line("OK", check, text)

    def wrong(self, check: str, sentence: str) -> None:
        """Tell what makes a run fail, and how to mend it."""
        self._wrong.append(sentence)
        self._line("!!", check, sentence)

    def odd(self, check: str, sentence: str) -> None:
        """Tell what a run survives, and how to mend it."""
        self._line("??", check, sentence)

    def skipped(self, check: str, reason: str) -> None:
        """Tell why something was not checked."""
        self._line("--", check, reason)

    def end(self, readable: int, selected: int) -> None:
        """Show the last line: how many of the `selected` streams can be read. CheckError if anything is wrong."""
        count = f"{readable} of {selected} streams can be read" if selected else "no stream was checked"
        if not self._wrong:
            self._show(f"OK: {count}")
            return
        self._show(f"!!: {count}; mend what is marked with !!")
        raise CheckError("; ".join(self._wrong))

    def _line(self, mark: str, check: str, text: str) -> None:
        begin = f"{mark} {check:<{_NAME_WIDTH}} "
        line = redactor.line(text)
        # A word that is longer than the line, such as an address, stays in one piece.
        self._show(
            textwrap.fill(
                line,
                self._width,
                initial_indent=begin,
                subsequent_indent=" " * len(begin),
                break_long_words=False,
                break_on_hyphens=False,
            )
        )
