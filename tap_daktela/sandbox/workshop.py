"""What all makers of rows share: the store, the dice, the calendar, and picking an existing row."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tap_daktela.sandbox import custom_fields
from tap_daktela.sandbox.names import unique

if TYPE_CHECKING:
    import random

    from tap_daktela.sandbox.moments import Calendar
    from tap_daktela.sandbox.store import Store
    from tap_daktela.sandbox.tables import Key, Row

_TRIES = 8


class Workshop:
    """Puts rows into the store and remembers their keys, to let later rows point to them."""

    def __init__(self, store: Store, dice: random.Random, calendar: Calendar) -> None:
        self.store = store
        self.dice = dice
        self.calendar = calendar
        self._keys: dict[str, list[Key]] = {}

    def put(self, table: str, row: Row) -> Key:
        """Store a row, without the columns that are None, and answer its key."""
        self.store.put(table, [row])
        key: Key = row[self.store[table].table.key]
        if table in self._keys:
            self._keys[table].append(key)
        return key

    def chance(self, probability: float) -> bool:
        """Roll the dice."""
        return self.dice.random() < probability

    def rarely(self, table: str, probability: float) -> bool:
        """Whether to make a row that only few things have: the first one always, so that no list depends on luck."""
        return not self.store[table].by_key or self.chance(probability)

    def some(self, table: str) -> Key | None:
        """The key of any row, or None when there is none."""
        if table not in self._keys:
            self._keys[table] = list(self.store[table].by_key)
        keys = self._keys[table]
        for _ in range(_TRIES if keys else 0):
            key = self.dice.choice(keys)
            if key in self.store[table].by_key:
                return key
        return next(iter(self.store[table].by_key), None)

    def maybe(self, table: str, chance: float) -> Key | None:
        """The key of any row, with a chance; else None."""
        return self.some(table) if self.chance(chance) else None

    def several(self, table: str, most: int) -> list[Key]:
        """The keys of up to so many different rows."""
        count = self.dice.randrange(most + 1)
        found = [self.some(table) for _ in range(count)]
        return list(dict.fromkeys(key for key in found if key is not None))

    def queue(self, kind: str) -> Key | None:
        """The queue of a kind."""
        return next((key for key, row in self.store["queues"].by_key.items() if row["type"] == kind), None)

    def unique(self, prefix: str, epoch: float) -> str:
        """A new name."""
        return unique(self.dice, prefix, epoch)

    def text(self, epoch: float | None) -> str | None:
        """Wall-clock text of a moment; None of None."""
        return None if epoch is None else self.calendar.text(epoch)

    def custom(self, table: str) -> dict[str, list[object]] | None:
        """Invented custom fields for a row of this table."""
        return custom_fields.values(self.dice, self.store.custom_fields[table])
