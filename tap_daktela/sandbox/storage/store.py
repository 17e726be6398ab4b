"""The rows of all tables in memory, sorted indexes of time columns, and a record of which rows were changed."""

import threading
from bisect import bisect_left, insort
from collections.abc import Iterable, Iterator

from tap_daktela.sandbox.storage.tables import TABLES, ColumnType, Key, Row, SandboxTable

Entry = tuple[str, Key, Key]
"""One line of an index: the time, the key in the form in which it sorts, the key."""


def collate(value: Key) -> Key:
    """A key in the form in which it sorts: like the collation of MySQL, it ignores upper and lower case."""
    return value.casefold() if isinstance(value, str) else value


class TableRows:
    """The rows of one table.

    `by_key` has them in the order in which they were put. `version` grows with every change. `touched` are the keys of
    rows that were edited or deleted since the server started, `deleted` those of the deleted ones.
    """

    def __init__(self, table: SandboxTable) -> None:
        self.table = table
        self.by_key: dict[Key, Row] = {}
        self.version = 0
        self.touched: set[Key] = set()
        self.deleted: set[Key] = set()
        self._indexes: dict[str, list[Entry]] = {}

    def __len__(self) -> int:
        """The number of rows."""
        return len(self.by_key)

    def __iter__(self) -> Iterator[Row]:
        """All rows, in the order in which they were put."""
        return iter(self.by_key.values())

    def put(self, row: Row) -> None:
        """Insert a row, or replace the one with the same key. The caller must not change the row afterwards."""
        key: Key = row[self.table.key]
        if self._indexes:
            self._index(key, self.by_key.get(key) or {}, row)
        self.by_key[key] = row
        self.version += 1

    def edit(self, key: Key, changes: Row) -> None:
        """Change some columns of a row, and remember its key as touched. KeyError for an unknown key."""
        self.put({**self.by_key[key], **changes})
        self.touched.add(key)

    def delete(self, key: Key) -> None:
        """Remove a row, and remember its key as touched and deleted. KeyError for an unknown key."""
        row = self.by_key.pop(key)
        for column, index in self._indexes.items():
            self._remove_entry(index, row.get(column), key)
        self.touched.add(key)
        self.deleted.add(key)
        self.version += 1

    def clear(self) -> None:
        """Remove all rows without recording them as deleted."""
        self.by_key.clear()
        self._indexes.clear()
        self.version += 1

    def find(self, text: str) -> Row | None:
        """The row whose key a segment of a URL's path names; None if there is none."""
        if self.table.key_type is not ColumnType.INTEGER:
            return self.by_key.get(text)
        return self.by_key.get(int(text)) if text.isdecimal() else None

    def between(self, column: str, low: str | None, high: str | None) -> list[Row]:
        """The rows with `low <= column < high`, sorted by the column and then by the key. Null is in no range."""
        index = self._indexes.get(column)
        if index is None:
            key = self.table.key
            dated = [row for row in self if row.get(column) is not None]
            index = sorted((row[column], collate(row[key]), row[key]) for row in dated)
            self._indexes[column] = index
        start = 0 if low is None else bisect_left(index, (low,))
        end = len(index) if high is None else bisect_left(index, (high,))
        return [self.by_key[entry[2]] for entry in index[start:end]]

    def _index(self, key: Key, old: Row, row: Row) -> None:
        """Move a row in the indexes."""
        for column, index in self._indexes.items():
            before, after = old.get(column), row.get(column)
            if before != after:
                self._remove_entry(index, before, key)
                if after is not None:
                    insort(index, (after, collate(key), key))

    @staticmethod
    def _remove_entry(index: list[Entry], value: str | None, key: Key) -> None:
        if value is not None:
            del index[bisect_left(index, (value, collate(key), key))]


class Store:
    """All tables, and the lock that a request holds while it reads or changes rows.

    `custom_fields` has the definition of every custom field by table and key, as `_sys.cfScheme` shows it.
    """

    def __init__(self) -> None:
        self.lock = threading.RLock()
        self.tables = {name: TableRows(table) for name, table in TABLES.items()}
        self.custom_fields: dict[str, dict[str, dict[str, object]]] = {}

    def __getitem__(self, name: str) -> TableRows:
        """The rows of one table. KeyError for an unknown one."""
        return self.tables[name]

    @property
    def version(self) -> int:
        """A number that grows with every change of any row."""
        return sum(rows.version for rows in self.tables.values())

    def forget_changes(self) -> None:
        """Forget which rows were touched and deleted."""
        for rows in self.tables.values():
            rows.touched.clear()
            rows.deleted.clear()

    def put(self, name: str, rows: Iterable[Row]) -> None:
        """Insert rows of one table, without their columns that are None."""
        table = self.tables[name]
        for row in rows:
            table.put({column: value for column, value in row.items() if value is not None})
