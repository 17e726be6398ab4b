"""What a target stored, beside what the tap sent: which rows are missing or too many, and which values differ how."""

import ast
import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timezone
from typing import Any

from tests.helpers.loads.sent import Key, Row, Table, by_key

EMPTY_IS_NULL = "empty text becomes null"
NULL_IS_EMPTY = "null becomes empty text"
ESCAPED = "line ends and tabs become two characters"
PYTHON_TEXT = "lists and objects become Python text"
OTHER = "other values"

_ESCAPES = str.maketrans({"\n": "\\n", "\r": "\\r", "\t": "\\t"})
_BOOLEANS = {"True": True, "False": False}


@dataclass
class Comparison:
    """What was found: `rows` are those that should be stored, `differing` counts values by how they differ."""

    rows: int = 0
    values: int = 0
    lost: list[tuple[str, Key]] = field(default_factory=list)
    surplus: list[tuple[str, Key]] = field(default_factory=list)
    differing: Counter[str] = field(default_factory=Counter)
    examples: dict[str, str] = field(default_factory=dict)


def compare(sent: Mapping[str, Table], stored: Mapping[str, list[Row]], *, appended: bool) -> Comparison:
    """Compare all tables. If rows are `appended`, each row that was sent is stored; else the last one of each key."""
    found = Comparison()
    for stream, table in sent.items():
        wanted = by_key(table.rows, table.key)
        if not appended:
            wanted = {key: rows[-1:] for key, rows in wanted.items()}
        there = by_key(stored.get(stream, []), table.key)
        found.surplus += [(stream, key) for key in there.keys() - wanted.keys()]
        for key, rows in wanted.items():
            same_key = there.get(key, [])
            found.rows += len(rows)
            found.lost += [(stream, key)] * (len(rows) - len(same_key))
            found.surplus += [(stream, key)] * (len(same_key) - len(rows))
            for row, other in zip(rows, same_key, strict=False):
                _compare_row(found, f"{stream} {', '.join(key)}", table.kinds, row, other)
    return found


def _compare_row(found: Comparison, label: str, kinds: Mapping[str, str], row: Row, other: Row) -> None:
    for name, kind in kinds.items():
        found.values += 1
        if (how := difference(kind, row[name], other.get(name))) is not None:
            found.differing[how] += 1
            found.examples.setdefault(how, f"{label}: {name} is {other.get(name)!r}, and was {row[name]!r}")


def difference(kind: str, sent: Any, stored: Any) -> str | None:
    """Return how a stored value of a `kind` (see `sent.kind_of`) differs from the one that was sent, None if not."""
    if sent is None:
        return None if stored is None else NULL_IS_EMPTY if stored == "" else OTHER
    if stored is None:
        return EMPTY_IS_NULL if sent == "" else OTHER
    if kind == "string":
        return None if stored == sent else ESCAPED if stored == sent.translate(_ESCAPES) else OTHER
    if kind in {"array", "object"} and isinstance(stored, str):
        return _text_difference(sent, stored)
    return None if _read(kind, stored) == _read(kind, sent) else OTHER


def _text_difference(sent: Any, stored: str) -> str | None:
    try:
        return None if json.loads(stored) == sent else OTHER
    except ValueError:
        return PYTHON_TEXT if ast.literal_eval(stored) == sent else OTHER


def _read(kind: str, value: Any) -> Any:
    """Return a value as what it is meant to be: files and databases spell the same one differently."""
    if kind == "date-time":
        moment = datetime.fromisoformat(value.replace("Z", "+00:00"))
        return moment if moment.tzinfo else moment.replace(tzinfo=timezone.utc)
    if kind == "integer":
        return int(value)
    if kind == "number":
        return float(value)
    return _BOOLEANS[value] if kind == "boolean" and isinstance(value, str) else value
