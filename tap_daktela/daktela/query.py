"""What a request asks a list for: a filter tree, an order, fields, and a slice. Pure.

Daktela V6 API: the canonical spelling of a filter is `filter[logic]=and&filter[filters][0][field]=…`, nestable, and the
vendor's newer clients use it for a single condition as well.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NoReturn

from tap_daktela.daktela import operators
from tap_daktela.daktela.operators import OPERATORS, Scalar, Value

_DESCENDING = "-"  # In front of a field to sort by.
_LOGICS = ("and", "or")
_DEEPEST = 20  # Levels of a filter tree. Nobody writes more, and recursion must end somewhere.
_JOIN = "join filters with & and |, and put each comparison in brackets: (F.a == 1) & (F.b == 2)"


class Joinable:
    """What `&` and `|` join: a condition or a group. `and`, `or` and `not` are a TypeError."""

    def __and__(self, other: "Filter") -> "Group":
        """Return the filter for rows that pass both."""
        return _both("and", self, other)

    def __or__(self, other: "Filter") -> "Group":
        """Return the filter for rows that pass one of both, or both."""
        return _both("or", self, other)

    def __bool__(self) -> NoReturn:
        """Refuse `and`, `or`, `not` and chained comparisons, which would drop one side in silence. TypeError."""
        raise TypeError(_JOIN)


@dataclass(frozen=True)
class Condition(Joinable):
    """One comparison: `field` (also `relation.field`), `operator` and `value`. ValueError where it cannot be sent."""

    field: str
    operator: str
    value: Value = None

    def __post_init__(self) -> None:
        """Refuse what the API rejects or, worse, silently ignores."""
        if not isinstance(self.field, str) or not self.field or not self.field.isprintable():
            raise ValueError("a condition needs the name of a field")
        operators.check(self.operator, self.value)


@dataclass(frozen=True)
class Group(Joinable):
    """Several filters joined by `and` or by `or`, the `logic`."""

    logic: str
    filters: "tuple[Filter, ...]"

    def __post_init__(self) -> None:
        """Refuse a group whose meaning would be up to the server."""
        if self.logic not in _LOGICS:
            raise ValueError(f"'logic' is 'and' or 'or', not '{self.logic}'")
        if not self.filters:
            raise ValueError("'filters' is empty; name at least one condition")


Filter = Condition | Group

MAX_TAKE = 1000
"""Daktela V6 API: the most rows that a request may ask for."""


def where(field: str, operator: str, value: Scalar | Iterable[Scalar] | None = None) -> Condition:
    """Return the condition that compares `field`, dotted into relations, by an operator of Daktela.

    The operators are eq, neq, gt, gte, lt, lte, like, notlike, contains, doesnotcontain, startswith, endswith, regexp,
    begins, notbegins, ends and notends, which take one value; in, notin and between, which take a list or anything else
    that gives values; isnull and isnotnull, which take none. ValueError where the condition cannot be sent.
    """
    many = isinstance(value, Iterable) and not isinstance(value, str | bytes | bytearray | memoryview | Mapping)
    return Condition(field, operator, tuple(value) if many else value)  # type: ignore[arg-type]


def all_of(*filters: Filter | None) -> Filter | None:
    """Return the filter for rows that pass all of `filters`. None among them is left out; None if none is left."""
    return _joined("and", filters)


def any_of(*filters: Filter | None) -> Filter | None:
    """Return the filter for rows that pass any of `filters`. None among them is left out; None if none is left."""
    return _joined("or", filters)


def _joined(logic: str, filters: tuple[Filter | None, ...]) -> Filter | None:
    """Return the group of all filters that are not None; a single one stays itself."""
    given = tuple(one for one in filters if one is not None)
    return given[0] if len(given) == 1 else Group(logic, given) if given else None


def _both(logic: str, *sides: object) -> Group:
    """Return the group of two filters. A side of the same logic adds its members, so the tree stays flat."""
    members: list[Filter] = []
    for side in sides:
        if not isinstance(side, Condition | Group):
            raise TypeError(f"{_JOIN}, not with {type(side).__name__}")
        members += side.filters if isinstance(side, Group) and side.logic == logic else (side,)
    return Group(logic, tuple(members))


@dataclass(frozen=True)
class Query:
    """One request for a slice of a list: of all rows that pass `filter`, `take` rows from number `skip` (from 0) on.

    They are sorted by the fields of `sort`, descending by those with a minus in front (`-edited`), and come with the
    named `fields`; without any, with all that the server gives. ValueError where a name is missing.
    """

    filter: Filter | None = None
    sort: tuple[str, ...] = ()
    fields: tuple[str, ...] = ()
    take: int = MAX_TAKE
    skip: int = 0

    def __post_init__(self) -> None:
        """Refuse an order and fields that a server would take for others. Text would be read letter by letter."""
        for part in ("sort", "fields"):
            names: Sequence[str] = getattr(self, part)
            if isinstance(names, str):
                raise ValueError(f"'{part}' is a list of fields, not '{names}'")
            nameless = {"", _DESCENDING} if part == "sort" else {""}
            if not all(isinstance(name, str) and name not in nameless for name in names):
                raise ValueError(f"'{part}' holds an entry without the name of a field")

    def parameters(self) -> list[tuple[str, str]]:
        """Return the parameters of the URL, in the canonical spelling and not yet percent-encoded."""
        pairs: list[tuple[str, str]] = []
        if self.filter is not None:
            tree = self.filter if isinstance(self.filter, Group) else Group("and", (self.filter,))
            pairs.extend(_spelled("filter", tree))
        for index, entry in enumerate(self.sort):
            pairs.append((f"sort[{index}][field]", entry.removeprefix(_DESCENDING)))
            pairs.append((f"sort[{index}][dir]", "desc" if entry.startswith(_DESCENDING) else "asc"))
        return [*pairs, *spelled_fields(self.fields), ("skip", str(self.skip)), ("take", str(self.take))]


def spelled_fields(fields: Sequence[str]) -> list[tuple[str, str]]:
    """Return the parameters that ask for `fields` only."""
    return [(f"fields[{index}]", field) for index, field in enumerate(fields)]


def _spelled(name: str, node: Filter) -> Iterator[tuple[str, str]]:
    """Yield the parameters for one node of a filter tree; their names begin with `name`."""
    if isinstance(node, Group):
        yield f"{name}[logic]", node.logic
        for index, inner in enumerate(node.filters):
            yield from _spelled(f"{name}[filters][{index}]", inner)
        return
    yield f"{name}[field]", node.field
    yield f"{name}[operator]", node.operator
    if isinstance(node.value, tuple):
        yield from ((f"{name}[value][{index}]", operators.text(one)) for index, one in enumerate(node.value))
    elif node.value is not None:
        yield f"{name}[value]", operators.text(node.value)


def parse_filter(tree: object) -> Filter:
    """Return the filter in JSON: `{logic, filters}`, `{field, operator, value}`, or a list of these, joined by `and`.

    Filters that are made already may stand among them. ValueError with a sentence that names the place in the tree.
    """
    return _parsed(tree, "", _DEEPEST)


def _parsed(node: object, path: str, levels: int) -> Filter:
    """Return the filter of the node at `path`, which may have at most `levels` levels."""
    try:
        if not levels:
            raise ValueError(f"the tree is deeper than {_DEEPEST} levels")  # noqa: TRY301 - it gets its place below
        if isinstance(node, Condition | Group):
            return node
        if isinstance(node, Mapping) and "filters" not in node:
            return _condition(node)
        logic, inner = _members(node)
    except ValueError as error:
        raise ValueError(f"at {path}: {error}" if path else str(error)) from error
    names = path if isinstance(node, list) else f"{path}.filters".lstrip(".")
    return Group(logic, tuple(_parsed(one, f"{names}[{index}]", levels - 1) for index, one in enumerate(inner)))


def _members(node: object) -> tuple[str, list[object]]:
    """Return the logic and the members of a group, which may be given as a plain list."""
    if isinstance(node, list):
        node = {"filters": node}
    if not isinstance(node, Mapping):
        raise ValueError("a filter is an object with 'field', 'operator' and 'value', or a list of such")
    _known(node, ("logic", "filters"))
    logic, inner = node.get("logic") or "and", node["filters"]
    if not isinstance(logic, str) or logic.lower() not in _LOGICS:
        raise ValueError("'logic' is 'and' or 'or'")
    if not isinstance(inner, list) or not inner:
        raise ValueError("'filters' is a list of at least one condition")
    return logic.lower(), inner


def _condition(node: Mapping[Any, Any]) -> Condition:
    """Return the comparison of an object without `filters`."""
    logic = next((key for key in node if str(key).lower() in _LOGICS), None)
    if logic is not None:
        raise ValueError(f'write {{"logic": "{str(logic).lower()}", "filters": [...]}} instead of "{logic}"')
    _known(node, ("field", "operator", "value"))
    field, operator, value = node.get("field"), node.get("operator"), node.get("value")
    if not isinstance(field, str):
        raise ValueError("'field' is the name of a field")
    if not isinstance(operator, str):
        raise ValueError(f"'operator' is one of {', '.join(OPERATORS)}")
    return where(field, operator, value)


def _known(node: Mapping[Any, Any], names: tuple[str, ...]) -> None:
    """Raise ValueError if `node` has other keys than `names`: a mistyped key must not be ignored."""
    strange = [repr(str(key)) for key in node if key not in names]
    if strange:
        raise ValueError(f"the keys here are {', '.join(names)}, not {' and '.join(strange)}")
