"""One deadline for a whole answer, kept from outside the read.

A server that drips keeps a read busy without end where no reader looks: in headers, chunk extensions, trailers, or
compressed parts without output. So one thread shuts the socket of each request down that is past its deadline. The
read then ends at once, with whatever it makes of that.
"""

from __future__ import annotations

import os
import socket
import threading
from contextlib import suppress
from typing import TYPE_CHECKING, Protocol

from tap_daktela.daktela.http.retry import BrokenResponse
from tap_daktela.errors import TapError

if TYPE_CHECKING:
    from types import TracebackType

    from tap_daktela.runtime.clock import Clock

__all__ = ["Watchdog", "watch_socket"]

_HERE = threading.local()


class HasFileNumber(Protocol):
    """A socket, or whatever a TLS library wraps around one."""

    def fileno(self) -> int:
        """Return the number of the open file."""


def watch_socket(connected: HasFileNumber) -> None:
    """Let the request that this thread makes, if any, be ended by shutting down this socket."""
    watch: Watch | None = getattr(_HERE, "watch", None)
    if watch is not None:
        watch.take(connected)


class Watch:
    """One request, from entering to leaving. BrokenResponse on leaving where it was cut off or is late, whatever it raised.

    `deadline` is in monotonic seconds of the clock; `is_cut` tells that its socket was shut down.
    """

    def __init__(self, watchdog: Watchdog, seconds: float, deadline: float) -> None:
        """Take the seconds that the request has, and the moment at which they are over."""
        self.deadline = deadline
        self.is_cut = False
        self._watchdog = watchdog
        self._seconds = seconds
        self._socket: socket.socket | None = None

    def __enter__(self) -> None:
        """Begin to watch."""
        _HERE.watch = self
        self._watchdog.begin(self)

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        """End to watch; from then on the socket is safe."""
        _HERE.watch = None
        is_late = self._watchdog.end(self)
        if isinstance(error, TapError) or (error is not None and not isinstance(error, Exception)):
            return
        if is_late:
            raise BrokenResponse(f"the answer was not complete in {self._seconds:g} s") from error
        if self.is_cut:
            raise BrokenResponse("the client was closed") from error

    def take(self, connected: HasFileNumber) -> None:
        """Watch this socket from now on. It is duplicated: layers of TLS replace the object, but not the connection."""
        duplicate = socket.socket(fileno=os.dup(connected.fileno()))
        with self._watchdog.lock:
            self.release()
            self._socket = duplicate
            if self.is_cut:
                self.cut()

    def cut(self) -> None:
        """Shut the socket down; with the watchdog's lock held."""
        self.is_cut = True
        if self._socket is not None:
            with suppress(OSError):  # The server was quicker.
                self._socket.shutdown(socket.SHUT_RDWR)

    def release(self) -> None:
        """Close the duplicate of the socket, which leaves the connection as it is; with the watchdog's lock held."""
        if self._socket is not None:
            self._socket.close()
            self._socket = None


class Watchdog:
    """Cuts requests off at their deadlines, in one thread that starts with the first request and ends on close."""

    def __init__(self, clock: Clock) -> None:
        """Take the clock by which the deadlines are kept."""
        self.lock = threading.RLock()  # close() may come from a signal handler while this very thread holds it
        self._clock = clock
        self._changed = threading.Condition(self.lock)
        self._watches: set[Watch] = set()
        self._thread: threading.Thread | None = None
        self._closed = False

    def within(self, seconds: float) -> Watch:
        """Return a context in which one request must be finished within `seconds`."""
        return Watch(self, seconds, self._clock.monotonic() + seconds)

    def begin(self, watch: Watch) -> None:
        """Watch a request, which is cut off at once if everything is closed."""
        with self._changed:
            self._watches.add(watch)
            if self._closed:
                watch.cut()
            elif self._thread is None:
                self._thread = threading.Thread(target=self._run, name="daktela-deadlines", daemon=True)
                self._thread.start()
            self._changed.notify()

    def end(self, watch: Watch) -> bool:
        """Watch a request no longer; tell whether it is past its deadline."""
        with self._changed:
            self._watches.discard(watch)
            watch.release()
            return self._clock.monotonic() >= watch.deadline

    def close(self) -> None:
        """Cut every request off, and end the thread."""
        with self._changed:
            self._closed = True
            for watch in self._watches:
                watch.cut()
            self._changed.notify()

    def _run(self) -> None:
        """Cut off what is late, until everything is closed."""
        with self._changed:
            while not self._closed:
                self._changed.wait(self.cut_late())

    def cut_late(self) -> float | None:
        """Cut off every request that is past its deadline; return the seconds to the next deadline, if there is one."""
        with self.lock:
            now = self._clock.monotonic()
            for watch in self._watches:
                if watch.deadline <= now:
                    watch.cut()
            return min((watch.deadline - now for watch in self._watches if not watch.is_cut), default=None)
