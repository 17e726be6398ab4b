"""Finished tables: each made row by row from the target's file, also while that is still growing."""

from __future__ import annotations

import csv
import logging
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, TextIO

from tap_daktela.keboola.job import ApplicationError
from tap_daktela.keboola.tables import custom_fields
from tap_daktela.keboola.tables.csv_tail import Growing
from tap_daktela.keboola.tables.rows import compile_finish

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

    from tap_daktela.keboola.pipe.tee import Passed
    from tap_daktela.keboola.tables.rows import Finish
    from tap_daktela.keboola.tables.table_spec import Layout

__all__ = ["Finished", "Tables"]

LOGGER = logging.getLogger(__name__)

PAUSE_SECONDS = 0.2
"""How long is waited where no file has grown."""

LONG = 1 << 18
"""Bytes from which on a row is a very long one."""


@dataclass(frozen=True)
class Finished:
    """One table that lies finished in a private folder: its file, and how it is described to the platform."""

    layout: Layout
    file: Path
    rows: int
    dropped: int


class Making:
    """One table in the making, in `file`, from the target's `source`, which may still be growing.

    `read` rows were read, of which `dropped` were left out. `unknown` are the custom fields of rows for which `layout`
    has no column: only rows tell of them, and the header, which comes first, then has to be made anew.
    """

    def __init__(self, layout: Layout, server: str, source: Path, file: Path) -> None:
        """Begin with the header."""
        self.layout = layout
        self.file = file
        self.columns: list[str] | None = None
        self.read = self.dropped = 0
        self.unknown: set[str] = set()
        self._server = server
        self._source = Growing(source)
        self._finish: Finish | None = None
        with file.open("w", newline="", encoding="utf-8") as beginning:
            _writer(beginning).writerow(layout.columns)

    def advance(self) -> bool:
        """Finish some of the rows that have come; False if there is none. ApplicationError for what is no table."""
        try:
            rows = self._source.more()
            if rows is None:
                return False
            if self._finish is None:
                self.columns = next(rows, None)
                if self.columns is None:
                    return True
                self._finish = compile_finish(self.layout, self.columns, self._server)
            with self.file.open("a", newline="", encoding="utf-8") as file:
                read, dropped, unknown = self._finish(rows, _writer(file).writerow)
        except csv.Error as error:
            raise self._unreadable(error) from error
        self.read += read
        self.dropped += dropped
        self.unknown |= unknown
        return True

    @property
    def long(self) -> bool:
        """Whether the next row is a very long one."""
        return self._source.rest > LONG

    def end(self) -> None:
        """Finish all rows that are left."""
        while self.advance():
            pass
        if self._source.rest:
            raise self._unreadable("it ends within a row")

    def _unreadable(self, why: object) -> ApplicationError:
        return ApplicationError(f"{self.layout.stream}: the target's file cannot be read: {why}")


class Tables:
    """Makes the tables of one run, from the target's files in `raw`, into the private folder `done`.

    `remembered` tells which columns a table had before, and `defined` which custom fields the instance has, by stream.
    """

    def __init__(
        self,
        server: str,
        raw: Path,
        done: Path,
        layouts: Iterable[Layout],
        remembered: Mapping[str, list[str]],
        *,
        defined: Mapping[str, list[str]],
    ) -> None:
        """Begin all tables."""
        self._server = server
        self._raw = raw
        self._done = done
        self._remembered = remembered
        self._defined = defined
        self._makings = {layout.table: self._begun(layout, set()) for layout in layouts}

    @contextmanager
    def ahead(self) -> Iterator[None]:
        """Finish rows as they come, in a thread, while the target is still writing others."""
        over = threading.Event()
        with ThreadPoolExecutor(1) as pool:
            working = pool.submit(self._advance, over)
            try:
                yield
            finally:
                over.set()
        working.result()

    def _advance(self, over: threading.Event) -> None:
        makings = [making for making in self._makings.values() if making.layout.stream is not None]
        while not over.is_set():
            # The longest rows wait until tap and target are gone: those take much memory for them too.
            grown = [making.advance() for making in makings if not making.long]
            if not any(grown):
                over.wait(PAUSE_SECONDS)

    def finish(self, layout: Layout, passed: Mapping[str, Passed]) -> Finished:
        """Complete one table. ApplicationError if rows were lost between the tap, of which `passed` tells, and here."""
        making = self._makings[layout.table]
        if layout.stream is None:
            return Finished(making.layout, making.file, 0, 0)
        if layout.stream not in passed:
            raise ApplicationError(f"{layout.stream}: the tap has not sent it")
        making.end()
        if making.unknown:
            making = self._begun(layout, making.unknown)
            making.end()
        _check(making, passed[layout.stream])
        if making.dropped:
            LOGGER.info("%s: %d rows without their key are left out", layout.table, making.dropped)
        return Finished(making.layout, making.file, making.read - making.dropped, making.dropped)

    def write(self, layout: Layout, rows: Sequence[Sequence[object]]) -> Finished:
        """Make a table of rows that do not come from the target."""
        making = self._begun(layout, set())
        with making.file.open("a", newline="", encoding="utf-8") as file:
            _writer(file).writerows(rows)
        return Finished(layout, making.file, len(rows), 0)

    def _begun(self, layout: Layout, found: set[str]) -> Making:
        """Begin a table that has columns for the custom fields `found`."""
        file = self._done / f"{self._server}_{layout.table}.csv"
        return Making(self._complete(layout, found), self._server, self._raw / f"{layout.stream}.csv", file)

    def _complete(self, layout: Layout, found: set[str]) -> Layout:
        """Add the columns of custom fields, defined by the instance or `found`, and those that the table had before."""
        fields = found.union(self._defined.get(layout.stream or "", ())) if layout.spread is not None else found
        more = custom_fields.columns(
            layout.spread or "", fields, self._remembered.get(layout.table, []), layout.columns
        )
        return replace(layout, cells=(*layout.cells, *more)) if more else layout


def _check(making: Making, passed: Passed) -> None:
    """Raise an ApplicationError unless what the target wrote is what `passed` into it."""
    stream = making.layout.stream
    if making.columns is None:
        raise ApplicationError(f"{stream}: the target has not written its file")
    if making.columns != list(passed.columns):
        raise ApplicationError(f"{stream}: the target's file has other columns than the tap sent")
    if making.read != passed.rows:
        raise ApplicationError(
            f"{stream}: {passed.rows} rows went into the target and {making.read} came out; no table is written"
        )


def _writer(file: TextIO) -> Any:
    """Return a writer whose lines end as RFC 4180 has it: before a mere line feed Python quotes no lone return."""
    return csv.writer(file, lineterminator="\r\n")
