"""Finished tables: each made row by row from the target's file, also while that is still growing."""

from __future__ import annotations

import csv
import logging
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, TextIO

from tap_daktela.errors import ApplicationError
from tap_daktela.keboola.tables import custom_fields
from tap_daktela.keboola.tables.csv_tail import CsvTail
from tap_daktela.keboola.tables.rows import compile_finish

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

    from tap_daktela.keboola.pipe.tee import Passed
    from tap_daktela.keboola.tables.rows import Finish
    from tap_daktela.keboola.tables.table_spec import TableSpec

__all__ = ["FinishedTable", "TableSet"]

LOGGER = logging.getLogger(__name__)

PAUSE_SECONDS = 0.2
"""How long is waited where no file has grown."""

LONG = 1 << 18
"""Bytes from which on a row is a very long one."""


@dataclass(frozen=True)
class FinishedTable:
    """One table that lies finished in a private folder: its file, and how it is described to the platform."""

    spec: TableSpec
    file: Path
    rows: int
    dropped: int


class TableBuilder:
    """One table in the making, in `file`, from the target's `source`, which may still be growing.

    `read` rows were read, of which `dropped` were left out. `unknown` are the custom fields of rows for which `spec`
    has no column: only rows tell of them, and the header, which comes first, then has to be made anew.
    """

    def __init__(self, spec: TableSpec, server: str, source: Path, file: Path) -> None:
        """Begin with the header."""
        self.spec = spec
        self.file = file
        self.columns: list[str] | None = None
        self.read = self.dropped = 0
        self.unknown: set[str] = set()
        self._server = server
        self._source = CsvTail(source)
        self._finish: Finish | None = None
        with file.open("w", newline="", encoding="utf-8") as beginning:
            _writer(beginning).writerow(spec.column_names)

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
                self._finish = compile_finish(self.spec, self.columns, self._server)
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
        return ApplicationError(f"{self.spec.stream}: the target's file cannot be read: {why}")


class TableSet:
    """Makes the tables of one run, from the target's files in `raw`, into the private folder `done`.

    `remembered` tells which columns a table had before, and `defined` which custom fields the instance has, by stream.
    """

    def __init__(
        self,
        server: str,
        raw: Path,
        done: Path,
        specs: Iterable[TableSpec],
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
        self._builders = {spec.table: self._begun(spec, set()) for spec in specs}

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
        builders = [builder for builder in self._builders.values() if builder.spec.stream is not None]
        while not over.is_set():
            # The longest rows wait until tap and target are gone: those take much memory for them too.
            grown = [builder.advance() for builder in builders if not builder.long]
            if not any(grown):
                over.wait(PAUSE_SECONDS)

    def finish(self, spec: TableSpec, passed: Mapping[str, Passed]) -> FinishedTable:
        """Complete one table. ApplicationError if rows were lost between the tap, of which `passed` tells, and here."""
        builder = self._builders[spec.table]
        if spec.stream is None:
            return FinishedTable(builder.spec, builder.file, 0, 0)
        if spec.stream not in passed:
            raise ApplicationError(f"{spec.stream}: the tap has not sent it")
        builder.end()
        if builder.unknown:
            builder = self._begun(spec, builder.unknown)
            builder.end()
        _check(builder, passed[spec.stream])
        if builder.dropped:
            LOGGER.info("%s: %d rows without their key are left out", spec.table, builder.dropped)
        return FinishedTable(builder.spec, builder.file, builder.read - builder.dropped, builder.dropped)

    def write(self, spec: TableSpec, rows: Sequence[Sequence[object]]) -> FinishedTable:
        """Make a table of rows that do not come from the target."""
        builder = self._begun(spec, set())
        with builder.file.open("a", newline="", encoding="utf-8") as file:
            _writer(file).writerows(rows)
        return FinishedTable(spec, builder.file, len(rows), 0)

    def _begun(self, spec: TableSpec, found: set[str]) -> TableBuilder:
        """Begin a table that has columns for the custom fields `found`."""
        file = self._done / f"{self._server}_{spec.table}.csv"
        return TableBuilder(self._complete(spec, found), self._server, self._raw / f"{spec.stream}.csv", file)

    def _complete(self, spec: TableSpec, found: set[str]) -> TableSpec:
        """Add the columns of custom fields, defined by the instance or `found`, and those that the table had before."""
        fields = found.union(self._defined.get(spec.stream or "", ())) if spec.spread is not None else found
        more = custom_fields.columns(spec.spread or "", fields, self._remembered.get(spec.table, []), spec.column_names)
        return replace(spec, columns=(*spec.columns, *more)) if more else spec


def _check(builder: TableBuilder, passed: Passed) -> None:
    """Raise an ApplicationError unless what the target wrote is what `passed` into it."""
    stream = builder.spec.stream
    if builder.columns is None:
        raise ApplicationError(f"{stream}: the target has not written its file")
    if builder.columns != list(passed.columns):
        raise ApplicationError(f"{stream}: the target's file has other columns than the tap sent")
    if builder.read != passed.rows:
        raise ApplicationError(
            f"{stream}: {passed.rows} rows went into the target and {builder.read} came out; no table is written"
        )


def _writer(file: TextIO) -> Any:
    """Return a writer whose lines end as RFC 4180 has it: before a mere line feed Python quotes no lone return."""
    return csv.writer(file, lineterminator="\r\n")
