"""From a row as the target wrote it to a row of a finished table."""

from __future__ import annotations

from operator import itemgetter
from typing import TYPE_CHECKING

from tap_daktela.catalog.fields import Kind
from tap_daktela.keboola.custom_fields import cell_text, parse
from tap_daktela.keboola.job import ApplicationError
from tap_daktela.keboola.keys import content_id, row_id
from tap_daktela.keboola.layout import ID, SERVER, Cell, Layout

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["Finisher"]


class Finisher:
    """Makes finished rows out of the target's; `dropped` counts those that the layout leaves out.

    The places of all columns are worked out once. ApplicationError if the target's file lacks one.
    """

    def __init__(self, layout: Layout, header: Sequence[str], server: str) -> None:
        """Prepare for rows below `header`."""
        self.dropped = 0
        self._layout = layout
        self._header = list(header)
        self._server = server
        self._prefix = f"{server}_"
        self._places = {name: place for place, name in enumerate(header)}
        missing = sorted(layout.reads - set(header))
        if missing:
            raise ApplicationError(f"{layout.stream}: the target's file has no column {', '.join(missing)}")
        # Behind the row's own cells come an empty one, the server and the id.
        self._extra = {None: len(header), SERVER: len(header) + 1, ID: len(header) + 2}
        # One place more than needed: of a single one itemgetter would not make a tuple.
        self._pick = itemgetter(*(self._place(cell) for cell in layout.cells), len(header))
        self._clean = [self._places[name] for name in layout.cleaned]
        self._required = [self._places[name] for name in layout.required]
        self._hashed = [self._places[name] for name in layout.hashed]
        self._keys = [place for place, cell in enumerate(layout.cells) if cell.key]
        self._booleans = [place for place, cell in enumerate(layout.cells) if cell.kind is Kind.BOOLEAN]
        self._words = {"True": layout.booleans[0], "False": layout.booleans[1]}
        self._parts = [(place, cell.part) for place, cell in enumerate(layout.cells) if cell.part is not None]
        self._object = self._places[layout.cells[self._parts[0][0]].source or ""] if self._parts else 0

    def _place(self, cell: Cell) -> int:
        if cell.source is None or cell.part is not None:
            return self._extra[None]
        return self._extra[cell.source] if cell.source in (SERVER, ID) else self._places[cell.source]

    def finish(self, row: list[str]) -> list[str] | None:
        """Return the finished row; None for one that the layout leaves out."""
        if len(row) != len(self._header):
            raise ApplicationError(f"{self._layout.stream}: the target wrote a row that does not fit its header")
        if self._layout.clean is not None:
            for place in self._clean:
                row[place] = self._layout.clean(row[place])
        if not all(row[place] for place in self._required):
            self.dropped += 1
            return None
        row += ("", self._server, self._id(row))
        return self._cells(row)

    def _cells(self, row: list[str]) -> list[str]:
        """Return the cells of a finished row, in order."""
        cells = list(self._pick(row))
        cells.pop()
        for place in self._keys:
            if cells[place]:
                cells[place] = self._prefix + cells[place]
        for place in self._booleans:
            cells[place] = self._words.get(cells[place], cells[place])
        if self._parts:
            fields = parse(row[self._object])
            for place, part in self._parts:
                cells[place] = cell_text(fields.get(part), self._layout.clean)
        return cells

    def _id(self, row: list[str]) -> str:
        if not self._hashed:
            return content_id(self._server, self._header, row)
        values = [row[place] for place in self._hashed]
        if not any(values):
            # All such rows would have the same id, and the platform would keep one of them.
            raise ApplicationError(f"{self._layout.stream}: a row came without its key")
        return row_id(self._prefix, values, self._layout.separator)
