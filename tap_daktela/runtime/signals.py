"""Signals that stop a run. It finishes its line and writes its last safe state; everything else ends at once."""

import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType, TracebackType

from tap_daktela.errors import Interrupted

SIGNALS = (signal.SIGTERM, signal.SIGINT)


class Stop:
    """A context that turns SIGTERM and SIGINT into Interrupted. `wake` is called to end waits in other threads."""

    def __init__(self, wake: Callable[[], None]) -> None:
        self._wake = wake
        self._deferred = False
        self._ignored = False
        self._received: int | None = None
        self._before: dict[signal.Signals, object] = {}

    def __enter__(self) -> "Stop":  # noqa: PYI034 - typing.Self is younger than Python 3.10
        """Take over the signals."""
        self._before = {number: signal.signal(number, self._take) for number in SIGNALS}
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
        """Raise Interrupted if a signal has come."""
        if self._received is not None:
            raise Interrupted(self._received)

    def ignore(self) -> None:
        """Let signals change nothing any more: all is done."""
        self._ignored = True

    def _take(self, number: int, _frame: FrameType | None) -> None:
        if self._ignored:
            return
        self._received = number
        self._wake()
        if not self._deferred:
            raise Interrupted(number)
