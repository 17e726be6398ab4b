"""What a list request asks for: the bracketed query string as one object. Knows the spelling, not the tables."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl

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
    """The request is malformed: HTTP 400. The client gets the message, which is in the language of the instance."""


@dataclass(frozen=True)
class FilterCondition:
    """One comparison. `values` has one element for most operators, none for `isnull`."""

    field: str
    operator: str
    values: tuple[str, ...]


@dataclass(frozen=True)
class FilterGroup:
    """Conditions and groups joined by `and` or `or`."""

    logic: str
    parts: "tuple[FilterCondition | FilterGroup, ...]"


FilterNode = FilterCondition | FilterGroup


@dataclass(frozen=True)
class ListRequest:
    """One list request. `fields` is empty if whole rows are asked for; `sort` has pairs of field and descending."""

    take: int = DEFAULT_TAKE
    skip: int = 0
    total: bool = True
    filter: FilterNode | None = None
    sort: tuple[tuple[str, bool], ...] = ()
    fields: tuple[str, ...] = ()
    search: str = ""


def nested(pairs: list[tuple[str, str]]) -> dict[str, Any]:
    """Parameters with bracketed names such as `a[b][0]` as nested dicts, like PHP. `a[]` takes the next number."""
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


def parse(query: str) -> ListRequest:
    """Read a query string. BadRequestError if it is malformed."""
    asked = nested(parse_qsl(query, keep_blank_values=True))
    take = _number(asked, "pageSize") if "pageSize" in asked else _number(asked, "take", DEFAULT_TAKE)
    if take > MAX_TAKE:
        raise BadRequestError(f"Max defined take is {MAX_TAKE}")
    skip = (max(_number(asked, "page"), 1) - 1) * take if "page" in asked else _number(asked, "skip", 0)
    return ListRequest(
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
    """The elements of a dict whose names are numbers, in their order. BadRequestError for other names."""
    if not isinstance(value, dict) or not all(name.isdecimal() for name in value):
        raise BadRequestError("Chybný zápis seznamu v požadavku")
    return [value[name] for name in sorted(value, key=int)]


def _texts(value: Any) -> tuple[str, ...]:
    """A list of names. A text such as `fields=a,b` is no list: nothing is asked for, so whole rows come."""
    return tuple(str(one) for one in _indexed(value)) if isinstance(value, dict) else ()


def _sort(value: Any) -> tuple[tuple[str, bool], ...]:
    """Pairs of field and descending, from a list or from a single object."""
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


def _filter(value: Any) -> FilterNode:
    """A filter in one of its three spellings: one condition, a numbered list joined by `and`, or a tree."""
    if isinstance(value, dict) and value and all(name.isdecimal() for name in value):
        return FilterGroup("and", tuple(_filter(part) for part in _indexed(value)))
    if not isinstance(value, dict):
        raise BadRequestError("Chybný zápis filtru")
    if "filters" in value or "logic" in value:
        logic = str(value.get("logic", "and")).lower()
        parts = _indexed(value.get("filters", {}))
        if logic not in {"and", "or"} or not parts:
            raise BadRequestError("Chybný zápis filtru: logic a filters nedávají smysl")
        return FilterGroup(logic, tuple(_filter(part) for part in parts))
    return _condition(value)


def _condition(value: Mapping[str, Any]) -> FilterCondition:
    field, operator = value.get("field"), value.get("operator", "eq")
    if not isinstance(field, str) or not field or set(value) - {"field", "operator", "value", "type", "ignoreCase"}:
        raise BadRequestError("Chybný zápis filtru: chybí pole")
    if operator not in OPERATORS:
        raise BadRequestError(f"Neznámý operátor filtru: {operator}")
    if operator in NO_VALUE:
        return FilterCondition(field, operator, ())
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
    return FilterCondition(field, operator, values)
