"""Signals that stop a run. It finishes its line and writes its last safe state; everything else ends at once."""

import _thread
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType, TracebackType

from tap_daktela.errors import Interrupted, TapError

SIGNALS = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)


@contextmanager
def without_signals() -> Iterator[None]:
    """Return a context in which `SIGNALS` change nothing: what is short is done to its end. For the main thread."""
    before = {number: signal.signal(number, signal.SIG_IGN) for number in SIGNALS}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


class Stop:
    """A context that turns `SIGNALS` into Interrupted. `wake` is called to end waits in other threads.

    A SIGHUP that the caller ignores stays ignored: that is how nohup lets a run outlive its terminal.
    """

    def __init__(self, wake: Callable[[], None]) -> None:
        self._wake = wake
        self._deferred = False
        self._error: TapError | None = None
        self._before: dict[signal.Signals, object] = {}

    def __enter__(self) -> "Stop":  # noqa: PYI034 - typing.Self is younger than Python 3.10
        """Take over the signals."""
        outlives = signal.getsignal(signal.SIGHUP) is signal.SIG_IGN
        taken = [number for number in SIGNALS if not (outlives and number is signal.SIGHUP)]
        self._before = {number: signal.signal(number, self._take) for number in taken}
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        """Give the signals back."""
        for number, handler in self._before.items():
            signal.signal(number, handler)  # type: ignore[arg-type]

    @contextmanager
    def deferred(self) -> Iterator[None]:
        """Return a context in which a signal is only noted; `poll` reports it between two lines."""
        self._deferred = True
        try:
            yield
        finally:
            self._deferred = False

    def poll(self) -> None:
        """Raise Interrupted if a signal has come, or the error of `end`."""
        if self._error is not None:
            raise self._error

    def end(self, error: TapError) -> None:
        """Do what a signal does, with another error. For other threads than the main one.

        A signal that has come before counts more: Ctrl-C reaches a whole pipe, and a target may end first.
        """
        if isinstance(self._error, Interrupted):
            return
        self._error = error
        signal.pthread_kill(threading.main_thread().ident or 0, signal.SIGTERM)
        # The main thread may just be about to wait, and then notice no signal.
        self._wake()

    def ignore(self) -> None:
        """Let signals change nothing any more, until the process has ended: all is done."""
        # Python puts its own handlers back to the default before it ends, but leaves what is ignored.
        self._before = dict.fromkeys(SIGNALS, signal.SIG_IGN)
        for number in SIGNALS:
            signal.signal(number, signal.SIG_IGN)

    def _take(self, number: int, _frame: FrameType | None) -> None:
        # A SIGTERM may be that of `end`, which has set the error. Others come from outside: they say best why all ends.
        if self._error is None or number != signal.SIGTERM:
            self._error = Interrupted(number)
        # In a thread: the main one may have been interrupted while it holds a lock that `wake` takes.
        _thread.start_new_thread(self._wake, ())
        if not self._deferred:
            raise self._error
