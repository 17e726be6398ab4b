"""Finished tables: each made row by row from the target's file, and put into the output folder when all are made."""

from __future__ import annotations

import csv
import errno
import json
import logging
import shutil
import sys
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, TextIO

from tap_daktela.keboola import custom_fields
from tap_daktela.keboola.job import ApplicationError
from tap_daktela.keboola.manifests import manifest
from tap_daktela.keboola.rows import compile_finish

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

    from tap_daktela.keboola.layout import Layout
    from tap_daktela.keboola.tee import Passed

__all__ = ["Finished", "Tables", "publish"]

LOGGER = logging.getLogger(__name__)

# Cells may be as long as an e-mail; the module's own limit is 131 072 characters.
csv.field_size_limit(min(sys.maxsize, 2**31 - 1))


@dataclass(frozen=True)
class Finished:
    """One table that lies finished in a private folder: its file, and how it is described to the platform."""

    layout: Layout
    file: Path
    rows: int
    dropped: int


class Tables:
    """Makes the tables of one run, from the target's files in `raw`, into the private folder `done`.

    `passed` tells what went into the target, by stream, `remembered` which columns a table had before, and `defined`
    which custom fields the instance has, by stream.
    """

    def __init__(
        self,
        server: str,
        raw: Path,
        done: Path,
        passed: Mapping[str, Passed],
        remembered: Mapping[str, list[str]],
        *,
        defined: Mapping[str, list[str]],
    ) -> None:
        """Only remember what is needed."""
        self._server = server
        self._raw = raw
        self._done = done
        self._passed = passed
        self._remembered = remembered
        self._defined = defined

    def finish(self, layout: Layout) -> Finished:
        """Make one table. ApplicationError if rows were lost between the tap and the target's file."""
        complete = self._complete(layout, set())
        table, unknown = self._finish(complete)
        if unknown and layout.spread is not None:
            # Only rows tell of these fields: the header, which comes first, has to be made anew.
            table, _ = self._finish(self._complete(layout, unknown))
        if table.dropped:
            LOGGER.info("%s: %d rows without their key are left out", layout.table, table.dropped)
        return table

    def write(self, layout: Layout, rows: Sequence[Sequence[object]]) -> Finished:
        """Make a table of rows that do not come from the target."""
        path = self._done / f"{self._server}_{layout.table}.csv"
        with path.open("w", newline="", encoding="utf-8") as file:
            writer = _writer(file)
            writer.writerow(layout.columns)
            writer.writerows(rows)
        return Finished(layout, path, len(rows), 0)

    def _finish(self, layout: Layout) -> tuple[Finished, set[str]]:
        """Make one table; return the custom fields too that its rows have and `layout` has no column for."""
        path = self._done / f"{self._server}_{layout.table}.csv"
        with path.open("w", newline="", encoding="utf-8") as file:
            writer = _writer(file)
            writer.writerow(layout.columns)
            if layout.stream is None:
                return Finished(layout, path, 0, 0), set()
            with self._rows(layout.stream) as (header, rows):
                read, dropped, unknown = compile_finish(layout, header, self._server)(rows, writer.writerow)
        expected = self._passed[layout.stream].rows
        if read != expected:
            raise ApplicationError(
                f"{layout.stream}: {expected} rows went into the target and {read} came out; no table is written"
            )
        return Finished(layout, path, read - dropped, dropped), unknown

    @contextmanager
    def _rows(self, stream: str) -> Iterator[tuple[list[str], Iterator[list[str]]]]:
        """Give the columns and the rows of the target's file. ApplicationError if it is not what was sent."""
        path = self._raw / f"{stream}.csv"
        if stream not in self._passed:
            raise ApplicationError(f"{stream}: the tap has not sent it")
        if not path.exists():
            raise ApplicationError(f"{stream}: the target has not written its file")
        columns = list(self._passed[stream].columns)
        with path.open(newline="", encoding="utf-8") as file:
            reader = csv.reader(file, strict=True)
            try:
                if next(reader, None) != columns:
                    raise ApplicationError(f"{stream}: the target's file has other columns than the tap sent")
                yield columns, reader
            except csv.Error as error:
                raise ApplicationError(f"{stream}: the target's file cannot be read: {error}") from error

    def _complete(self, layout: Layout, found: set[str]) -> Layout:
        """Add the columns of custom fields, defined by the instance or `found`, and those that the table had before."""
        fields = found.union(self._defined.get(layout.stream or "", ())) if layout.spread is not None else found
        more = custom_fields.columns(
            layout.spread or "", fields, self._remembered.get(layout.table, []), layout.columns
        )
        return replace(layout, cells=(*layout.cells, *more)) if more else layout


def _writer(file: TextIO) -> Any:
    """Return a writer whose lines end as RFC 4180 has it: before a mere line feed Python quotes no lone return."""
    return csv.writer(file, lineterminator="\r\n")


def publish(tables: Iterable[Finished], out: Path, *, incremental: bool, native_types: bool) -> None:
    """Move all tables and their manifests into `out`; ApplicationError, and nothing is left there, if one fails."""
    placed: list[Path] = []
    try:
        for table in tables:
            target = out / table.file.name
            about = manifest(table.layout, incremental=incremental, native_types=native_types)
            description = table.file.with_name(f"{table.file.name}.manifest")
            description.write_text(json.dumps(about, ensure_ascii=False, indent=2), encoding="utf-8")
            # A kill may come at any time: then a description without its table is harmless, the reverse is not.
            for source, place in ((description, out / description.name), (table.file, target)):
                placed.append(place)
                _move(source, place)
    except BaseException:
        for place in placed:
            if place.is_file():
                place.unlink()
        raise


def _move(source: Path, place: Path) -> None:
    """Move a file in one step, so that nobody ever finds half of it there."""
    try:
        source.replace(place)
    except OSError as error:
        if error.errno != errno.EXDEV:
            raise
        _copy(source, place)
        source.unlink()


def _copy(source: Path, place: Path) -> None:
    """Copy a file from another file system: first beside the folder that the platform looks into."""
    near = place.parent.with_name(f".{place.name}")
    try:
        shutil.copyfile(source, near)
        near.rename(place)
    finally:
        near.unlink(missing_ok=True)
