"""What one simulated instance does differently from a well-behaved one. Every field's default is good behaviour.

`grammar` lists the values that are drawn, with a sentence about each field.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, fields
from typing import Any

__all__ = ["Churn", "Fault", "Jump", "ListWay", "Oddities", "ZoneChange"]


@dataclass(frozen=True)
class ListWay:
    """How one list field is sent.

    `list` is `endpoint.field`, or `*` for every list. `way` is one of
    `dotted names` (`"statuses.name": [..]` beside the row), `bare absent`, `bare null`, `bare []` (asked for parts of
    elements, the server sends that; asked for the list, it sends whole elements), `bare keys` (where one part is asked
    for, elements are that value alone), `empty null`, `empty absent` (lists without elements), `single object` (a list
    of one is its element), `by index` (an object with the keys "0", "1", ..).
    """

    list: str
    way: str


@dataclass(frozen=True)
class Fault:
    """An answer that goes wrong: the one to request number `request` of run `run` (both from 1), or any at `rate`.

    `kind` is one of those in `grammar.FAULTS`.
    """

    kind: str
    request: int | None = None
    run: int = 1
    rate: float = 0.0


@dataclass(frozen=True)
class Churn:
    """Rows that change between two requests, before a request with probability `rate`.

    `kind` is `edit`, `delete`, `insert` (its time is now), `late` (inserted with a time in the past), `again` (a row is
    deleted, and later inserted with the same key), or `hot` (one row of each list is edited).
    """

    kind: str
    rate: float


@dataclass(frozen=True)
class Jump:
    """The server's clock shows another time from request `request` of run `run` on, or for that one answer only.

    `to` is seconds to add as text (`+7200`), or a year (`1970`, `9999`); `in_date` says whether `Date` shows it too.
    """

    to: str
    request: int
    run: int = 1
    lasting: bool = False
    in_date: bool = True


@dataclass(frozen=True)
class ZoneChange:
    """From request `request` of run `run` on, the server names another zone."""

    zone: str
    request: int
    run: int = 1


@dataclass(frozen=True)
class Oddities:
    """All that an instance may do wrong, or that the facts leave open. Sizes are rows, times are seconds."""

    rows: int = 40
    ties: int = 1
    lists: tuple[ListWay, ...] = ()
    relations: str = "nested"
    total: str = "right"
    serve_at_most: int | None = None
    ragged: bool = False
    sort: str = "right"
    filter: str = "right"
    skip: str = "right"
    take: str = "right"
    fields: str = "right"
    data: str = "list"
    faults: tuple[Fault, ...] = ()
    dirt: tuple[str, ...] = ()
    values: tuple[str, ...] = ()
    churn: tuple[Churn, ...] = ()
    keys: str = "plain"
    collation: str = "binary"
    offset: int = 0
    jumps: tuple[Jump, ...] = ()
    skew: int = 0
    time: str = "named"
    zone_name: str = "named"
    zone: str = "Europe/Prague"
    zone_changes: tuple[ZoneChange, ...] = ()
    night: str = "none"
    latency: float = 0.05
    login: str = "token"
    login_result: str = "text"
    token_requests: int | None = None
    names: str = "new"
    denied: tuple[str, ...] = ()
    hidden: tuple[str, ...] = ()
    custom_fields: str = "same"

    def odd(self) -> dict[str, Any]:
        """Return the fields that differ from good behaviour."""
        given = asdict(self)
        return {field.name: given[field.name] for field in fields(self) if getattr(self, field.name) != field.default}

    def to_json(self) -> str:
        """Return the fields that differ from good behaviour as one line of JSON."""
        return json.dumps(self.odd())

    @classmethod
    def from_json(cls, text: str) -> Oddities:
        """Return what `to_json` wrote. ValueError or TypeError where `text` is something else."""
        return cls(**{name: _restored(name, value) for name, value in json.loads(text).items()})

    def way(self, list_name: str, *ways: str) -> str | None:
        """Return which of `ways` the list `endpoint.field` is sent in, if any: the first that is given for it.

        Where elements are bare values, nobody could tell one without a key from one that is null: so they do not meet.
        """
        found = (one.way for one in self.lists if one.list in ("*", list_name) and one.way in ways)
        way = next(found, None)
        return None if way in ("dotted names", "bare keys") and "keyless elements" in self.values else way


_PARTS = {"lists": ListWay, "faults": Fault, "churn": Churn, "jumps": Jump, "zone_changes": ZoneChange}


def _restored(name: str, value: Any) -> Any:
    """Return the value of a field from its JSON."""
    if not isinstance(value, list):
        return value
    part = _PARTS.get(name)
    return tuple(part(**one) for one in value) if part else tuple(value)
