"""What a request asks for: the bracketed query string as one object. Knows the spelling, not the tables."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl

if TYPE_CHECKING:
    from collections.abc import Mapping

MAX_TAKE = 1000
DEFAULT_TAKE = 100
NO_VALUE = frozenset({"isnull", "isnotnull"})
LIST_VALUE = frozenset({"in", "notin", "between"})
OPERATORS = (
    frozenset(
        [
            "eq",
            "neq",
            "gt",
            "gte",
            "lt",
            "lte",
            "like",
            "notlike",
            "contains",
            "doesnotcontain",
            "startswith",
            "endswith",
            "regexp",
            "begins",
            "notbegins",
            "ends",
            "notends",
        ]
    )
    | NO_VALUE
    | LIST_VALUE
)


class BadRequestError(Exception):
    """The request breaks the grammar: HTTP 400. The message is what the client reads, in the instance's language."""


@dataclass(frozen=True)
class Condition:
    """One comparison; `values` has one element for most operators, none for isnull."""

    field: str
    operator: str
    values: tuple[str, ...]


@dataclass(frozen=True)
class Group:
    """Conditions and groups joined by `and` or `or`."""

    logic: str
    parts: tuple[Condition | Group, ...]


Node = Condition | Group


@dataclass(frozen=True)
class Request:
    """One list request. `fields` is empty when the whole row is asked for."""

    take: int = DEFAULT_TAKE
    skip: int = 0
    total: bool = True
    filter: Node | None = None
    sort: tuple[tuple[str, bool], ...] = ()
    fields: tuple[str, ...] = ()
    search: str = ""


def nested(pairs: list[tuple[str, str]]) -> dict[str, Any]:
    """Bracketed names as nested dicts, as PHP reads a query string: `a[b][0]=x`; `a[]=x` takes the next number."""
    result: dict[str, Any] = {}
    for name, value in pairs:
        head, bracket, rest = name.partition("[")
        path = [head, *rest.removesuffix("]").split("][")] if bracket else [head]
        node = result
        for step in path[:-1]:
            child = node.setdefault(step or str(len(node)), {})
            if not isinstance(child, dict):
                child = node[step] = {}
            node = child
        node[path[-1] or str(len(node))] = value
    return result


def parse(query: str) -> Request:
    """Read a query string. Raises BadRequestError."""
    asked = nested(parse_qsl(query, keep_blank_values=True))
    take = _number(asked, "pageSize") if "pageSize" in asked else _number(asked, "take", DEFAULT_TAKE)
    if take > MAX_TAKE:
        raise BadRequestError(f"Max defined take is {MAX_TAKE}")
    skip = (max(_number(asked, "page"), 1) - 1) * take if "page" in asked else _number(asked, "skip", 0)
    return Request(
        take=take,
        skip=skip,
        total=asked.get("total") not in {"false", "0"},
        filter=_filter(asked["filter"]) if "filter" in asked else None,
        sort=_sort(asked.get("sort", {})),
        fields=_texts(asked.get("fields", {})),
        search=str(asked.get("q", "")),
    )


def _number(asked: Mapping[str, Any], name: str, default: int | None = None) -> int:
    value = asked.get(name, default)
    if isinstance(value, int):
        return value
    if not isinstance(value, str) or not value.isdecimal():
        raise BadRequestError(f"Neplatná hodnota parametru {name}")
    return int(value)


def _indexed(value: Any) -> list[Any]:
    """The elements of a dict with numbers as names, in their order. Raises BadRequestError for other names."""
    if not isinstance(value, dict) or not all(name.isdecimal() for name in value):
        raise BadRequestError("Chybný zápis seznamu v požadavku")
    return [value[name] for name in sorted(value, key=int)]


def _texts(value: Any) -> tuple[str, ...]:
    """A list of names. A bare text, as `fields=a,b`, is no list and trims nothing."""
    return tuple(str(one) for one in _indexed(value)) if isinstance(value, dict) else ()


def _sort(value: Any) -> tuple[tuple[str, bool], ...]:
    """Pairs of field and whether it is descending, from a list or from a single object."""
    entries = [value] if isinstance(value, dict) and "field" in value else _indexed(value)
    pairs = []
    for entry in entries:
        if not isinstance(entry, dict) or not isinstance(entry.get("field"), str):
            raise BadRequestError("Chybný zápis řazení")
        direction = str(entry.get("dir", "asc")).lower()
        if direction not in {"asc", "desc"}:
            raise BadRequestError(f"Neznámý směr řazení: {direction}")
        pairs.append((entry["field"], direction == "desc"))
    return tuple(pairs)


def _filter(value: Any) -> Node:
    """One of the three spellings: a single condition, a numbered list joined by `and`, or the tree."""
    if isinstance(value, dict) and value and all(name.isdecimal() for name in value):
        return Group("and", tuple(_filter(part) for part in _indexed(value)))
    if not isinstance(value, dict):
        raise BadRequestError("Chybný zápis filtru")
    if "filters" in value or "logic" in value:
        logic = str(value.get("logic", "and")).lower()
        parts = _indexed(value.get("filters", {}))
        if logic not in {"and", "or"} or not parts:
            raise BadRequestError("Chybný zápis filtru: logic a filters nedávají smysl")
        return Group(logic, tuple(_filter(part) for part in parts))
    return _condition(value)


def _condition(value: Mapping[str, Any]) -> Condition:
    field, operator = value.get("field"), value.get("operator", "eq")
    if not isinstance(field, str) or not field or set(value) - {"field", "operator", "value", "type", "ignoreCase"}:
        raise BadRequestError("Chybný zápis filtru: chybí pole")
    if operator not in OPERATORS:
        raise BadRequestError(f"Neznámý operátor filtru: {operator}")
    if operator in NO_VALUE:
        return Condition(field, operator, ())
    given = value.get("value")
    if isinstance(given, dict) and operator in LIST_VALUE:
        values = tuple(str(one) for one in _indexed(given))
    elif isinstance(given, str) and operator != "between":
        values = (given,)
    else:
        raise BadRequestError(f"Chybná hodnota filtru pole {field}")
    if operator in {"in", "notin"} and values == ("",):
        raise BadRequestError(f"Prázdný seznam hodnot filtru pole {field}")
    if operator == "between" and len(values) != len(("low", "high")):
        raise BadRequestError(f"Operátor between potřebuje dvě hodnoty, pole {field}")
    return Condition(field, operator, values)
