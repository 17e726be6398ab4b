"""`fields[]`: the asked columns only, through relations, items, lists and custom fields. Unknown names are ignored."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from tap_daktela.sandbox.embedding import TRIMMED, Renderer
from tap_daktela.sandbox.tables import ITEMS, TABLES, Column, Key, Kind, Row, Table

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tap_daktela.sandbox.options import Options
    from tap_daktela.sandbox.store import Store

Tree = dict[str, "Tree"]
"""Asked names; an empty tree below a name asks for the whole value."""

Getter = Callable[[Row], Any]


class Projector:
    """Compiles the asked fields of one request into functions."""

    def __init__(self, store: Store, options: Options, renderer: Renderer) -> None:
        self._store = store
        self._options = options
        self._renderer = renderer

    def compiled(self, table: Table, fields: Iterable[str]) -> Callable[[Row], dict[str, Any]]:
        """A function from a stored row to the answered one."""
        if not self._options.literal_dots:
            return self._object(table, _tree(fields))
        singles = [(field, self._object(table, _tree([field]))) for field in fields]

        def flat(row: Row) -> dict[str, Any]:
            parts = ((field, project(row)) for field, project in singles)
            return {field: _walk(part, field.split(".")) for field, part in parts if part}

        return flat

    def _object(self, table: Table, tree: Tree) -> Callable[[Row], dict[str, Any]]:
        getters: list[tuple[str, Getter]] = []
        for name, below in tree.items():
            getter = self._getter(table, name, below)
            if getter is not None:
                getters.append((name, getter))
        return lambda row: {name: get(row) for name, get in getters}

    def _getter(self, table: Table, name: str, below: Tree) -> Getter | None:
        if name == "_sys":
            return lambda row: _picked(self._renderer.system(table, row), below)
        names = {self._renderer.column_name(table, one): one for one in table.columns}
        column = table.columns.get(names.get(name, ""))
        if column is None or column.hidden:
            return None
        makers = {Kind.RELATION: self._relation, Kind.RELATIONS: self._relations, Kind.ITEM: self._item}
        return makers.get(column.kind, _own)(column, below)

    def _inner(self, target: str, below: Tree) -> Callable[[Row], dict[str, Any]]:
        if self._options.trim_relations and target in TRIMMED:
            below = {name: tree for name, tree in below.items() if name in TRIMMED[target]}
        return self._object(TABLES[target], below)

    def _relation(self, column: Column, below: Tree) -> Getter:
        name, target = column.name, column.target
        if not below:
            return lambda row: self._renderer.relation(target, row.get(name))
        rows, project = self._store[target].by_key, self._inner(target, below)
        return lambda row: project(rows[row[name]]) if row.get(name) in rows else None

    def _relations(self, column: Column, below: Tree) -> Getter | None:
        if below and (self._options.bare_lists or column.name in self._options.bare_list):
            return self._bare()
        rows, element = self._store[column.target].by_key, self._element(column.target, below)
        return lambda row: self._renderer.listed([element(key) for key in row.get(column.name, ()) if key in rows])

    def _bare(self) -> Getter | None:
        """What is in the place of a list into which this server does not pick; None for nothing at all."""
        if self._options.bare_as == "absent":
            return None
        value = self._renderer.listed([]) if self._options.bare_as == "empty" else None
        return lambda _: value

    def _element(self, target: str, below: Tree) -> Callable[[Key], Any]:
        """A function from the key of a list's element to the answered element."""
        if not below:
            return lambda key: self._renderer.relation(target, key)
        if self._options.bare_elements and _asks_one(below):
            return lambda key: key
        rows, project = self._store[target].by_key, self._inner(target, below)
        return lambda key: project(rows[key])

    def _item(self, column: Column, below: Tree) -> Getter:
        """The item's table depends on the activity's type."""
        getters: dict[str, Getter] = {
            kind: self._relation(Column(column.name, Kind.RELATION, target), below) for kind, target in ITEMS.items()
        }

        def item(row: Row) -> Any:
            get = getters.get(row.get("type", ""))
            return get(row) if get else None

        return item


def _tree(fields: Iterable[str]) -> Tree:
    tree: Tree = {}
    for field in fields:
        node = tree
        *above, last = field.split(".")
        for step in above:
            if step in node and not node[step]:
                break
            node = node.setdefault(step, {})
        else:
            node[last] = {}
    return tree


def _asks_one(tree: Tree) -> bool:
    """Whether a single field is asked for below a name."""
    return len(tree) == 1 and all(not below or _asks_one(below) for below in tree.values())


def _own(column: Column, below: Tree) -> Getter | None:
    """A value that is no relation; only free-form ones have something below."""
    name = column.name
    if column.kind is Kind.CUSTOM:
        return lambda row: _picked(row.get(name) or [], below)
    if column.kind is Kind.JSON:
        return lambda row: _picked(row.get(name), below)
    return None if below else lambda row: row.get(name)


def _picked(value: Any, below: Tree) -> Any:
    """The asked keys of a free-form object. Like PHP, an empty object is an empty list."""
    if not below or value is None:
        return value
    if not isinstance(value, dict):
        return []
    return {name: _picked(value[name], tree) for name, tree in below.items() if name in value} or []


def _walk(value: Any, steps: list[str]) -> Any:
    """The value at the end of a path; through a list, the list of the values."""
    if not steps:
        return value
    if isinstance(value, list):
        return [_walk(one, steps) for one in value]
    return _walk(value.get(steps[0]), steps[1:]) if isinstance(value, dict) else None
