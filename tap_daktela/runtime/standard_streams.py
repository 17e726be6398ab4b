"""Standard input, output and error as the caller leaves them: closed, not blocking, broken, or for ASCII only."""

import fcntl
import io
import os
import sys
from contextlib import suppress
from typing import Any

from tap_daktela.errors import OutputError
from tap_daktela.runtime.pipes import write_all, write_whole

# Nothing can be written to a stdout that was closed. What is written to such a stderr is lost.
_IF_CLOSED = ((0, os.O_RDONLY), (1, os.O_RDONLY), (2, os.O_WRONLY))


class _Output(io.FileIO):
    """Writes everything at once, also if the descriptor does not block. OutputError if that is not possible."""

    def write(self, content: Any, /) -> int:
        write_whole(self.fileno(), content)
        return len(content)


class _Log(io.FileIO):
    """Loses what cannot be written: there is no other place to say so, and the rows count for more."""

    def write(self, content: Any, /) -> int:
        # Not OutputError: a signal that comes meanwhile may raise one, to end the run.
        with suppress(OSError):
            write_all(self.fileno(), content)
        return len(content)


def take_over() -> None:
    """Open what is closed, and let stdout and stderr take any text, whole. To be called first of all.

    Otherwise the next socket or file would get the number of stderr, and log lines would be written into it.
    """
    for number, flags in _IF_CLOSED:
        try:
            os.fstat(number)
        except OSError:  # noqa: PERF203 - there are three
            os.open(os.devnull, flags)  # It gets the lowest number that is free.
    # Whoever has replaced them already takes care of them.
    if sys.stdout is sys.__stdout__:
        sys.stdout = _text(_Output(1, "w", closefd=False))
    if sys.stderr is sys.__stderr__:
        sys.stderr = _text(_Log(2, "w", closefd=False))


def open_stdout() -> int:
    """Return the descriptor of stdout. OutputError if the caller has closed it."""
    descriptor = sys.stdout.fileno()
    if fcntl.fcntl(descriptor, fcntl.F_GETFL) & os.O_ACCMODE == os.O_RDONLY:
        raise OutputError("stdout is closed")
    return descriptor


def show(text: str) -> None:
    """Write a document to stdout, in UTF-8 whatever the locale. TargetGone and OutputError as in `write_whole`."""
    write_whole(open_stdout(), f"{text.rstrip()}\n".encode())


def _text(output: io.FileIO) -> io.TextIOWrapper:
    return io.TextIOWrapper(output, encoding="utf-8", errors="backslashreplace", write_through=True)
