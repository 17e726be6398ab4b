"""What a row looks like in an answer: the fields that were asked for, and lists in the way of the instance."""

from __future__ import annotations

import functools
import json
from collections import Counter
from typing import TYPE_CHECKING, Any

import orjson

from tests.simulation.cases.oddities import Oddities

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tests.simulation.model.rows import Row, RowMaker

__all__ = ["Projection", "projection"]

_MOST_REMEMBERED = 5000

_ABSENT = object()
"""Stands for a list whose field is left out."""

_BARE = {"bare null": None, "bare []": [], "bare absent": _ABSENT}
_EMPTY = {"empty null": None, "empty absent": _ABSENT}


def projection(
    endpoint: str, maker: RowMaker, times: frozenset[str], fields: tuple[str, ...], oddities: Oddities
) -> Projection:
    """Return the projection of `fields`, one and the same for all instances that send rows in the same way."""
    shaping = ("lists", "relations", "dirt", "values")
    only = Oddities(**{name: getattr(oddities, name) for name in shaping})
    return _projection(endpoint, tuple(maker.lists), tuple(sorted(times)), fields, only)


@functools.lru_cache(maxsize=100)
def _projection(
    endpoint: str, lists: tuple[str, ...], times: tuple[str, ...], fields: tuple[str, ...], oddities: Oddities
) -> Projection:
    return Projection(endpoint, lists, times, fields, oddities)


class Projection:
    """Turns whole rows of an endpoint into the JSON of their `fields` (none: all of them).

    `lists` are the fields that hold lists of records, `times` those of the axes. It remembers what it made, so it is
    worth keeping: `projection` gives the same one to all instances.
    """

    def __init__(
        self, endpoint: str, lists: Sequence[str], times: Sequence[str], fields: Sequence[str], oddities: Oddities
    ) -> None:
        self._endpoint = endpoint
        self._oddities = oddities
        dotted = [field.partition(".") for field in fields]
        self._everything = not dotted
        self._times = [name for name in times if name in fields or self._everything]
        self._names = [name for name, _, inner in dotted if not inner and name not in times]
        self._whole_lists = [name for name in lists if name in self._names or self._everything]
        self._relations: dict[str, list[str]] = {}
        self._inside: dict[str, list[str]] = {}
        for name, _, inner in dotted:
            if inner:
                (self._inside if name in lists else self._relations).setdefault(name, []).append(inner)
        self._known: dict[str, tuple[bytes, Counter[str]]] = {}
        self._applied: Counter[str] = Counter()

    def encoded(self, row: Row, applied: Counter[str]) -> bytes:
        """Return the JSON of what is asked of `row`, and count the oddities that took effect on it."""
        content = row["_sys"]["hash"]
        if content not in self._known:
            self._remember(content, row)
        json_text, oddities = self._known[content]
        if oddities:
            applied.update(oddities)
        if not self._times:
            return json_text
        times = orjson.dumps({name: row[name] for name in self._times})
        return times[:-1] + b"," + json_text[1:] if json_text != b"{}" else times

    def _remember(self, content: str, row: Row) -> None:
        """Make the JSON of all that is asked of `row` but its times."""
        if len(self._known) > _MOST_REMEMBERED:
            self._known.clear()
        self._applied = Counter()
        constant = self._constant(row)
        # Half a surrogate pair and NaN are written by the slower encoder only.
        json_text = json.dumps(constant).encode() if self._oddities.dirt else orjson.dumps(constant)
        self._known[content] = (json_text, self._applied)

    def _constant(self, row: Row) -> Row:
        sent = dict(row) if self._everything else {name: row[name] for name in self._names if name in row}
        for name in self._times:
            sent.pop(name, None)
        for name in self._whole_lists:
            if name in sent:
                _send(sent, name, self._list(name, sent.pop(name)))
        for name, parts in self._relations.items():
            value = row.get(name)
            if value.__class__ is dict:
                self._pick(sent, value, name, parts)
            elif name in row:
                sent[name] = value
        for name, parts in self._inside.items():
            if name in row:
                self._pick_inside(sent, row[name], name, parts)
        return sent

    def _pick(self, sent: Row, relation: Row, name: str, parts: list[str]) -> None:
        """Put the wanted parts of a relation into `sent`."""
        picked = {part: relation[part] for part in parts if part in relation}
        if self._oddities.relations == "dotted":
            self._applied["relations"] += 1
            sent.update({f"{name}.{part}": inner for part, inner in picked.items()})
        else:
            sent[name] = picked

    def _pick_inside(self, sent: Row, elements: list[Any], name: str, parts: list[str]) -> None:
        """Put the wanted parts of a list's elements into `sent`."""
        way = self._way(name, *_BARE, "bare keys", "dotted names")
        if way == "dotted names":
            self._applied[f"lists: {way}"] += 1
            sent.update({f"{name}.{part}": [(one or {}).get(part) for one in elements] for part in parts})
            return
        if way in _BARE:
            self._applied[f"lists: {way}"] += bool(elements)
            _send(sent, name, _BARE[way])
            return
        if way == "bare keys" and len(parts) == 1:
            self._applied[f"lists: {way}"] += bool(elements)
            picked = [one and one.get(parts[0]) for one in elements]
        else:
            picked = [one and {part: one[part] for part in parts if part in one} for one in elements]
        _send(sent, name, self._list(name, picked))

    def _list(self, name: str, elements: list[Any]) -> Any:
        """Return a list as this instance writes one."""
        if not elements:
            way = self._way(name, *_EMPTY)
        elif len(elements) == 1 and isinstance(elements[0], dict):
            way = self._way(name, "single object", "by index")
        else:
            way = self._way(name, "by index")
        if way is None:
            return elements
        self._applied[f"lists: {way}"] += 1
        if way in _EMPTY:
            return _EMPTY[way]
        return elements[0] if way == "single object" else {str(index): one for index, one in enumerate(elements)}

    def _way(self, name: str, *ways: str) -> str | None:
        return self._oddities.way(f"{self._endpoint}.{name}", *ways) if self._oddities.lists else None


def _send(sent: Row, name: str, value: Any) -> None:
    """Put a list into `sent`, unless it is absent."""
    if value is not _ABSENT:
        sent[name] = value
