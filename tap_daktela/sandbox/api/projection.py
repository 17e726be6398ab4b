"""`fields[]`: rows with the requested fields only. Unknown names are ignored, as Daktela does."""

from collections.abc import Callable, Iterable
from typing import Any

from tap_daktela.sandbox.api.rendering import TRIMMED, RowRenderer
from tap_daktela.sandbox.options import SandboxOptions
from tap_daktela.sandbox.storage.store import Store
from tap_daktela.sandbox.storage.tables import ITEMS, TABLES, ColumnType, Key, Row, SandboxColumn, SandboxTable

Tree = dict[str, "Tree"]
"""Requested names. An empty tree below a name requests the whole value."""

Getter = Callable[[Row], Any]


class Projector:
    """Turns requested fields into functions that make a reply's row from a stored one."""

    def __init__(self, store: Store, options: SandboxOptions, renderer: RowRenderer) -> None:
        self._store = store
        self._options = options
        self._renderer = renderer

    def compile(self, table: SandboxTable, fields: Iterable[str]) -> Callable[[Row], dict[str, Any]]:
        """A function from a stored row to a row of the reply."""
        if not self._options.literal_dots:
            return self._object(table, _tree(fields))
        singles = [(field, self._object(table, _tree([field]))) for field in fields]

        def flat(row: Row) -> dict[str, Any]:
            parts = ((field, project(row)) for field, project in singles)
            return {field: _walk(part, field.split(".")) for field, part in parts if part}

        return flat

    def _object(self, table: SandboxTable, tree: Tree) -> Callable[[Row], dict[str, Any]]:
        getters: list[tuple[str, Getter]] = []
        for name, below in tree.items():
            getter = self._getter(table, name, below)
            if getter is not None:
                getters.append((name, getter))
        return lambda row: {name: get(row) for name, get in getters}

    def _getter(self, table: SandboxTable, name: str, below: Tree) -> Getter | None:
        if name == "_sys":
            return lambda row: _picked(self._renderer.system_fields(table, row), below)
        names = {self._renderer.column_name(table, one): one for one in table.columns}
        column = table.columns.get(names.get(name, ""))
        if column is None or column.hidden:
            return None
        makers = {
            ColumnType.RELATION: self._relation,
            ColumnType.RELATIONS: self._relations,
            ColumnType.ITEM: self._item,
        }
        return makers.get(column.type, _plain_value)(column, below)

    def _inner(self, target: str, below: Tree) -> Callable[[Row], dict[str, Any]]:
        if self._options.trim_relations and target in TRIMMED:
            below = {name: tree for name, tree in below.items() if name in TRIMMED[target]}
        return self._object(TABLES[target], below)

    def _relation(self, column: SandboxColumn, below: Tree) -> Getter:
        name, target = column.name, column.target
        if not below:
            return lambda row: self._renderer.relation(target, row.get(name))
        rows, project = self._store[target].by_key, self._inner(target, below)
        return lambda row: project(rows[row[name]]) if row.get(name) in rows else None

    def _relations(self, column: SandboxColumn, below: Tree) -> Getter | None:
        if below and (self._options.bare_lists or column.name in self._options.bare_list):
            return self._bare()
        rows, element = self._store[column.target].by_key, self._element(column.target, below)
        return lambda row: self._renderer.list_value([element(key) for key in row.get(column.name, ()) if key in rows])

    def _bare(self) -> Getter | None:
        """What stands in place of a list into which dotted fields do not work; None for nothing."""
        if self._options.bare_as == "absent":
            return None
        value = self._renderer.list_value([]) if self._options.bare_as == "empty" else None
        return lambda _: value

    def _element(self, target: str, below: Tree) -> Callable[[Key], Any]:
        """A function from the key of a list's element to the element in the reply."""
        if not below:
            return lambda key: self._renderer.relation(target, key)
        if self._options.bare_elements and _requests_one(below):
            return lambda key: key
        rows, project = self._store[target].by_key, self._inner(target, below)
        return lambda key: project(rows[key])

    def _item(self, column: SandboxColumn, below: Tree) -> Getter:
        """The item of an activity. The activity's type tells its table."""
        getters: dict[str, Getter] = {
            kind: self._relation(SandboxColumn(column.name, ColumnType.RELATION, target), below)
            for kind, target in ITEMS.items()
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


def _requests_one(tree: Tree) -> bool:
    """Whether exactly one field is requested."""
    return len(tree) == 1 and all(not below or _requests_one(below) for below in tree.values())


def _plain_value(column: SandboxColumn, below: Tree) -> Getter | None:
    """A value that is no relation. Only custom fields and free JSON have names below."""
    name = column.name
    if column.type is ColumnType.CUSTOM:
        return lambda row: _picked(row.get(name) or [], below)
    if column.type is ColumnType.JSON:
        return lambda row: _picked(row.get(name), below)
    return None if below else lambda row: row.get(name)


def _picked(value: Any, below: Tree) -> Any:
    """The requested keys of an object. As in PHP, an empty object is an empty list."""
    if not below or value is None:
        return value
    if not isinstance(value, dict):
        return []
    return {name: _picked(value[name], tree) for name, tree in below.items() if name in value} or []


def _walk(value: Any, steps: list[str]) -> Any:
    """The value at the end of a path; through a list, a list of values."""
    if not steps:
        return value
    if isinstance(value, list):
        return [_walk(one, steps) for one in value]
    return _walk(value.get(steps[0]), steps[1:]) if isinstance(value, dict) else None
