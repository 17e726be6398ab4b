"""What everything that makes rows needs: the store, random choices, moments, names, and keys of existing rows."""

from collections.abc import Mapping
from math import inf
from typing import Any

from tap_daktela.sandbox.storage.store import Store
from tap_daktela.sandbox.storage.tables import Key, Row
from tap_daktela.sandbox.world.invented import custom_fields
from tap_daktela.sandbox.world.invented.dice import Dice
from tap_daktela.sandbox.world.invented.moments import Calendar

_TRIES = 8
_MANY = 10**14
_NOTHING: Mapping[str, list[Any]] = {}


def unique_name(rng: Dice, prefix: str, epoch: float) -> str:
    """A new name in Daktela's form: a prefix, the moment in hexadecimal, random digits."""
    # zfill takes half the time of a format with zeros, and there are many names.
    return f"{prefix}_{int(epoch):08x}{str(int(rng.random() * _MANY)).zfill(14)}"


class RowMaker:
    """Puts rows into the store and remembers their keys, so that later rows can point to them.

    Moments are seconds since the epoch; `chance` and `probability` are between 0 and 1. What lies beyond `horizon` has
    not happened yet: the history ends now. A row that is added while the server runs tells its whole story at once,
    since nobody will go on with it: its horizon is endless.
    """

    def __init__(self, store: Store, rng: Dice, calendar: Calendar, *, clean: bool) -> None:
        self.store = store
        self.rng = rng
        self.calendar = calendar
        self.horizon: float = calendar.now
        self._clean = clean
        self._wall_clock = calendar.text
        self._custom_fields = custom_fields.Values(rng, store.custom_fields)
        self._keys: dict[str, list[Key]] = {}
        self._workers: list[Key] = []

    def know_workers(self) -> None:
        """Remember the active users, but for the technical one, who is the first."""
        users = list(self.store.tables["users"])[1:]
        active = [row for row in users if not row["deactivated"] and not row["deleted"]]
        self._workers = [row["name"] for row in active if row["type"] != "CP"]

    @property
    def is_history(self) -> bool:
        """Whether the world is still being built."""
        return self.horizon < inf

    def end_history(self) -> None:
        """From now on, rows are added by somebody who tries the sandbox."""
        self.horizon = inf

    def put(self, table: str, row: Row) -> Key:
        """Store a row without its columns that are None. Return its key."""
        rows = self.store.tables[table]
        rows.put({column: value for column, value in row.items() if value is not None})
        key: Key = row[rows.table.key]
        if table in self._keys:
            self._keys[table].append(key)
        return key

    def chance(self, probability: float) -> bool:
        """Return True with a probability."""
        return self.rng.random() < probability

    def dirty(self, probability: float) -> bool:
        """Whether something is as untidy as in real data; never in a clean world."""
        return not self._clean and self.rng.random() < probability

    def rarely(self, table: str, probability: float) -> bool:
        """Whether to make a rare row. An empty table always gets its first one, so that no list is empty by chance."""
        return not self.store.tables[table].by_key or self.rng.random() < probability

    def some(self, table: str) -> Key | None:
        """The key of a random row; None if the table is empty."""
        known = self.store.tables[table].by_key
        keys = self._keys.get(table)
        if keys is None:
            keys = self._keys[table] = list(known)
        for _ in range(_TRIES if keys else 0):
            key = self.rng.pick(keys)
            if key in known:
                return key
        return next(iter(known), None)

    def maybe(self, table: str, chance: float) -> Key | None:
        """The key of a random row with a chance, else None."""
        return self.some(table) if self.rng.random() < chance else None

    def worker(self, chance: float) -> Key | None:
        """The login of a random user who works with customers or in the back office, with a chance; else None."""
        if not self._workers or self.rng.random() >= chance:
            return None
        login = self.rng.pick(self._workers)
        return login if login in self.store.tables["users"].by_key else None

    def several(self, table: str, most: int) -> list[Key]:
        """The keys of up to `most` different rows."""
        found = [self.some(table) for _ in range(self.rng.below(most + 1))]
        return list(dict.fromkeys(key for key in found if key is not None)) if found else []

    def unique(self, prefix: str, epoch: float) -> str:
        """A new name, see `unique_name`."""
        return unique_name(self.rng, prefix, epoch)

    def text(self, epoch: float | None) -> str | None:
        """Wall-clock text of a moment; None for None."""
        return None if epoch is None else self._wall_clock(epoch)

    def custom(self, table: str, known: Mapping[str, list[Any]] = _NOTHING) -> dict[str, list[Any]] | None:
        """Custom fields for a row of this table, with some known values; None for a row that has none."""
        return self._custom_fields.draw(table, known)
