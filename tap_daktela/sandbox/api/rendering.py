"""Whole rows as Daktela sends them: with embedded relations several levels deep, system keys and secrets."""

from collections.abc import Mapping
from typing import Any

from tap_daktela.sandbox.options import SandboxOptions
from tap_daktela.sandbox.storage.store import Store
from tap_daktela.sandbox.storage.tables import (
    GUI_TABLES,
    ITEMS,
    TABLES,
    ColumnType,
    Key,
    Row,
    SandboxColumn,
    SandboxTable,
)

_DEPTH = 4
"""Levels of embedded rows. Below them a relation is the key of the other row."""

TRIMMED: Mapping[str, tuple[str, ...]] = {"users": ("title", "alias"), "queues": ("title",)}
"""The columns of an embedded user or queue if the token may not read users or queues."""


class RowRenderer:
    """Renders the rows of one reply. Each embedded row is rendered once."""

    def __init__(self, store: Store, options: SandboxOptions) -> None:
        self._store = store
        self._options = options
        self._memory: dict[tuple[str, Key, tuple[str, ...]], dict[str, Any]] = {}

    def list_value(self, elements: list[Any]) -> Any:
        """A list as this server sends it: an empty one may be null, one of one element may be that element."""
        if self._options.one_as_object and len(elements) == 1:
            return elements[0]
        return None if self._options.null_lists and not elements else elements

    def whole_row(self, table: SandboxTable, row: Row) -> dict[str, Any]:
        """A row with all its columns."""
        return self._object(table, row, (table.name,))

    def relation(self, target: str, key: Key | None) -> dict[str, Any] | None:
        """The whole row that a relation points to, or None."""
        row = None if key is None else self._store[target].by_key.get(key)
        return None if row is None else self._embedded(target, row, (target,))

    def system_fields(self, table: SandboxTable, row: Row) -> dict[str, Any]:
        """The `_sys` object, with the definitions of the row's custom fields."""
        result: dict[str, Any] = {"hash": None, "model": self.served_name(table.model)}
        scheme = self._store.custom_fields.get(table.name, {})
        custom = row.get("customFields")
        if custom:
            result["hash"] = str(len(row) * 1009 + len(str(row[table.key])))
            result["cfScheme"] = {key: scheme[key] for key in custom if key in scheme}
        return result

    def served_name(self, name: str) -> str:
        """The name of a model on this server. Old servers call web chats activitiesChat."""
        return "activitiesChat" if self._options.old_server and name == "activitiesWeb" else name

    def column_name(self, table: SandboxTable, name: str) -> str:
        """The name of a column on this server. Old servers call the attachments of e-mails files."""
        is_old_name = self._options.old_server and table.name == "activitiesEmail" and name == "attachments"
        return "files" if is_old_name else name

    def _embedded(self, target: str, row: Row, path: tuple[str, ...]) -> dict[str, Any]:
        table = TABLES[target]
        if self._options.trim_relations and target in TRIMMED:
            return {name: row.get(name) for name in TRIMMED[target]}
        question = target, row[table.key], path
        if question not in self._memory:
            self._memory[question] = self._object(table, row, path)
        return self._memory[question]

    def _object(self, table: SandboxTable, row: Row, path: tuple[str, ...]) -> dict[str, Any]:
        result: dict[str, Any] = {}
        for name, column in table.columns.items():
            if column.hidden or (column.type is ColumnType.RELATIONS and column.target in path[:-1]):
                continue
            result[self.column_name(table, name)] = self._value(column, row, path)
        result["_sys"] = self.system_fields(table, row)
        if table.name in GUI_TABLES:
            result |= {"_rdata": None, "_guiData": []}
        if table.name == "queues":
            result["_oauthTokenStatus"] = []
        return result

    def _value(self, column: SandboxColumn, row: Row, path: tuple[str, ...]) -> Any:
        value = row.get(column.name)
        if column.type is ColumnType.RELATION:
            return self._one(column.target, value, path)
        if column.type is ColumnType.RELATIONS:
            found = [self._one(column.target, key, path) for key in value or ()]
            return self.list_value([one for one in found if one is not None])
        if column.type is ColumnType.ITEM:
            target = ITEMS.get(row.get("type", ""))
            return self._one(target, value, path) if target else None
        if column.type is ColumnType.CUSTOM:
            return value or []
        return value

    def _one(self, target: str, key: Key | None, path: tuple[str, ...]) -> Any:
        row = None if key is None else self._store[target].by_key.get(key)
        if row is None:
            return None
        if len(path) > _DEPTH or path.count(target) > 1:
            return key
        return self._embedded(target, row, (*path, target))
