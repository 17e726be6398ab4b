"""What a request asks of a list, and which rows that is, in which order."""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tap_daktela.catalog.fields import FieldType, Stream
from tests.simulation.model.rows import Row

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

__all__ = ["BadQueryError", "Comparison", "Query", "conditions", "parse"]

Node = dict[str, Any]
Reader = Callable[[Row], Any]

_SEGMENTS = re.compile(r"[^\[\]]+")
_NUMBERS = (FieldType.INTEGER, FieldType.NUMBER, FieldType.BOOLEAN)
_COMPARE: dict[str, Callable[[Any, Any], bool]] = {
    "eq": operator.eq,
    "neq": operator.ne,
    "gt": operator.gt,
    "gte": operator.ge,
    "lt": operator.lt,
    "lte": operator.le,
    "in": lambda value, wanted: value in wanted,
    "notin": lambda value, wanted: value not in wanted,
    "between": lambda value, wanted: wanted[0] <= value <= wanted[1],
    "like": lambda value, wanted: wanted.strip("%") in value,
    "contains": lambda value, wanted: wanted in value,
    "startswith": lambda value, wanted: value.startswith(wanted),
    "endswith": lambda value, wanted: value.endswith(wanted),
}


class BadQueryError(Exception):
    """The server answers 400 with these words."""


@dataclass(frozen=True)
class Query:
    """A request for a slice of a list: `filter` is a tree as nested dicts, `sort` pairs of field and direction."""

    fields: tuple[str, ...]
    sort: tuple[tuple[str, str], ...]
    filter: Node | None
    skip: int
    take: int

    def __str__(self) -> str:
        """Return what was asked for, in one line, without the fields."""
        tree = " ".join(f"{one['field']} {one['operator']} {one.get('value')}" for one in conditions(self.filter))
        order = ", ".join(field for field, _ in self.sort)
        return f"where [{tree}] by [{order}] skip {self.skip} take {self.take}, {len(self.fields)} fields"


def parse(pairs: Iterable[tuple[str, str]]) -> Query:
    """Return what the parameters of a URL ask for. BadQueryError where the server would not understand them."""
    fields: list[str] = []
    tree: Node = {}
    for name, value in pairs:
        if name.startswith("fields["):
            fields.append(value)
            continue
        *path, last = _SEGMENTS.findall(name)
        node = tree
        for segment in path:
            node = node.setdefault(segment, {})
        node[last] = value
    take = int(tree.get("take", 100))
    if take > 1000:
        raise BadQueryError("Max defined take is 1000")
    sort = tuple((one["field"], one.get("dir", "asc")) for one in tree.get("sort", {}).values())
    return Query(tuple(fields), sort, tree.get("filter"), int(tree.get("skip", 0)), take)


def conditions(node: Node | None) -> Iterator[Node]:
    """Yield the single conditions of a filter."""
    if node is None:
        return
    if "filters" not in node:
        yield node
        return
    for inner in node["filters"].values():
        yield from conditions(inner)


class Comparison:
    """How the server compares the values of one list: which rows pass a filter, and in which order they come."""

    def __init__(self, stream: Stream, key: str | None, *, key_is_number: bool, ignore_case: bool) -> None:
        self.times = frozenset(axis.field for axis in stream.axes)
        self._kinds = {column.api_name: column.type for column in stream.columns}
        self._kinds |= {".".join(path): column.type for column in stream.columns for path in column.paths}
        if key is not None:
            self._kinds[key] = FieldType.INTEGER if key_is_number else FieldType.STRING
        relations = {field.api: field for field in stream.fields if len(field.columns[0].paths[0]) > 1}
        self._keys = {api: tuple(path[1] for path in field.columns[0].paths) for api, field in relations.items()}
        self._kinds |= {api: field.columns[0].type for api, field in relations.items()}
        self._ignore_case = ignore_case
        self._readers: dict[str, Reader] = {}

    def knows(self, field: str) -> bool:
        """Tell whether the server has a field of this name."""
        return field in self._kinds or field.startswith("customFields.")

    def passing(self, rows: list[Row], node: Node | None, ignored: frozenset[str]) -> list[Row]:
        """Return the rows that pass a filter, of which conditions on `ignored` fields count for nothing."""
        if node is None:
            return rows
        if "filters" not in node:
            return rows if node["field"] in ignored else self._holding(rows, node)
        inner = node["filters"].values()
        if node.get("logic", "and") == "and":
            for one in inner:
                rows = self.passing(rows, one, ignored)
            return rows
        chosen = {id(row) for one in inner for row in self.passing(rows, one, ignored)}
        return [row for row in rows if id(row) in chosen]

    def _holding(self, rows: list[Row], node: Node) -> list[Row]:
        field, name, value = node["field"], node["operator"], node.get("value")
        if not self.knows(field):
            raise BadQueryError(f"Unknown field {field}")
        values = [row[field] for row in rows] if field in self.times else map(self._reader(field), rows)
        pairs = zip(rows, values, strict=True)
        if name in ("isnull", "isnotnull"):
            return [row for row, own in pairs if (own is None) == (name == "isnull")]
        compare = _COMPARE.get(name)
        if compare is None:
            raise BadQueryError(f"Unknown operator {name}")
        wanted = [self._comparable(field, one) for one in value.values()] if isinstance(value, dict) else None
        wanted = self._comparable(field, value) if wanted is None else wanted
        return [row for row, own in pairs if own is not None and compare(own, wanted)]

    def ordered(self, rows: list[Row], sort: Sequence[tuple[str, str]]) -> list[Row]:
        """Return the rows in the wanted order, those without a value first, as SQL has it."""
        for field, direction in reversed(sort):
            values, reverse = list(map(self._reader(field), rows)), direction == "desc"
            missing = [row for row, value in zip(rows, values, strict=True) if value is None]
            present = [(value, row) for row, value in zip(rows, values, strict=True) if value is not None]
            present.sort(key=operator.itemgetter(0), reverse=reverse)
            found = [row for _, row in present]
            rows = found + missing if reverse else missing + found
        return rows

    def _reader(self, field: str) -> Reader:
        """Return the function from a row to the value that is compared, or None."""
        if field not in self._readers:
            self._readers[field] = self._new_reader(field)
        return self._readers[field]

    def _new_reader(self, field: str) -> Reader:
        root, _, inner = field.partition(".")
        names = (inner,) if inner else self._keys.get(root, ())
        # What is compared as it stands: the time of a row, and the usual form of a key. It saves most of a sort's time.
        plain = int if self._kinds.get(field) in _NUMBERS else str
        plain = NotImplemented if self._ignore_case and plain is str and root not in self.times else plain

        def read(row: Row) -> Any:
            value = row.get(root)
            if value is None or value.__class__ is plain:
                return value
            if isinstance(value, list):
                value = next((one for one in value if one is not None), None)
            if isinstance(value, dict):
                value = next((found for name in names if (found := value.get(name)) is not None), None)
            return None if value is None else self._comparable(field, value)

        return read

    def _comparable(self, field: str, value: Any) -> Any:
        """Return a value of a row or of a condition as the database compares it."""
        if self._kinds.get(field) in _NUMBERS:
            return _as_number(value)
        text = value if isinstance(value, str) else str(value)
        return text.casefold() if self._ignore_case and field not in self.times else text


def _as_number(value: Any) -> float:
    """Return a number as SQL reads it: what is none is 0."""
    try:
        return float(value) if isinstance(value, str) else value
    except ValueError:
        return 0
