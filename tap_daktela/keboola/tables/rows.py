"""From rows as the target wrote them to rows of a finished table, by a function that is made for the table's columns.

Compiled once for each table: what would be a loop over columns for every row is a line of the function.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

from tap_daktela.catalog.fields import FieldType
from tap_daktela.errors import ApplicationError
from tap_daktela.keboola.tables.custom_fields import cell_text, parse
from tap_daktela.keboola.tables.keys import content_id, row_id
from tap_daktela.keboola.tables.table_spec import ID, SERVER, ColumnSpec, TableSpec

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

__all__ = ["Finish", "compile_finish"]

Finish = Callable[[Iterable[list[str]], Callable[[tuple[str, ...]], Any]], tuple[int, int, set[str]]]
"""Writes the finished rows of the target's, by calling its second argument for each.

Returns how many were read, how many of them the spec leaves out, and the names of all custom fields from the row on
that has one without a column; no row is written from there on. Raises ApplicationError for a row that does not fit the
header or came without its key.
"""


def compile_finish(spec: TableSpec, header: Sequence[str], server: str) -> Finish:
    """Return what finishes rows below `header`. ApplicationError if the target's file lacks a column."""
    missing = sorted(spec.reads - set(header))
    if missing:
        raise ApplicationError(f"{spec.stream}: the target's file has no column {', '.join(missing)}")
    known = {
        "server": server,
        "prefix": f"{server}_",
        "separator": spec.separator,
        "header": header,
        "words": {"True": spec.booleans[0], "False": spec.booleans[1]},
        "columns": {cell.part for cell in spec.columns if cell.part is not None},
        "clean": spec.clean,
        "parse": parse,
        "cell_text": cell_text,
        "row_id": row_id,
        "content_id": content_id,
        "misfit": ApplicationError(f"{spec.stream}: the target wrote a row that does not fit its header"),
        # All such rows would have the same id, and the platform would keep one of them.
        "keyless": ApplicationError(f"{spec.stream}: a row came without its key"),
    }
    lines = [
        "def finish(rows, write):",
        "    read = dropped = 0",
        "    unknown = set()",
        "    for row in rows:",
        "        read += 1",
        *(f"        {line}" for line in _body(spec, {name: f"c{place}" for place, name in enumerate(header)})),
        "    return read, dropped, unknown",
    ]
    exec(compile("\n".join(lines), "<finish function>", "exec"), known)  # noqa: S102 - made of our own reprs only
    finish: Any = known["finish"]
    return finish  # type: ignore[no-any-return]


def _body(spec: TableSpec, variables: dict[str, str]) -> Iterator[str]:
    """Yield the lines that write one finished row; `variables` hold the cells of a row, by column of the stream."""
    cells = ", ".join(variables.values())
    yield f"try: {cells}, = row"
    yield "except ValueError: raise misfit from None"
    for name, variable in variables.items():
        if name in spec.cleaned and spec.clean is not None:
            yield f"{variable} = clean({variable})"
    if spec.required:
        yield f"if not ({' and '.join(variables[name] for name in spec.required)}):"
        yield "    dropped += 1"
        yield "    continue"
    source = spec.spread or next((cell.source for cell in spec.columns if cell.part is not None), None)
    if source is not None:
        yield f"fields = parse({variables[source]})"
    if spec.spread is not None:
        yield "if not columns.issuperset(fields): unknown.update(fields)"
        # The table will be made anew, with columns for these: until then only their names matter.
        yield "if unknown: continue"
    if spec.hashed:
        yield f"if not ({' or '.join(variables[name] for name in spec.hashed)}): raise keyless"
        yield f"id = row_id(prefix, ({', '.join(variables[name] for name in spec.hashed)},), separator)"
    else:
        yield f"id = content_id(server, header, ({cells},))"
    yield f"write(({', '.join(_expression(cell, variables) for cell in spec.columns)},))"


def _expression(cell: ColumnSpec, variables: dict[str, str]) -> str:
    """Return what makes one cell of a finished row."""
    if cell.source is None:
        return '""'
    if cell.part is not None:
        return f"cell_text(fields[{cell.part!r}], clean) if {cell.part!r} in fields else ''"
    value = {SERVER: "server", ID: "id"}.get(cell.source) or variables[cell.source]
    if cell.key:
        return f"{value} and prefix + {value}"
    return f"words.get({value}, {value})" if cell.type is FieldType.BOOLEAN else value
