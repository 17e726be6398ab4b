"""Pipes between processes, and other descriptors to write to."""

import errno
import fcntl
import mmap
import os
import select
import stat
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from tap_daktela.errors import OutputError, TargetGone
from tap_daktela.runtime.signals import Stop

PIPE_BYTES = 2**20
"""Bytes that a pipe may hold: the most that Linux allows every user."""


def widen(descriptor: int) -> None:
    """Let a pipe hold a page of rows, if the system can and allows it: else one end often waits for the other."""
    _set_size(descriptor, PIPE_BYTES)


def narrow(descriptor: int) -> None:
    """Let a pipe hold as little as the system can, so that the writer is not far ahead of the reader."""
    _set_size(descriptor, mmap.PAGESIZE)


def _set_size(descriptor: int, size: int) -> None:
    if hasattr(fcntl, "F_SETPIPE_SZ") and stat.S_ISFIFO(os.fstat(descriptor).st_mode):
        with suppress(PermissionError):
            fcntl.fcntl(descriptor, fcntl.F_SETPIPE_SZ, size)


def write_all(descriptor: int, content: bytes) -> None:
    """Write all of `content`, and wait where the descriptor does not block: the caller may have set that. OSError."""
    rest = memoryview(content)
    while rest:
        try:
            rest = rest[os.write(descriptor, rest) :]
        except BlockingIOError:  # noqa: PERF203 - a write takes longer than that
            has_room = select.poll()
            has_room.register(descriptor, select.POLLOUT)
            has_room.poll()


def write_whole(descriptor: int, content: bytes) -> None:
    """Write as `write_all`. TargetGone if nobody reads the pipe any more, OutputError if nothing can be written."""
    try:
        write_all(descriptor, content)
    except BrokenPipeError as error:
        raise TargetGone("the target has stopped reading") from error
    except OSError as error:
        why = "is closed" if error.errno == errno.EBADF else f"cannot be written: {error.strerror}"
        raise OutputError(f"stdout {why}") from error


@contextmanager
def ended_without_reader(descriptor: int, stop: Stop) -> Iterator[None]:
    """Return a context that `stop` ends with TargetGone once nobody reads the pipe any more, whatever is waited for.

    So a process whose parent was killed ends also while it has nothing to write.
    """
    over, end = os.pipe()
    events = select.poll()
    # Without a reader a pipe reports an error, and without a writer a hang-up, whatever events are registered.
    events.register(descriptor, 0)
    events.register(over, 0)

    def watch() -> None:
        if descriptor in dict(events.poll()):
            stop.end(TargetGone("the target has stopped reading"))

    thread = threading.Thread(target=watch, name="reader", daemon=True)
    thread.start()
    try:
        yield
    finally:
        os.close(end)
        thread.join()
        os.close(over)
