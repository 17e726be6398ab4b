"""An eye on processes while they run: the memory of all of them together, and how long they may take."""

from __future__ import annotations

import os
import signal
import threading
import time
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_SAMPLE_SECONDS = 0.1
_LONGEST_SECONDS = 600
_KIB = 2**10


class Watch(threading.Thread):
    """Looks at processes and all that they start, in a block: `peak` are the most bytes that it saw, 0 if not asked to.

    Processes that take longer than any run should are ended.
    """

    def __init__(self, roots: Sequence[int], *, memory: bool) -> None:
        super().__init__(daemon=True)
        self.peak = 0
        self._roots = roots
        self._memory = memory
        self._over = threading.Event()

    def run(self) -> None:
        """Look until the block ends."""
        deadline = time.monotonic() + _LONGEST_SECONDS
        while not self._over.wait(_SAMPLE_SECONDS):
            if self._memory:
                self.peak = max(self.peak, sum(_memory(pid) for pid in _tree(self._roots)))
            if time.monotonic() > deadline:
                for pid in self._roots:
                    with suppress(ProcessLookupError):
                        os.kill(pid, signal.SIGKILL)

    def __enter__(self) -> Watch:  # noqa: PYI034 - typing.Self is younger than Python 3.10
        """Begin."""
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        """End."""
        self._over.set()
        self.join()


def _tree(roots: Sequence[int]) -> Iterator[int]:
    """Yield processes and all that they have started."""
    for root in roots:
        yield root
        try:
            texts = [path.read_text() for path in Path(f"/proc/{root}/task").glob("*/children")]
        except OSError:  # It has ended.
            continue
        yield from _tree([int(word) for text in texts for word in text.split()])


def _memory(pid: int) -> int:
    """Return the bytes of a process, of shared pages its part; 0 if it has ended."""
    try:
        text = Path(f"/proc/{pid}/smaps_rollup").read_text()
    except OSError:
        return 0
    return next((int(line.split()[1]) * _KIB for line in text.splitlines() if line.startswith("Pss:")), 0)
