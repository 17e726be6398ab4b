"""A publication into an output folder, and a look at every operation on files that it makes.

Every operation passes through Python's audit hooks. There a test lets the k-th one fail, or sends a signal.
"""

from __future__ import annotations

import errno
import json
import os
import signal
import sys
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tap_daktela.keboola.tables import publish as module
from tap_daktela.keboola.tables.publish import publish
from tap_daktela.runtime.signals import SIGNALS, Stop
from tests.helpers.keboola.finished_tables import TableMaker, filled, spec_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tap_daktela.keboola.tables.table_set import FinishedTable

STREAMS = ("users", "queues")
NAMES = sorted(f"acme_{stream}.csv{end}" for stream in STREAMS for end in ("", ".manifest"))
OLD, NEW = {"version": 0}, {"version": 1}
OPERATIONS = {"open", "os.rename", "os.mkdir", "os.remove", "os.rmdir"}


class Steps:
    """Counts the operations on files below a folder, and does something at the k-th; `hit` tells that it came to it."""

    def __init__(self, folder: Path, k: int, act: Callable[[], None]) -> None:
        self.hit = False
        self._folder = str(folder)
        self._left = k
        self._act = act

    def see(self, event: str, arguments: tuple[Any, ...]) -> None:
        """Count one operation."""
        if event in OPERATIONS and any(self._folder in str(argument) for argument in arguments[:2]):
            self._left -= 1
            if not self._left:
                self.hit = True
                self._act()


WATCHING: list[Steps] = []


@cache
def hook() -> None:
    """Install the audit hook, which cannot be taken away again, and does nothing without `WATCHING`."""
    sys.addaudithook(lambda event, arguments: [steps.see(event, arguments) for steps in WATCHING] and None)


@contextmanager
def at_step(folder: Path, k: int, act: Callable[[], None]) -> Iterator[Steps]:
    """Do something at the k-th operation on files below a folder."""
    hook()
    steps = Steps(folder, k, act)
    WATCHING.append(steps)
    try:
        yield steps
    finally:
        WATCHING.clear()


def fail() -> None:
    raise OSError(errno.ENOSPC, "No space left on device")


def interrupt() -> None:
    os.kill(os.getpid(), signal.SIGTERM)


def kill() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


@dataclass
class Place:
    """The private folder of a run with two small tables, and its output folder, in `root`.

    `before` are the files that were in the output folder, `whole` the texts of the tables.
    """

    root: Path
    before: dict[str, str] = field(default_factory=dict)
    tables: list[FinishedTable] = field(default_factory=list)
    whole: dict[str, str] = field(default_factory=dict)

    @classmethod
    def made(cls, root: Path, *, is_used: bool) -> Place:
        """Make the folders; where the output folder `is_used`, it holds what an earlier run has written."""
        place = cls(root)
        place.folder.mkdir(parents=True)
        (root / "private").mkdir()
        maker = TableMaker(root / "private")
        for stream in STREAMS:
            maker.take(stream, [filled(spec_of(stream), name="a")])
            maker.finish(spec_of(stream))
            place.tables.append(maker.table)
            place.whole[f"tables/{maker.table.file.name}"] = maker.table.file.read_text()
        if is_used:
            place.state.write_text(json.dumps(OLD))
            for name in (NAMES[0], NAMES[1], "other.csv"):
                (place.folder / name).write_text("old")
        place.before = place.content()
        return place

    @property
    def folder(self) -> Path:
        """Return the folder of the tables."""
        return self.root / "out" / "tables"

    @property
    def state(self) -> Path:
        """Return the file of the state."""
        return self.root / "out" / "state.json"

    def content(self) -> dict[str, str]:
        """Return every file of the output folder."""
        out = self.root / "out"
        return {str(path.relative_to(out)): path.read_text() for path in out.rglob("*") if path.is_file()}

    def publish(self) -> None:
        """Publish the tables."""
        with given_back(), Stop(lambda: None) as stop:
            self.publish_until(stop)

    def publish_until(self, stop: Stop) -> None:
        """Publish the tables, unless something stops it."""
        publish(self.tables, NEW, self.folder, incremental=True, native_types=False, stop=stop)

    def is_published(self) -> bool:
        """Tell whether all of the run is there, and nothing else is new, apart from a folder to remove."""
        content = {name: text for name, text in self.content().items() if not name.startswith(".publish-")}
        ours = {f"tables/{name}" for name in NAMES} | {"state.json"}
        fresh = all(content.get(name, "old") != "old" for name in ours)
        return (
            fresh
            and self.whole.items() <= content.items()
            and ours <= content.keys() <= ours | {"tables/other.csv"}
            and json.loads(self.state.read_text()) == NEW
        )


@contextmanager
def given_back() -> Iterator[None]:
    """Give back the signals that a run ignores once it is published: the process of the tests goes on."""
    before = {number: signal.getsignal(number) for number in SIGNALS}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def rename_within_a_file_system(self: Path, target: Path) -> Path:
    """Rename, unless the private folder is left: it is on another file system."""
    if "private" in str(self):
        raise OSError(errno.EXDEV, "Invalid cross-device link")
    os.rename(self, target)  # noqa: PTH104 - it stands for the method
    return target


def kill_at_each_step(root: str, *, far: bool) -> None:
    """Publish in one process after another, each killed one operation later, until one comes to its end.

    To be called in a process with one thread. The k-th place is `root`/run{k}.
    """
    if far:
        Path.rename = rename_within_a_file_system  # type: ignore[method-assign,assignment]
        module.PIECE_BYTES = 10
    code = -signal.SIGKILL
    k = 0
    while code == -signal.SIGKILL:
        k += 1
        place = Place.made(Path(root) / f"run{k}", is_used=bool(k % 2))
        child = os.fork()
        if not child:
            with at_step(Path(root), k, kill):
                place.publish()
            os._exit(0)
        code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    sys.exit(code)
