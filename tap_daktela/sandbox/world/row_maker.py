"""What everything that makes rows needs: the store, random choices, moments, names, and keys of existing rows."""

import random

from tap_daktela.sandbox.storage.store import Store
from tap_daktela.sandbox.storage.tables import Key, Row
from tap_daktela.sandbox.world import custom_fields
from tap_daktela.sandbox.world.moments import Calendar

_TRIES = 8
_SECOND = 1_000_000


def unique_name(rng: random.Random, prefix: str, epoch: float) -> str:
    """A new name in Daktela's form: a prefix, the moment in hexadecimal, random digits."""
    return f"{prefix}_{int(epoch):08x}{int(rng.random() * _SECOND):05x}{int(rng.random() * 10**9):09d}"


class RowMaker:
    """Puts rows into the store and remembers their keys, so that later rows can point to them.

    Moments are seconds since the epoch; `chance` and `probability` are between 0 and 1.
    """

    def __init__(self, store: Store, rng: random.Random, calendar: Calendar) -> None:
        self.store = store
        self.rng = rng
        self.calendar = calendar
        self._keys: dict[str, list[Key]] = {}

    def put(self, table: str, row: Row) -> Key:
        """Store a row without its columns that are None. Return its key."""
        self.store.put(table, [row])
        key: Key = row[self.store[table].table.key]
        if table in self._keys:
            self._keys[table].append(key)
        return key

    def chance(self, probability: float) -> bool:
        """Return True with a probability."""
        return self.rng.random() < probability

    def rarely(self, table: str, probability: float) -> bool:
        """Whether to make a rare row. An empty table always gets its first one, so that no list is empty by chance."""
        return not self.store[table].by_key or self.chance(probability)

    def some(self, table: str) -> Key | None:
        """The key of a random row; None if the table is empty."""
        if table not in self._keys:
            self._keys[table] = list(self.store[table].by_key)
        keys = self._keys[table]
        for _ in range(_TRIES if keys else 0):
            key = self.rng.choice(keys)
            if key in self.store[table].by_key:
                return key
        return next(iter(self.store[table].by_key), None)

    def maybe(self, table: str, chance: float) -> Key | None:
        """The key of a random row with a chance, else None."""
        return self.some(table) if self.chance(chance) else None

    def several(self, table: str, most: int) -> list[Key]:
        """The keys of up to `most` different rows."""
        count = self.rng.randrange(most + 1)
        found = [self.some(table) for _ in range(count)]
        return list(dict.fromkeys(key for key in found if key is not None))

    def queue(self, kind: str) -> Key | None:
        """The key of the first queue of a type; None if there is none."""
        return next((key for key, row in self.store["queues"].by_key.items() if row["type"] == kind), None)

    def unique(self, prefix: str, epoch: float) -> str:
        """A new name, see `unique_name`."""
        return unique_name(self.rng, prefix, epoch)

    def text(self, epoch: float | None) -> str | None:
        """Wall-clock text of a moment; None for None."""
        return None if epoch is None else self.calendar.text(epoch)

    def custom(self, table: str) -> dict[str, list[object]] | None:
        """Custom fields for a row of this table; None for a row that has none."""
        return custom_fields.values(self.rng, self.store.custom_fields[table])
