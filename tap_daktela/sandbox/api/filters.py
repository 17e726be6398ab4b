"""Filters: operators, the collation, null, and the range of times in which all matching rows lie."""

import operator
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from tap_daktela.sandbox.api.list_request import BadRequestError, FilterCondition, FilterGroup, FilterNode
from tap_daktela.sandbox.storage.paths import ColumnPath, resolve_path
from tap_daktela.sandbox.storage.store import Store
from tap_daktela.sandbox.storage.tables import ColumnType, Row, SandboxTable

RowTest = Callable[[Row], bool]
ValueTest = Callable[[Any], bool]

_COMPARE = {
    "eq": operator.eq,
    "neq": operator.ne,
    "gt": operator.gt,
    "gte": operator.ge,
    "lt": operator.lt,
    "lte": operator.le,
}
_LIKE = {
    "contains": ("%", "%"),
    "doesnotcontain": ("%", "%"),
    "startswith": ("", "%"),
    "begins": ("", "%"),
    "notbegins": ("", "%"),
    "endswith": ("%", ""),
    "ends": ("%", ""),
    "notends": ("%", ""),
}
_BEHIND = "\x00"
"""A timestamp with this at its end sorts behind it and before every later one."""

_EDGES: Mapping[str, tuple[str | None, str | None]] = {
    "eq": ("", _BEHIND),
    "between": ("", _BEHIND),
    "gt": (_BEHIND, None),
    "gte": ("", None),
    "lt": (None, ""),
    "lte": (None, _BEHIND),
}
"""What to append to a value for the lowest text that matches, and for the lowest one behind all that match.

None is no bound.
"""

_NEGATED = frozenset({"notlike", "doesnotcontain", "notbegins", "notends"})
_TIME = re.compile(r"\d{4}-\d\d-\d\d(?:[ T]\d\d:\d\d(:\d\d)?)?")


def leading_number(text: Any) -> float:
    """The number at the beginning of a text, else 0: MySQL compares a number with a text like this."""
    match = re.match(r"\s*[+-]?\d+(\.\d+)?", str(text))
    return float(match[0]) if match else 0.0


def wall_clock(text: str) -> str:
    """The value of a time filter as a full timestamp: a date is its first second. BadRequestError for other text."""
    match = _TIME.fullmatch(text)
    if not match:
        raise BadRequestError(f"Neplatné datum ve filtru: {text}")
    return text.replace("T", " ") + ("" if match[1] else ":00" if len(text) > len("2024-01-01") else " 00:00:00")


def comparable(type_: ColumnType) -> Callable[[Any], Any]:
    """A function that makes stored values of a type comparable: texts without regard to case, numbers as numbers."""
    if type_ in {ColumnType.INTEGER, ColumnType.NUMBER}:
        return lambda value: value if isinstance(value, int | float) else leading_number(value)
    if type_ is ColumnType.BOOLEAN:
        return int
    if type_ is ColumnType.TIME:
        return str
    return lambda value: str(value).casefold()


def _operand(type_: ColumnType, text: str) -> Any:
    if type_ is ColumnType.TIME:
        return wall_clock(text)
    if type_ is ColumnType.BOOLEAN:
        return int(text.lower() == "true" or leading_number(text) != 0)
    return leading_number(text) if type_ in {ColumnType.INTEGER, ColumnType.NUMBER} else text.casefold()


def compile_filter(store: Store, table: SandboxTable, node: FilterNode) -> RowTest:
    """A function that tells whether a row matches. BadRequestError for an unknown field or a bad value."""
    if isinstance(node, FilterCondition):
        return _condition(store, table, node)
    parts = [compile_filter(store, table, part) for part in node.parts]
    if len(parts) == 1:
        return parts[0]
    combine = all if node.logic == "and" else any
    return lambda row: combine(part(row) for part in parts)


def is_local(store: Store, table: SandboxTable, node: FilterNode | None) -> bool:
    """Whether the filter only looks at columns of the table itself, so that other tables cannot change the result."""
    if isinstance(node, FilterGroup):
        return all(is_local(store, table, part) for part in node.parts)
    path = resolve_path(store, table, node.field) if node else None
    return node is None or (path is not None and path.local)


@dataclass(frozen=True)
class TimeSpan:
    """All matching rows have `low <= column < high`, where None is no bound. If it is `exact`, all such rows match."""

    column: str
    low: str | None
    high: str | None
    exact: bool


def time_span(table: SandboxTable, node: FilterNode | None) -> TimeSpan | None:
    """The span of the time column that has most bounds; None if the filter bounds no time column."""
    bounds: dict[str, tuple[list[str], list[str]]] = {}
    conditions = list(_required(node))
    for condition in conditions:
        column = table.columns.get(condition.field)
        if column is not None and column.type is ColumnType.TIME and condition.operator in _EDGES:
            lows, highs = bounds.setdefault(column.name, ([], []))
            values = [wall_clock(text) for text in condition.values]
            below, above = _EDGES[condition.operator]
            lows += [] if below is None else [values[0] + below]
            highs += [] if above is None else [values[-1] + above]
    if not bounds:
        return None
    name = min(bounds, key=lambda column: bounds[column].count([]))
    lows, highs = bounds[name]
    exact = _conjunctive(node) and all(one.field == name and one.operator in _EDGES for one in conditions)
    return TimeSpan(name, max(lows, default=None), min(highs, default=None), exact)


def _required(node: FilterNode | None) -> Iterator[FilterCondition]:
    """The conditions that every matching row fulfils."""
    if isinstance(node, FilterCondition):
        yield node
    elif isinstance(node, FilterGroup) and (node.logic == "and" or len(node.parts) == 1):
        for part in node.parts:
            yield from _required(part)


def _conjunctive(node: FilterNode | None) -> bool:
    """Whether the filter has no conditions but the required ones."""
    if not isinstance(node, FilterGroup):
        return True
    return (node.logic == "and" or len(node.parts) == 1) and all(map(_conjunctive, node.parts))


def _condition(store: Store, table: SandboxTable, condition: FilterCondition) -> RowTest:
    path = resolve_path(store, table, condition.field)
    if path is None:
        raise BadRequestError(f"Neznámé pole filtru: {condition.field}")
    if condition.operator in {"isnull", "isnotnull"}:
        return _null_test(path, wanted=condition.operator == "isnull")
    get, test = path.get, _test(path.type, condition)
    if path.many:
        return lambda row: any(value is not None and test(value) for value in get(row) or ())
    return lambda row: (value := get(row)) is not None and test(value)


def _null_test(path: ColumnPath, *, wanted: bool) -> RowTest:
    get = path.get
    if path.many:
        return lambda row: all(value is None for value in get(row) or ()) is wanted
    return lambda row: (get(row) is None) is wanted


def _test(type_: ColumnType, condition: FilterCondition) -> ValueTest:
    """A test of one value that is not null. Null fulfils no comparison, not even a negated one."""
    name = condition.operator
    if name in _LIKE or name in {"like", "notlike", "regexp"}:
        return _text_test(name, condition.values[0])
    to_comparable = comparable(type_)
    operands = [_operand(type_, text) for text in condition.values]
    if name in {"in", "notin"}:
        members, inside = frozenset(operands), name == "in"
        return lambda value: (to_comparable(value) in members) is inside
    if name == "between":
        low, high = operands
        return lambda value: bool(low <= to_comparable(value) <= high)
    compare, operand = _COMPARE[name], operands[0]
    return lambda value: bool(compare(to_comparable(value), operand))


def _text_test(name: str, text: str) -> ValueTest:
    try:
        pattern = re.compile(text if name == "regexp" else _like_pattern(name, text), re.IGNORECASE | re.DOTALL)
    except re.error:
        raise BadRequestError(f"Neplatný regulární výraz: {text}") from None
    match = pattern.search if name == "regexp" else pattern.fullmatch
    wanted = name not in _NEGATED
    return lambda value: (match(str(value)) is not None) is wanted


def _like_pattern(name: str, text: str) -> str:
    """A regular expression for SQL's LIKE. Only `like` and `notlike` know wildcards in the text."""
    if name in _LIKE:
        before, after = _LIKE[name]
        return before.replace("%", ".*") + re.escape(text) + after.replace("%", ".*")
    wildcards = {"%": ".*", "_": "."}
    pieces = re.findall(r"\\.|.", text, re.DOTALL)
    return "".join(wildcards.get(piece) or re.escape(piece[-1]) for piece in pieces)
