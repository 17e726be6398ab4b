"""From rows as the target wrote them to rows of a finished table."""

from collections.abc import Iterable, Iterator
from operator import itemgetter
from typing import Any

from tap_daktela.catalog.fields import FieldType
from tap_daktela.errors import ApplicationError
from tap_daktela.keboola.tables.custom_fields import cell_text, parse
from tap_daktela.keboola.tables.keys import content_id, row_id
from tap_daktela.keboola.tables.table_spec import ID, SERVER, TableSpec


class RowFinisher:
    """Finishes rows below the `header` of the target's file. ApplicationError if the header lacks a column.

    - `read`: how many rows were read so far; `dropped`: how many of them the spec leaves out.
    - `unknown`: names of custom fields for which the spec has no column. As soon as a row has one, no row is finished
      any more: the table has to be made again, with more columns.
    """

    def __init__(self, spec: TableSpec, header: list[str], server: str) -> None:
        missing = sorted(spec.reads - set(header))
        if missing:
            raise ApplicationError(f"{spec.stream}: the target's file has no column {', '.join(missing)}")
        self.header = header
        self.read = self.dropped = 0
        self.unknown: set[str] = set()
        self._spec = spec
        self._server = server
        self._prefix = f"{server}_"
        self._words = {"True": spec.booleans[0], "False": spec.booleans[1]}
        # Places of cells in a row of the target. Behind them come the cells that every row gets.
        places: dict[str | None, int] = {name: place for place, name in enumerate(header)}
        self._cleaned = [places[name] for name in header if name in spec.cleaned]
        self._required = [places[name] for name in spec.required]
        self._hashed = [places[name] for name in spec.hashed]
        self._nested = {source: places[source] for source in spec.parts}
        self._spread_parts = spec.parts.get(spec.spread or "", set())
        places |= {SERVER: len(header), ID: len(header) + 1, None: len(header) + 2}
        self._sources = itemgetter(*(places[column.source] for column in spec.columns))
        # Places of cells in a finished row.
        columns = list(enumerate(spec.columns))
        self._keys = [place for place, column in columns if column.key]
        self._booleans = [place for place, column in columns if column.type is FieldType.BOOLEAN and not column.key]
        self._parts = [
            (place, column.source or "", column.part) for place, column in columns if column.part is not None
        ]
        self._conditions = [(place, places[one.when[0]], one.when[1]) for place, one in columns if one.when]
        self._instead = [(place, places[column.instead]) for place, column in columns if column.instead]

    def finish(self, rows: Iterable[list[str]]) -> Iterator[list[str]]:
        """Yield the finished rows. ApplicationError for a row that does not fit the header, or that has no key."""
        spec, clean = self._spec, self._spec.clean
        for row in rows:
            self.read += 1
            if len(row) != len(self.header):
                raise ApplicationError(f"{spec.stream}: the target wrote a row that does not fit its header")
            if clean is not None:
                for place in self._cleaned:
                    row[place] = clean(row[place])
            if self._required and not all(row[place] for place in self._required):
                self.dropped += 1
                continue
            nested = {source: parse(row[place]) for source, place in self._nested.items()}
            if spec.spread and spec.chosen is None and not self._spread_parts.issuperset(nested[spec.spread]):
                self.unknown.update(nested[spec.spread])
            if not self.unknown:
                yield self._finished(row, nested)

    def _finished(self, row: list[str], nested: dict[str, dict[str, Any]]) -> list[str]:
        # A table has at least two columns, so this is a tuple.
        cells = list(self._sources([*row, self._server, self._id(row), ""]))
        for place, source, part in self._parts:
            value = nested[source].get(part)
            cells[place] = "" if value is None else cell_text(value, self._spec.clean)
        for place, other, word in self._conditions:
            if row[other].lower() != word.lower():
                cells[place] = ""
        for place, other in self._instead:
            cells[place] = cells[place] or row[other]
        for place in self._keys:
            if cells[place]:
                cells[place] = self._prefix + cells[place]
        for place in self._booleans:
            cells[place] = self._words.get(cells[place], cells[place])
        return cells

    def _id(self, row: list[str]) -> str:
        if not self._hashed:
            return content_id(self._server, self.header, row)
        key = [row[place] for place in self._hashed]
        if "" in key:
            # Rows could get the same id, and the platform would keep one of them. The tap sends no such row.
            raise ApplicationError(f"{self._spec.stream}: a row came out of the target without {self._spec.hashed}")
        return row_id(self._prefix, key, self._spec.separator)
