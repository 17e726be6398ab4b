"""Evaluating filter trees: operators, the collation, null, and the time range that an index can answer."""

from __future__ import annotations

import operator
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tap_daktela.sandbox.grammar import BadRequestError, Condition, Group, Node
from tap_daktela.sandbox.paths import Path, resolve
from tap_daktela.sandbox.tables import Kind, Row, Table

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from tap_daktela.sandbox.store import Store

Predicate = Callable[[Row], bool]
Test = Callable[[Any], bool]

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
"""Added to a timestamp: sorts behind it and before every later one."""

_EDGES: Mapping[str, tuple[str | None, str | None]] = {
    "eq": ("", _BEHIND),
    "between": ("", _BEHIND),
    "gt": (_BEHIND, None),
    "gte": ("", None),
    "lt": (None, ""),
    "lte": (None, _BEHIND),
}
"""What to add to an operand to get the first text inside, and the first one behind, the values that match."""

_NEGATED = frozenset({"notlike", "doesnotcontain", "notbegins", "notends"})
_TIME = re.compile(r"\d{4}-\d\d-\d\d(?:[ T]\d\d:\d\d(:\d\d)?)?")


def number(text: Any) -> float:
    """The number that a text begins with, else 0: how MySQL compares a number with a text."""
    match = re.match(r"\s*[+-]?\d+(\.\d+)?", str(text))
    return float(match[0]) if match else 0.0


def wall_clock(text: str) -> str:
    """A timestamp operand in full; a bare date means its first second. Raises BadRequestError for anything else."""
    match = _TIME.fullmatch(text)
    if not match:
        raise BadRequestError(f"Neplatné datum ve filtru: {text}")
    return text.replace("T", " ") + ("" if match[1] else ":00" if len(text) > len("2024-01-01") else " 00:00:00")


def normaliser(kind: Kind) -> Callable[[Any], Any]:
    """How stored values of this kind compare and sort: numbers as numbers, texts without regard to case."""
    if kind in {Kind.INTEGER, Kind.NUMBER}:
        return lambda value: value if isinstance(value, int | float) else number(value)
    if kind is Kind.BOOLEAN:
        return int
    if kind is Kind.TIME:
        return str
    return lambda value: str(value).casefold()


def _operand(kind: Kind, text: str) -> Any:
    if kind is Kind.TIME:
        return wall_clock(text)
    if kind is Kind.BOOLEAN:
        return int(text.lower() == "true" or number(text) != 0)
    return number(text) if kind in {Kind.INTEGER, Kind.NUMBER} else text.casefold()


def compiled(store: Store, table: Table, node: Node) -> Predicate:
    """A function that tells whether a row matches. Raises BadRequestError for unknown fields and bad values."""
    if isinstance(node, Condition):
        return _condition(store, table, node)
    parts = [compiled(store, table, part) for part in node.parts]
    if len(parts) == 1:
        return parts[0]
    combine = all if node.logic == "and" else any
    return lambda row: combine(part(row) for part in parts)


def local(store: Store, table: Table, node: Node | None) -> bool:
    """Whether only columns of the table itself are compared, so that other tables cannot change the outcome."""
    if isinstance(node, Group):
        return all(local(store, table, part) for part in node.parts)
    path = resolve(store, table, node.field) if node else None
    return node is None or (path is not None and path.local)


@dataclass(frozen=True)
class Span:
    """A time column and the part of its index, from `low` on and before `high`, outside of which no row matches.

    When it is `exact`, all rows inside match.
    """

    column: str
    low: str | None
    high: str | None
    exact: bool


def time_span(table: Table, node: Node | None) -> Span | None:
    """The span of the time column that is bounded best; None when the filter bounds none."""
    bounds: dict[str, tuple[list[str], list[str]]] = {}
    conditions = list(_required(node))
    for condition in conditions:
        column = table.columns.get(condition.field)
        if column is not None and column.kind is Kind.TIME and condition.operator in _EDGES:
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
    return Span(name, max(lows, default=None), min(highs, default=None), exact)


def _required(node: Node | None) -> Iterator[Condition]:
    """The conditions that every matching row meets."""
    if isinstance(node, Condition):
        yield node
    elif isinstance(node, Group) and (node.logic == "and" or len(node.parts) == 1):
        for part in node.parts:
            yield from _required(part)


def _conjunctive(node: Node | None) -> bool:
    """Whether the required conditions are all there is."""
    if not isinstance(node, Group):
        return True
    return (node.logic == "and" or len(node.parts) == 1) and all(map(_conjunctive, node.parts))


def _condition(store: Store, table: Table, condition: Condition) -> Predicate:
    path = resolve(store, table, condition.field)
    if path is None:
        raise BadRequestError(f"Neznámé pole filtru: {condition.field}")
    if condition.operator in {"isnull", "isnotnull"}:
        return _null_test(path, wanted=condition.operator == "isnull")
    get, test = path.get, _test(path.kind, condition)
    if path.many:
        return lambda row: any(value is not None and test(value) for value in get(row) or ())
    return lambda row: (value := get(row)) is not None and test(value)


def _null_test(path: Path, *, wanted: bool) -> Predicate:
    get = path.get
    if path.many:
        return lambda row: all(value is None for value in get(row) or ()) is wanted
    return lambda row: (get(row) is None) is wanted


def _test(kind: Kind, condition: Condition) -> Test:
    """Compare one value that is not null; null fulfils no comparison, not even a negated one."""
    name = condition.operator
    if name in _LIKE or name in {"like", "notlike", "regexp"}:
        return _text_test(name, condition.values[0])
    normal = normaliser(kind)
    operands = [_operand(kind, text) for text in condition.values]
    if name in {"in", "notin"}:
        members, inside = frozenset(operands), name == "in"
        return lambda value: (normal(value) in members) is inside
    if name == "between":
        low, high = operands
        return lambda value: bool(low <= normal(value) <= high)
    compare, operand = _COMPARE[name], operands[0]
    return lambda value: bool(compare(normal(value), operand))


def _text_test(name: str, text: str) -> Test:
    try:
        pattern = re.compile(text if name == "regexp" else _like_pattern(name, text), re.IGNORECASE | re.DOTALL)
    except re.error:
        raise BadRequestError(f"Neplatný regulární výraz: {text}") from None
    match = pattern.search if name == "regexp" else pattern.fullmatch
    wanted = name not in _NEGATED
    return lambda value: (match(str(value)) is not None) is wanted


def _like_pattern(name: str, text: str) -> str:
    """A regular expression for SQL's LIKE; only `like` and `notlike` give a meaning to the wildcards in the text."""
    if name in _LIKE:
        before, after = _LIKE[name]
        return before.replace("%", ".*") + re.escape(text) + after.replace("%", ".*")
    wildcards = {"%": ".*", "_": "."}
    pieces = re.findall(r"\\.|.", text, re.DOTALL)
    return "".join(wildcards.get(piece) or re.escape(piece[-1]) for piece in pieces)
