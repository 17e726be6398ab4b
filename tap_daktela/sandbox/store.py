"""The rows of all tables in memory, with sorted indexes over their time columns and a record of what was touched."""

from __future__ import annotations

import threading
from bisect import bisect_left, insort
from typing import TYPE_CHECKING

from tap_daktela.sandbox.tables import TABLES, Key, Kind, Row, Table

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

Entry = tuple[str, Key, Key]
"""One line of an index: the time, the key as it sorts, the key."""


def collate(value: Key) -> Key:
    """The value as it sorts and compares: without regard to upper and lower case, like the collation of MySQL."""
    return value.casefold() if isinstance(value, str) else value


class Rows:
    """The rows of one table. `touched` and `deleted` name the keys that changed since the server started."""

    def __init__(self, table: Table) -> None:
        self.table = table
        self.by_key: dict[Key, Row] = {}
        self.version = 0
        self.touched: set[Key] = set()
        self.deleted: set[Key] = set()
        self._indexes: dict[str, list[Entry]] = {}

    def __len__(self) -> int:
        """Count the rows."""
        return len(self.by_key)

    def __iter__(self) -> Iterator[Row]:
        """All rows, in the order they were put."""
        return iter(self.by_key.values())

    def put(self, row: Row) -> None:
        """Insert a row, or replace the one with the same key. The row belongs to the store from here on."""
        key: Key = row[self.table.key]
        old = self.by_key.get(key)
        for column, index in self._indexes.items():
            before, after = (old or {}).get(column), row.get(column)
            if before != after:
                self._unlist(index, before, key)
                if after is not None:
                    insort(index, (after, collate(key), key))
        self.by_key[key] = row
        self.version += 1

    def edit(self, key: Key, changes: Row) -> None:
        """Change some columns of a row and remember that it was touched."""
        self.put({**self.by_key[key], **changes})
        self.touched.add(key)

    def delete(self, key: Key) -> None:
        """Remove a row; there is no tombstone. Raises KeyError for an unknown key."""
        row = self.by_key.pop(key)
        for column, index in self._indexes.items():
            self._unlist(index, row.get(column), key)
        self.touched.add(key)
        self.deleted.add(key)
        self.version += 1

    def clear(self) -> None:
        """Remove all rows without recording them as deleted."""
        self.by_key.clear()
        self._indexes.clear()
        self.version += 1

    def find(self, text: str) -> Row | None:
        """The row that a path segment names."""
        if self.table.key_kind is not Kind.INTEGER:
            return self.by_key.get(text)
        return self.by_key.get(int(text)) if text.isdecimal() else None

    def between(self, column: str, low: str | None, high: str | None) -> list[Row]:
        """The rows with `low <= column < high`, ascending by the column and then by the key; nulls are in no range."""
        index = self._indexes.get(column)
        if index is None:
            key = self.table.key
            listed = [row for row in self if row.get(column) is not None]
            index = sorted((row[column], collate(row[key]), row[key]) for row in listed)
            self._indexes[column] = index
        start = 0 if low is None else bisect_left(index, (low,))
        end = len(index) if high is None else bisect_left(index, (high,))
        return [self.by_key[entry[2]] for entry in index[start:end]]

    @staticmethod
    def _unlist(index: list[Entry], value: str | None, key: Key) -> None:
        if value is not None:
            del index[bisect_left(index, (value, collate(key), key))]


class Store:
    """All tables, the definitions of custom fields, and the lock that requests hold while they read or change rows."""

    def __init__(self) -> None:
        self.lock = threading.RLock()
        self.tables = {name: Rows(table) for name, table in TABLES.items()}
        self.custom_fields: dict[str, dict[str, dict[str, object]]] = {}

    def __getitem__(self, name: str) -> Rows:
        """The rows of one table. Raises KeyError for an unknown one."""
        return self.tables[name]

    @property
    def version(self) -> int:
        """Changes with every change of any row."""
        return sum(rows.version for rows in self.tables.values())

    def forget_changes(self) -> None:
        """Count what was touched and deleted from here on."""
        for rows in self.tables.values():
            rows.touched.clear()
            rows.deleted.clear()

    def put(self, name: str, rows: Iterable[Row]) -> None:
        """Insert rows of one table; columns that are None are left out, as `Row` wants it."""
        table = self.tables[name]
        for row in rows:
            table.put({column: value for column, value in row.items() if value is not None})
