"""One deadline for a whole response, enforced from outside the read.

A server that sends a byte now and then can keep a read busy without end where no reader looks: in headers, chunk
extensions, trailers, or compressed parts without output. So one thread shuts down the socket of each request that is
past its deadline. The read then ends at once, with a result or an exception.
"""

import os
import socket
import threading
from contextlib import suppress
from types import TracebackType
from typing import Protocol

from tap_daktela.daktela.http.decisions import BrokenResponse
from tap_daktela.errors import TapError
from tap_daktela.runtime.clock import Clock

IDLE_SECONDS = 10.0
"""How long the thread waits for another request before it ends. The next request starts a new one."""

_HERE = threading.local()


class OverSocket(Protocol):
    """A socket, or a response that is read from one."""

    def fileno(self) -> int:
        """Return the descriptor of the socket; OSError if there is none."""


def watch_socket(connected: OverSocket) -> None:
    """Let this socket be shut down at the deadline of the request that this thread makes, if it makes one."""
    deadline: Deadline | None = getattr(_HERE, "deadline", None)
    if deadline is not None:
        deadline.take(connected)


class Deadline:
    """A context in which one request is made, which must be finished within `seconds`.

    Leaving it raises BrokenResponse if the request is late or was cut off, whatever was raised inside, except for a
    TapError. `at` is the moment of the deadline in monotonic seconds of the clock; `is_cut` tells that the socket was
    shut down.
    """

    def __init__(self, watchdog: "Watchdog", seconds: float, at: float) -> None:
        self.at = at
        self.is_cut = False
        self._watchdog = watchdog
        self._seconds = seconds
        self._socket: socket.socket | None = None

    def __enter__(self) -> None:
        """Begin to watch."""
        _HERE.deadline = self
        self._watchdog.begin(self)

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None) -> None:
        """Stop watching. From then on nobody shuts the socket down."""
        _HERE.deadline = None
        is_late = self._watchdog.end(self)
        if isinstance(error, TapError) or (error is not None and not isinstance(error, Exception)):
            return
        if is_late:
            raise BrokenResponse(f"the answer was not complete in {self._seconds:g} s") from error
        if self.is_cut:
            raise BrokenResponse("the client was closed") from error

    def take(self, connected: OverSocket) -> None:
        """Watch this socket from now on."""
        # A duplicate: layers of TLS replace the socket object, but not the connection.
        duplicate = socket.socket(fileno=os.dup(connected.fileno()))
        with self._watchdog.lock:
            self.release()
            self._socket = duplicate
            if self.is_cut:
                self.cut()

    def cut(self) -> None:
        """Shut the socket down. The caller holds the watchdog's lock."""
        self.is_cut = True
        if self._socket is not None:
            with suppress(OSError):  # The server was quicker.
                self._socket.shutdown(socket.SHUT_RDWR)

    def release(self) -> None:
        """Close the duplicate of the socket; the connection stays as it is. The caller holds the watchdog's lock."""
        if self._socket is not None:
            self._socket.close()
            self._socket = None


class Watchdog:
    """Cuts off requests at their deadlines, by `clock`. Its one thread begins with a request, and ends when idle.

    `lock` guards the sockets of all deadlines.
    """

    def __init__(self, clock: Clock) -> None:
        # Its thread may take it again: close() may come from a signal handler while this very thread holds it.
        self.lock = threading.Condition()
        self._clock = clock
        self._deadlines: set[Deadline] = set()
        self._thread: threading.Thread | None = None
        self._closed = False

    def within(self, seconds: float) -> Deadline:
        """Return a context in which one request must be finished within `seconds`."""
        return Deadline(self, seconds, self._clock.monotonic() + seconds)

    def begin(self, deadline: Deadline) -> None:
        """Watch a request. It is cut off at once if the watchdog is closed."""
        with self.lock:
            self._deadlines.add(deadline)
            if self._closed:
                deadline.cut()
            elif self._thread is None:
                self._thread = threading.Thread(target=self._run, name="daktela-deadlines", daemon=True)
                self._thread.start()
            self.lock.notify()

    def end(self, deadline: Deadline) -> bool:
        """Stop watching a request; tell whether it is past its deadline."""
        with self.lock:
            self._deadlines.discard(deadline)
            deadline.release()
            return self._clock.monotonic() >= deadline.at

    def close(self) -> None:
        """Cut every request off, and end the thread."""
        with self.lock:
            self._closed = True
            for deadline in self._deadlines:
                deadline.cut()
            self.lock.notify()

    def _run(self) -> None:
        """Cut off late requests, until the watchdog is closed or there have been none for a while."""
        with self.lock:
            while not self._closed:
                seconds = self.cut_late()
                is_told = self.lock.wait(IDLE_SECONDS if seconds is None else min(seconds, IDLE_SECONDS))
                if not (is_told or self._deadlines):
                    break
            self._thread = None

    def cut_late(self) -> float | None:
        """Cut off every request that is past its deadline; return the seconds to the next deadline, if there is one."""
        with self.lock:
            now = self._clock.monotonic()
            for deadline in self._deadlines:
                if deadline.at <= now:
                    deadline.cut()
            return min((deadline.at - now for deadline in self._deadlines if not deadline.is_cut), default=None)
