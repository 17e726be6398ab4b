"""An eye on a process while it runs: its memory, and how long it may take."""

from __future__ import annotations

import os
import signal
import threading
import time
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

_SAMPLE_SECONDS = 0.1
_LONGEST_SECONDS = 600
_KIB = 2**10


class Watch(threading.Thread):
    """Looks at a process in a block: `peak` are the most bytes that it had in memory.

    With `tree` they are those of the process and all that it has started, together, as often as it looks. A process
    that takes longer than any run should is ended.
    """

    def __init__(self, root: int, *, tree: bool) -> None:
        super().__init__(daemon=True)
        self.peak = 0
        self._root = root
        self._whole_tree = tree
        self._over = threading.Event()

    def run(self) -> None:
        """Look until the block ends."""
        deadline = time.monotonic() + _LONGEST_SECONDS
        while True:
            self.peak = max(self.peak, self._seen())
            if self._over.wait(_SAMPLE_SECONDS):
                return
            if time.monotonic() > deadline:
                with suppress(ProcessLookupError):
                    os.kill(self._root, signal.SIGKILL)

    def _seen(self) -> int:
        if self._whole_tree:
            return sum(_bytes_of(f"/proc/{pid}/smaps_rollup", "Pss:") for pid in _tree(self._root))
        # Not what wait4 tells: that is at least what the process had that started it.
        return _bytes_of(f"/proc/{self._root}/status", "VmHWM:")

    def __enter__(self) -> Watch:  # noqa: PYI034 - typing.Self is younger than Python 3.10
        """Begin."""
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        """End."""
        self._over.set()
        self.join()


def _tree(root: int) -> Iterator[int]:
    """Yield a process and all that it has started."""
    yield root
    try:
        texts = [path.read_text() for path in Path(f"/proc/{root}/task").glob("*/children")]
    except OSError:  # It has ended.
        return
    for text in texts:
        for child in text.split():
            yield from _tree(int(child))


def _bytes_of(path: str, name: str) -> int:
    """Return the bytes that a line of a file in /proc names; 0 if the process has ended."""
    try:
        text = Path(path).read_text()
    except OSError:
        return 0
    return next((int(line.split()[1]) * _KIB for line in text.splitlines() if line.startswith(name)), 0)
