"""The queries to a warehouse, each about one stream along one of its axes. Pure.

A target may only append, so a table can hold several versions of a row. So every query first takes each key once, with
its newest times.
"""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from tap_daktela.catalog.fields import Axis, snake
from tap_daktela.daktela import clock
from tap_daktela.reconcile.warehouse.dialects import Dialect
from tap_daktela.reconcile.warehouse.questions import Slice, What
from tap_daktela.reconcile.warehouse.tables import Tables

_ASKED = {
    What.COUNTS: "how many rows are in {}?",
    What.DIGESTS: "how many rows are in {}, and which digest do their keys have?",
    What.KEYS: "which rows are in {}?",
}


_MONTH = len("2024-01")


class SqlQuery(NamedTuple):
    """A query to the table of `stream`: a `comment` that says what it asks, and its `sql` without an end."""

    stream: str
    comment: str
    sql: str


class QueryWriter:
    """Writes queries about `stream` along `axis`; None for a whole table."""

    def __init__(self, tables: Tables, dialect: Dialect, stream: str, axis: Axis | None) -> None:
        self._tables = tables
        self._dialect = dialect
        self._stream = stream
        self._axis = axis
        self._axis_name = axis.name if axis else ""
        self._key = dialect.identifier(tables.key(stream))
        self._row_key = f"CAST({self._key} AS {dialect.text})"

    # --- what is asked ----------------------------------------------------------------------------------------------

    def about_slices(self, what: What, slices: Sequence[Slice]) -> SqlQuery:
        """Return the query for the counts, the digests or the keys of slices."""
        ends = {"window_start": "asked.window_start", "window_end": "asked.window_end"}
        counted = {"row_count": "COUNT(held.row_key)"}
        if what is What.DIGESTS:
            counted["key_digest"] = f"COALESCE(SUM({self._dialect.digest.format('held.row_key')}), 0)"
        sql = [
            f"WITH asked AS (\n  {self._slices_asked(slices)}\n),",
            f"newest AS (\n  {self._newest()}\n),",
            f"held AS{self._dialect.once} (\n  {self._held()}\n)",
            self._select(what, ends | counted),
            f"FROM asked LEFT JOIN held\n  ON {self._within()}",
            "GROUP BY asked.axis, asked.window_start, asked.window_end",
        ]
        if what is What.KEYS:
            each = {"row_key": "held.row_key"} | ({"row_time": "held.row_time"} if self._axis else {})
            sql += ["UNION ALL", self._select(what, ends | each), f"FROM asked JOIN held\n  ON {self._within()}"]
        where = f"each of {len(slices)} windows of {self._axis_name}" if self._axis else "the whole table"
        return SqlQuery(self._stream, f"-- {self._stream}: {_ASKED[what].format(where)}", "\n".join(sql))

    def about_keys(self, keys: Sequence[str]) -> SqlQuery:
        """Return the query that asks whether keys are in the table at all, and for their newest times in the axis."""
        asked = self._dialect.table_of(("axis", "row_key"), [(self._axis_name, key) for key in keys])
        found = {"row_key": "asked.row_key", "row_count": "COALESCE(newest.row_count, 0)"}
        if self._axis:
            found["row_time"] = self._wall_clock("newest.row_time")
        sql = [
            f"WITH asked AS (\n  {asked}\n),",
            f"newest AS (\n  {self._newest(f' AND {self._row_key} IN (SELECT row_key FROM asked)')}\n)",
            self._select(What.HELD, {"window_start": "''", "window_end": "''"} | found),
            "FROM asked LEFT JOIN newest\n  ON newest.row_key = asked.row_key",
        ]
        time = f", and what is their newest {self._axis_name}" if self._axis else ""
        return SqlQuery(self._stream, f"-- {self._stream}: which of {len(keys)} keys are there{time}?", "\n".join(sql))

    def _select(self, what: What, expressions: dict[str, str]) -> str:
        """Return the SELECT of the columns that every result has. What has no expression is null."""
        text, integer = self._dialect.text, self._dialect.integer
        constants = {"what": f"'{what.value}'", "stream": self._dialect.literal(self._stream), "axis": "asked.axis"}
        # The parts of a UNION must agree in their types, and a bare null has none.
        nulls = {"row_key": f"CAST(NULL AS {text})", "row_time": f"CAST(NULL AS {text})"}
        numbers = {name: f"CAST({expressions.get(name, 'NULL')} AS {integer})" for name in ("row_count", "key_digest")}
        ends = {name: expressions[name] for name in ("window_start", "window_end")}
        columns = constants | ends | {name: expressions.get(name, null) for name, null in nulls.items()} | numbers
        return "SELECT\n  " + ",\n  ".join(f"{expression} AS {name}" for name, expression in columns.items())

    # --- the parts of a query ---------------------------------------------------------------------------------------

    def _slices_asked(self, slices: Sequence[Slice]) -> str:
        """Return a query for the windows: their ends in UTC and, if the rows have another clock, as they read there.

        It has a row for each month of a window. Rows find their windows by their month: compared with every window,
        millions of rows would take hours.
        """
        walls = ("wall_start", "wall_end") if self._has_wall_clock else ()
        names = ("axis", "month", "window_start", "window_end", *walls)
        ends = map(self._ends, slices)
        return self._dialect.table_of(names, [(self._axis_name, month, *one) for one in ends for month in _months(one)])

    @property
    def _has_wall_clock(self) -> bool:
        return self._axis is not None and self._tables.zone is not None

    def _ends(self, one: Slice) -> tuple[str, ...]:
        if one.lower is None or one.upper is None:
            return ("", "")
        ends = (clock.utc_text(one.lower), clock.utc_text(one.upper))
        zone = self._tables.zone
        return ends if zone is None else (*ends, clock.lower_text(one.lower, zone), clock.upper_text(one.upper, zone))

    def _newest(self, among: str = "") -> str:
        """Return a query for the keys: how many rows each has, and its newest times as texts."""
        columns = [f"{self._row_key} AS row_key", "COUNT(*) AS row_count"]
        for name, field in self._time_fields().items():
            text = self._dialect.text_of.format(f"MAX({self._dialect.identifier(snake(field))})")
            columns.append(f"NULLIF({text}, '') AS {name}")
        schema = self._tables.schema.split(".") if self._tables.schema else []
        table = ".".join(map(self._dialect.identifier, (*schema, self._stream)))
        rows = f"FROM {table}\n  WHERE {self._key} IS NOT NULL{among}\n  GROUP BY {self._key}"
        return f"SELECT {', '.join(columns)}\n  {rows}"

    def _time_fields(self) -> dict[str, str]:
        """Return the fields whose times decide which rows belong to the axis, by their columns in `newest`."""
        if self._axis is None:
            return {}
        unset, begun = self._axis.only_where_unset, self._axis.started_before
        fields = {"row_time": self._axis.field, "unset_time": unset, "begun_time": begun}
        return {name: field for name, field in fields.items() if field is not None}

    def _held(self) -> str:
        """Return a query for the keys that belong to the axis, with their times as answers have them."""
        fields, zone = self._time_fields(), self._tables.zone
        conditions = []
        if "unset_time" in fields:
            conditions.append("unset_time IS NULL")
        if "begun_time" in fields:
            start = clock.lower_text(self._tables.start, zone) if zone else clock.utc_text(self._tables.start)
            conditions.append(f"{self._wall_clock('begun_time')} < '{start}'")
        column = f"{self._wall_clock('row_time')} AS row_time" if self._axis else "'' AS month"
        where = f"\n  WHERE {' AND '.join(conditions)}" if conditions else ""
        return f"SELECT row_key, {column}\n  FROM newest{where}"

    def _within(self) -> str:
        """Return the condition that a row is in a window."""
        if self._axis is None:
            return "held.month = asked.month"
        name = "wall" if self._has_wall_clock else "window"
        same = f"SUBSTR(held.row_time, 1, {_MONTH}) = asked.month"
        return f"{same} AND held.row_time >= asked.{name}_start AND held.row_time < asked.{name}_end"

    def _wall_clock(self, column: str) -> str:
        zone = self._tables.zone
        return self._dialect.wall_clock(column, zone.key if zone else None)


def _months(ends: Sequence[str]) -> Iterator[str]:
    """Yield the months between the last two of `ends`, which are texts; "" if there are no ends."""
    begin, end = (text[:_MONTH] for text in ends[-2:])
    while begin <= end:
        yield begin
        if not begin:
            break
        year, month = map(int, begin.split("-"))
        begin = f"{year + month // 12:04}-{month % 12 + 1:02}"
